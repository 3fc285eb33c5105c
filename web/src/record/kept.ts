/*
 * What it is: what may be in a recording now, read from the state. Pure.
 * Only oneself and whoever has agreed; of whom a stream of voices is, two witnesses must agree: the
 * frames' worker, which says it before the frame is decoded, and the keys, which know the person.
 */
import { isSecure } from '../call/sealing';
import type { State, Track } from '../call/state';
import { cleanName } from '../call/text';
import type { BoardKey } from '../media/board';

export interface KeptTile {
  readonly key: string;
  /** A participant; null is me. */
  readonly of: string | null;
  readonly name: string;
  /** null: the name stands for it. */
  readonly video: BoardKey | null;
  readonly screen: boolean;
}

/** nobody: silent, and nothing to be hidden. no: somebody who did not agree, or it is not known. */
export type Voice = 'yes' | 'nobody' | 'no';

interface KeptPerson {
  readonly participant: string;
  readonly name: string;
  readonly tracks: readonly Track[];
}

/** Whose leaf is in the tree, who agreed, and who has a connection. */
function keptPeople(state: State): KeptPerson[] {
  const { agreed } = state.consent;
  const members = new Map(state.members.map((one) => [one.participant, one]));
  return state.sealing.people.flatMap(({ participant, name, me }) => {
    const member = members.get(participant);
    if (me || !member || !agreed.includes(participant)) return [];
    return [{ participant, name: cleanName(name), tracks: member.tracks }];
  });
}

function running(tracks: readonly Track[], source: Track['source']): BoardKey | null {
  const found = tracks.find((one) => one.source === source && !one.paused);
  return found ? `track:${found.track}` : null;
}

function isOn(state: State): boolean {
  return state.consent.phase === 'on';
}

export function keptTiles(state: State): KeptTile[] {
  if (!isOn(state)) return [];
  const { own, name } = state;
  const screens: KeptTile[] = [];
  const camera = own.camera.phase === 'on' ? ('own:camera' as const) : null;
  const tiles: KeptTile[] = [{ key: 'me', of: null, name, video: camera, screen: false }];
  if (own.screen.phase === 'on')
    screens.push({ key: 'my screen', of: null, name, video: 'own:screen', screen: true });
  for (const { participant: of, name: theirs, tracks } of keptPeople(state)) {
    const screen = running(tracks, 'screen');
    if (screen) screens.push({ key: `s${of}`, of, name: theirs, video: screen, screen: true });
    const video = running(tracks, 'camera');
    tiles.push({ key: `p${of}`, of, name: theirs, video, screen: false });
  }
  return [...screens, ...tiles];
}

/** Sounds that are of one person each; a microphone that is muted is none. */
export function keptSounds(state: State): BoardKey[] {
  if (!isOn(state)) return [];
  const own: BoardKey[] = [];
  if (state.own.mic.phase === 'on') own.push('own:mic');
  if (state.own.screen.phase === 'on' && state.screenAudio) own.push('own:screen_audio');
  const shared = keptPeople(state).flatMap(({ tracks }) => running(tracks, 'screen_audio') ?? []);
  return [...own, ...shared];
}

export function voiceOf(state: State, slot: number): Voice {
  const leaf = state.slots[slot] ?? null;
  if (!isOn(state)) return 'no';
  if (leaf === null) return 'nobody';
  const one = state.sealing.people.find((other) => other.leaf === leaf);
  const known = one !== undefined && state.heard[slot] === one.participant;
  if (!known || !isSecure(state.sealing)) return 'no';
  return state.consent.agreed.includes(one.participant) ? 'yes' : 'no';
}
