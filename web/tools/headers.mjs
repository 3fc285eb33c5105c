/*
 * What it is: the headers that every file of the client is served with, as src/io/web_http.c sends them. They
 * are part of the manifest: the service worker sets them itself, and `conclave verify client` compares them.
 */
export const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; " +
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; " +
    'trusted-types conclave-workers',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), ' +
    'picture-in-picture=(self), speaker-selection=(self), screen-wake-lock=(self), ' +
    'autoplay=(self), accelerometer=(), geolocation=(), gyroscope=(), magnetometer=(), midi=(), ' +
    'payment=(), usb=(), serial=(), hid=(), xr-spatial-tracking=(), browsing-topics=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
