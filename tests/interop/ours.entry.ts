/* What the tests take of the browser client: the core and the holder of its keys. */
export { Core } from '../../web/src/e2ee/core';
export { KeyHolder } from '../../web/src/e2ee/holder';
