/*
 * What it is: the worker that holds a meeting's keys: core, device key, pins. Commits of large
 * groups take a while here and hold up no frame. Owns: the core's memory.
 */
import { toBase64url } from '../wire/base64url';
import { Core } from './core';
import coreUrl from './core.wasm?url';
import { openDevice } from './device';
import { drawId } from './draw';
import { KeyHolder } from './holder';
import type { FromFrames, FromKeysInner, PageToKeys, ToFrames } from './news';
import { Pins } from './pins';
import type { ToKeys } from './port';
import { Store } from './store';

const MEMBERS_MAX = 1000;
const SECRET_BYTES = 16;

const core = WebAssembly.compileStreaming(fetch(coreUrl)).then((module) => Core.load(module));
/** Begun with the channel: a worker that only makes a meeting needs none. */
let stored: Promise<Store | undefined> | undefined;
let frames: MessagePort | undefined;
let holder: Promise<KeyHolder> | undefined;

function page(message: FromKeysInner): void {
  postMessage(message);
}

function failed(error: unknown): void {
  page({ t: 'failed', why: error instanceof Error ? error.message : String(error) });
}

async function open(message: Extract<ToKeys, { t: 'open' }>): Promise<KeyHolder> {
  const store = await (stored ?? Store.open());
  const [ready, device, pins] = await Promise.all([core, openDevice(store), Pins.open(store)]);
  const made = new KeyHolder(
    { core: ready, device, pins },
    { page, frames: (news: ToFrames) => frames?.postMessage(news) },
  );
  made.open(message.open);
  return made;
}

async function make(waitingRoom: boolean): Promise<void> {
  const draw = () => crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const link = { meeting: drawId(), secret: draw(), hostSecret: draw() };
  const created = Math.floor(Date.now() / 1000);
  const meeting = (await core).makeMeeting(link, { waitingRoom, max: MEMBERS_MAX, created });
  if (!meeting) throw new Error('the core made no meeting');
  page({
    t: 'made',
    meeting: {
      id: link.meeting,
      secret: toBase64url(link.secret),
      hostSecret: toBase64url(link.hostSecret),
      hostHash: toBase64url(meeting.hostHash),
      access: toBase64url(meeting.access),
      host: toBase64url(meeting.host),
      descriptor: toBase64url(meeting.descriptor),
    },
  });
}

function channel(port: MessagePort): void {
  frames = port;
  stored = Store.open();
  port.onmessage = (news: MessageEvent<FromFrames>) =>
    void holder?.then((one) => one.heard(news.data)).catch(() => undefined);
}

addEventListener('message', (event: MessageEvent<PageToKeys>) => {
  const message = event.data;
  switch (message.t) {
    case 'channel':
      return channel(message.port);
    case 'make':
      return void make(message.waitingRoom).catch(failed);
    case 'open':
      holder = open(message);
      return void holder.catch(failed);
    default:
      return void holder?.then((one) => one.hear(message)).catch(() => undefined);
  }
});
