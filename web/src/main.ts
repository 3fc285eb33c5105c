/*
 * What it is: where the client is put together; effects are carried out here.
 * Decides nothing: what happens next is call/'s business, how it looks is view/'s.
 */
import type { Effect, Fact } from './call/events';
import { planOf } from './call/plan';
import { FIRST_STATE } from './call/state';
import type { State } from './call/state';
import { createStore } from './call/store';
import { Board } from './media/board';
import { Capture } from './media/capture';
import { LazyMedia } from './media/lazy';
import { readBuild } from './pin/build';
import { registerPin } from './pin/register';
import { chooseLanguage, withTexts } from './view/i18n';
import { mount } from './view/mount';
import { saveFile } from './view/save';
import { Asks } from './wire/asks';
import { Conversation } from './wire/conversation';
import { createNew } from './wire/create';
import { Files } from './wire/files';
import { watchSources } from './wire/publishing';
import { endRoom, keepRooms, keepWay, keptRooms, makeRooms } from './wire/rooms';
import { readPlace, rememberName, showPlace, watchPage } from './wire/place';

const board = new Board();
const store = createStore(FIRST_STATE, run);
const tell = (fact: Fact) => store.tell(fact);
const capture = new Capture(board, tell);
const SOCKET = `wss://${location.host}/ws`;
const wire = new Conversation(SOCKET, tell, {
  media: () => media,
  build: readBuild,
});
const media = new LazyMedia(board, watchSources(wire.mediaRequest, tell), wire.keys.attach, {
  health: (health) => tell({ t: 'media_health', health }),
  quiet: () => wire.probe(),
  carry: (on) => wire.keys.carry(on),
  unable: () => tell({ t: 'notice', notice: { is: 'unable' } }),
});
const files = new Files(wire.request, tell, saveFile);
const asks = new Asks(wire.request, tell);

function orTell(done: Promise<unknown>): void {
  done.catch(() => tell({ t: 'not_done', what: 'deed' }));
}

/** Look at the connection, start ICE anew. */
function network(): void {
  tell({ t: 'try_now' });
  wire.probe();
  media.mend(true);
}

function run(effect: Effect, state: State): void {
  switch (effect.t) {
    case 'create_meeting':
      return void createNew(effect.terms).then(tell);
    case 'make_rooms':
      return void makeRooms(SOCKET, effect.plan, effect.rights).then(
        (open) => tell({ t: 'rooms_made', of: effect.of, open }),
        () => tell({ t: 'rooms_failed' }),
      );
    case 'end_rooms':
      return effect.rooms.forEach((room) => void endRoom(SOCKET, room));
    case 'keep_rooms':
      return keepRooms(effect.of, effect.open);
    case 'keep_way':
      return keepWay(effect.way);
    case 'address':
      return showPlace(effect.link);
    case 'remember_name':
      return rememberName(effect.name);
    case 'capture':
      return void capture.open(effect.source, effect.device, effect.treated);
    case 'release':
      return capture.release(effect.source);
    case 'wire_open':
      return wire.open(state);
    case 'wire_close':
      return void wire.close(effect.farewell);
    case 'send_note':
      return wire.sendNote(effect.note, effect.to);
    case 'send_file':
    case 'get_file':
      return void files.run(effect);
    case 'keys':
      return wire.keys.tell(effect.message);
    case 'ask':
    case 'make_link':
    case 'renew_link':
      return void asks.run(effect);
    case 'send_record':
      return void asks.record(effect.on);
    case 'turn_away':
      return orTell(wire.turnAway(effect.participant));
    case 'send_remove':
      return orTell(wire.request('remove', { member: effect.member }));
    case 'send_end':
      return orTell(wire.request('end', {}).then(() => tell({ t: 'ended', reason: 'host' })));
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
  const place = readPlace();
  tell({ t: 'booted', ...place, ...keptRooms(place.link) });
  watchPage({ network, left: () => void wire.close(store.get().me ? 'leave' : null) });
  const warm = () => wire.warm();
  const abandon = () => tell({ t: 'leave' });
  if (window.parent !== window) (await withTexts(import('./embed/frame'))).beFramed(store);
  mount({ store, board, stats: () => media.stats(), warm, abandon });
  registerPin((news) => tell({ t: 'code_news', news }));
}

void start();
