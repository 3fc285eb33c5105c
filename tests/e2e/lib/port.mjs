// A port for a server of a test.
import dgram from 'node:dgram';
import net from 'node:net';
import { randomInt } from 'node:crypto';

/**
 * Below those that Linux gives to the own ends of connections (from 32,768 on): a port of there that was free a
 * moment ago can be a browser's when the server wants it.
 */
const FROM = 10_000;
const BEYOND = 32_000;
const TRIES = 100;
/** Nobody here gets one twice: it may not be in use yet. */
const given = new Set();

const tcpFree = (port) => new Promise((done) => {
  const s = net.createServer();
  s.once('error', () => done(false));
  s.listen(port, '0.0.0.0', () => s.close(() => done(true)));
});

const udpFree = (port) => new Promise((done) => {
  const s = dgram.createSocket('udp4');
  s.once('error', () => done(false));
  s.bind(port, '0.0.0.0', () => s.close(() => done(true)));
});

/** Free for TCP and UDP. */
export async function freePort() {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(FROM, BEYOND);
    if (given.has(port) || !(await tcpFree(port)) || !(await udpFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`none of ${TRIES} ports is free`);
}
