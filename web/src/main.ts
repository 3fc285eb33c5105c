/*
 * What it is: where the client is put together; effects are carried out here.
 * Decides nothing: what happens next is call/'s business, how it looks is view/'s.
 */
import type { Effect, Fact } from './call/events';
import { planOf } from './call/plan';
import { FIRST_STATE } from './call/state';
import type { State } from './call/state';
import { createStore } from './call/store';
import { drawId, drawSecret } from './e2ee/draw';
import { deriveProof } from './e2ee/keys';
import { Board } from './media/board';
import { Capture } from './media/capture';
import { LazyMedia } from './media/lazy';
import { chooseLanguage } from './view/i18n';
import { mount } from './view/mount';
import { createMeeting } from './wire/api';
import { Conversation } from './wire/conversation';
import { readPlace, rememberName, showPlace } from './wire/place';

const board = new Board();
const store = createStore(FIRST_STATE, run);
const tell = (fact: Fact) => store.tell(fact);
const capture = new Capture(board, tell);
const wire = new Conversation(`wss://${location.host}/ws`, tell, () => media);
const media = new LazyMedia(board, wire.request, {
  health: (health) => tell({ t: 'media_health', health }),
  quiet: () => wire.probe(),
  unable: () => tell({ t: 'notice', notice: { is: 'unable' } }),
});

async function create(): Promise<void> {
  const link = { id: drawId(), secret: drawSecret(), hostSecret: drawSecret() };
  const access = await deriveProof('access', link.secret, link.id);
  const host = await deriveProof('host', link.hostSecret, link.id);
  const made = await createMeeting({ id: link.id, access, host });
  tell(made.ok ? { t: 'created', link } : { t: 'create_failed', why: made.why });
}

function orTell(what: 'note' | 'deed', done: Promise<unknown>): void {
  done.catch(() => tell({ t: 'not_done', what }));
}

/** The way to the server may be another one now: look at the connection, start ICE anew. */
function networkChanged(): void {
  tell({ t: 'try_now' });
  wire.probe();
  media.mend(true);
}

function run(effect: Effect, state: State): void {
  switch (effect.t) {
    case 'create_meeting':
      return void create();
    case 'address':
      return showPlace(effect.link);
    case 'remember_name':
      return rememberName(effect.name);
    case 'capture':
      return void capture.open(effect.source, effect.device);
    case 'release':
      return capture.release(effect.source);
    case 'wire_open':
      return wire.open(state);
    case 'wire_close':
      return void wire.close(effect.farewell);
    case 'send_note':
      return orTell('note', wire.sendNote(effect.note));
    case 'send_remove':
      return orTell('deed', wire.request('remove', { member: effect.member }));
    case 'send_end': {
      const done = wire.request('end', {}).then(() => tell({ t: 'ended', reason: 'host' }));
      return orTell('deed', done);
    }
    case 'media_renew':
      return media.renew();
    case 'media_repair':
      return media.mend(true);
    case 'media_stop':
      return media.stop();
    case 'later':
      return void setTimeout(() => tell(effect.fact), effect.ms);
    default:
      return effect satisfies never;
  }
}

async function start(): Promise<void> {
  await chooseLanguage();
  store.subscribe(() => media.follow(planOf(store.get())));
  board.subscribe(() => media.follow(planOf(store.get())));
  tell({ t: 'booted', ...readPlace() });
  for (const moved of ['popstate', 'hashchange']) addEventListener(moved, () => location.reload());
  addEventListener('pageshow', (shown) => void (shown.persisted && location.reload()));
  addEventListener('online', networkChanged);
  addEventListener('pagehide', () => void wire.close(store.get().me ? 'leave' : null));
  mount({ store, board, stats: () => media.stats(), abandon: () => tell({ t: 'leave' }) });
}

void start();
