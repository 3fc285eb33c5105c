// One session with the server: hello, requests with replies, events in their order.
import WebSocket from 'ws';
import { toB64 } from './bytes.mjs';

const PART = 32768;

export class Wire {
  waiting = new Map();
  number = 0;

  /** hear(event): every message of the server that is no reply. */
  constructor(server, hear) {
    this.socket = new WebSocket(server.ws, {
      origin: server.origin, rejectUnauthorized: false, perMessageDeflate: false, maxPayload: 4 << 20,
    });
    this.opened = new Promise((done, fail) => {
      this.socket.once('open', done);
      this.socket.once('error', fail);
    });
    this.closed = new Promise((done) => this.socket.once('close', (code) => done(code)));
    this.socket.on('message', (data) => this.take(JSON.parse(data), hear));
    this.pinging = setInterval(() => void this.request({ t: 'ping' }).catch(() => {}), 5000);
    this.closed.then(() => {
      clearInterval(this.pinging);
      for (const one of this.waiting.values()) one.fail(new Error('the connection is closed'));
    });
  }

  take(message, hear) {
    const one = this.waiting.get(message.re);
    if (process.env.INTEROP_WIRE && message.t.startsWith('group_')) console.log(Date.now() % 1e6, this.number, message.t, message.epoch, (message.group ?? '').slice(0, 4), message.from ?? '', message.joins?.map((j) => j.member) ?? '', message.gone?.length ?? '');
    if (message.re === undefined) return hear(message);
    this.waiting.delete(message.re);
    if (process.env.INTEROP_WIRE && message.t === 'refused') console.log('REFUSED', one?.what, message.reason);
    if (message.t === 'refused') one?.fail(Object.assign(new Error(`refused: ${message.reason} ${message.field ?? ''}`), message));
    else one?.done(message);
  }

  request(message) {
    const n = ++this.number;
    return new Promise((done, fail) => {
      if (this.socket.readyState !== WebSocket.OPEN) return fail(new Error('the connection is closed'));
      this.waiting.set(n, { done, fail, what: `${message.t} ${message.epoch}` });
      this.socket.send(JSON.stringify({ ...message, n }));
    });
  }

  /** group_part as often as needed, then group_commit. They go out together, in order. */
  async commit({ commit, welcome, ...rest }) {
    const all = Buffer.concat([commit, welcome]);
    const parts = [];
    for (let at = 0; at < all.length; at += PART)
      parts.push(this.request({ t: 'group_part', bytes: toB64(all.subarray(at, at + PART)) }));
    const done = this.request({ t: 'group_commit', ...rest, commit: commit.length });
    await Promise.all([...parts, done]);
  }

  async end() {
    await this.request({ t: 'leave' }).catch(() => {});
    this.socket.close();
    await this.closed;
  }
}
