import { describe, expect, it } from 'vitest';
import { isLeftOut } from '../src/call/consent';
import type { Effect, Fact, PresentMember } from '../src/call/events';
import { planOf } from '../src/call/plan';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import type { SealedPerson, Sealing } from '../src/e2ee/port';
import type { Note } from '../src/e2ee/note';
import { DELAY, Gate, LEASE, TICK } from '../src/record/gate';
import { keptSounds, keptTiles, voiceOf } from '../src/record/kept';
import type { Role, Settings, TrackInfo } from '../src/wire/signal';
import { LINK as link, SETTINGS, play } from './given';

const ID = 'A'.repeat(22);
const OTHER = 'B'.repeat(21) + 'A';
const [BEA, CID] = ['bea', 'cid'].map((one) => one.padEnd(21, '_') + 'A') as [string, string];

const notes = (effects: readonly Effect[]) =>
  effects.flatMap((one) => (one.t === 'send_note' ? [{ note: one.note, to: one.to }] : []));
const person = (participant: string, leaf: number, me = false): SealedPerson => ({
  participant,
  leaf,
  member: leaf + 1,
  name: participant.slice(0, 3),
  me,
  admin: false,
  bot: false,
  verified: 'no',
  otherBuild: false,
  named: false,
});
const ALL = [person('ada', 0, true), person(BEA, 1), person(CID, 2)];
const tree = (people: SealedPerson[]): Sealing => ({ ...NO_SEALING, phase: 'secure', people });
const track = (number: number, source: TrackInfo['source'], paused = false): TrackInfo => ({
  track: number,
  kind: source === 'mic' || source === 'screen_audio' ? 'audio' : 'video',
  source,
  paused,
});
const bea: PresentMember = {
  member: 2,
  participant: BEA,
  role: 'participant',
  tracks: [track(21, 'mic'), track(22, 'camera'), track(23, 'screen_audio')],
};
const cid: PresentMember = {
  member: 3,
  participant: CID,
  role: 'host',
  tracks: [track(31, 'mic'), track(32, 'camera'), track(33, 'screen'), track(34, 'screen_audio')],
};

function inside(role: Role = 'owner', settings: Partial<Settings> = {}): State {
  return play(
    FIRST_STATE,
    { t: 'booted', link, problem: null, name: 'Ada' },
    { t: 'join' },
    {
      t: 'welcomed',
      member: 1,
      role,
      resume: 'r',
      resumed: false,
      waiting: false,
      members: [bea, cid],
      settings: { ...SETTINGS, ...settings },
      now: 1,
    },
    { t: 'sealed', sealing: tree(ALL) },
  )[0];
}
const said = (from: string, note: Note): Fact => ({ t: 'note', from, note, private: false, at: 5 });
const recording = () => play(inside(), { t: 'record', id: ID }, { t: 'record_begun' })[0];
const agrees = (from: string, yes = true, id = ID) => said(from, { k: 'agree', id, yes });
const asks = (from: string, on = true, id = OTHER, yes: string[] = []) =>
  said(from, { k: 'rec', id, on, yes });

describe('one’s own recording', () => {
  it('is announced to the server before anybody is asked, and begins with oneself alone', () => {
    const [asked, effects] = play(inside(), { t: 'record', id: ID });
    expect(effects).toEqual([{ t: 'send_record', on: true }]);
    expect(keptTiles(asked)).toEqual([]);
    const [on, more] = play(asked, { t: 'record_begun' });
    expect(notes(more)).toEqual([{ note: { k: 'rec', id: ID, on: true, yes: [] }, to: null }]);
    expect(keptTiles(on).map((one) => one.key)).toEqual(['me']);
  });
  it('does not begin when the settings or the server say no', () => {
    const [denied, none] = play(inside('participant'), { t: 'record', id: ID });
    expect(denied.consent.phase).toBe('off');
    expect(none.some((one) => one.t === 'send_record')).toBe(false);
    const [refused] = play(
      inside(),
      { t: 'record', id: ID },
      { t: 'record_refused', reason: 'blocked', field: 'record' },
    );
    expect(refused.consent.phase).toBe('off');
    expect(refused.toasts.at(-1)?.notice).toMatchObject({ is: 'refused', reason: 'blocked' });
  });
  it('has whoever said yes, from then on, and tells everybody', () => {
    const [state, effects] = play(recording(), agrees(BEA));
    expect(state.consent.agreed).toEqual([BEA]);
    expect(notes(effects)).toEqual([
      { note: { k: 'rec', id: ID, on: true, yes: [BEA] }, to: null },
    ]);
    expect(keptTiles(state).map((one) => [one.key, one.video])).toEqual([
      ['me', null],
      [`p${BEA}`, 'track:22'],
    ]);
    expect(keptSounds(state)).toEqual(['track:23']);
    expect(isLeftOut(state, BEA)).toBe(false);
    expect(isLeftOut(state, CID)).toBe(true);
  });
  it('loses them at once when they take it back', () => {
    const [state] = play(recording(), agrees(BEA), agrees(CID), agrees(BEA, false));
    expect(state.consent).toMatchObject({ agreed: [CID], refused: [BEA] });
    expect(keptTiles(state).map((one) => one.key)).toEqual([`s${CID}`, 'me', `p${CID}`]);
    expect(keptSounds(state)).toEqual(['track:34']);
  });
  it('takes no yes that was meant for another recording', () => {
    const [state, effects] = play(recording(), agrees(BEA, true, OTHER));
    expect(state.consent.agreed).toEqual([]);
    expect(effects).toEqual([]);
  });
  it('asks whoever comes, and forgets whoever goes', () => {
    const [gone] = play(recording(), agrees(BEA), {
      t: 'sealed',
      sealing: tree([ALL[0]!, ALL[2]!]),
    });
    expect(gone.consent.agreed).toEqual([]);
    const [back, effects] = play(gone, { t: 'sealed', sealing: tree(ALL) });
    expect(back.consent.agreed).toEqual([]);
    expect(notes(effects)).toEqual([{ note: { k: 'rec', id: ID, on: true, yes: [] }, to: null }]);
  });
  it('ends when the right to record is taken away', () => {
    const [state, effects] = play(recording(), { t: 'recording', member: 1, on: false });
    expect(state.consent.phase).toBe('off');
    expect(notes(effects)).toEqual([{ note: { k: 'rec', id: ID, on: false, yes: [] }, to: null }]);
  });
  it('is told to the server again by a session that it does not know', () => {
    const again: Fact = {
      t: 'welcomed',
      member: 9,
      role: 'owner',
      resume: 'r',
      resumed: false,
      waiting: false,
      members: [bea, cid],
      now: 9,
    };
    const [, effects] = play(
      recording(),
      { t: 'wire_lost', chance: 0 },
      { t: 'wire_due', attempt: 1 },
      again,
    );
    expect(effects).toContainEqual({ t: 'send_record', on: true });
  });
  it('wants the pictures of whoever agreed, also those that no tile shows', () => {
    expect(planOf(recording()).subscribe.get(22)?.paused).toBe(true);
    const [state] = play(recording(), agrees(BEA));
    expect(planOf(state).subscribe.get(22)?.paused).toBe(false);
    expect(planOf(state).subscribe.get(32)?.paused).toBe(true);
  });
  it('has no microphone of one’s own that is muted', () => {
    const mic: Fact[] = [{ t: 'toggle_mic' }, { t: 'captured', source: 'mic', audio: true }];
    const [open] = play(recording(), ...mic);
    expect(keptSounds(open)).toEqual(['own:mic']);
    expect(keptSounds(play(open, { t: 'toggle_mic' })[0])).toEqual([]);
  });
});

describe('being asked', () => {
  it('opens a question that is a no until it is answered', () => {
    const [state] = play(inside('participant'), asks(CID));
    expect(state.consent.asked).toEqual([{ by: CID, id: OTHER, answer: 'open', agreed: [] }]);
    expect(isLeftOut(state, null)).toBe(true);
    expect(isLeftOut(state, CID)).toBe(false);
  });
  it('is answered to who asked alone, and can be taken back', () => {
    const [yes, first] = play(inside('participant'), asks(CID), {
      t: 'consent',
      by: CID,
      yes: true,
    });
    expect(notes(first)).toEqual([{ note: { k: 'agree', id: OTHER, yes: true }, to: CID }]);
    expect(isLeftOut(yes, null)).toBe(false);
    const [no, second] = play(yes, { t: 'consent', by: CID, yes: false });
    expect(notes(second)).toEqual([{ note: { k: 'agree', id: OTHER, yes: false }, to: CID }]);
    expect(isLeftOut(no, null)).toBe(true);
  });
  it('keeps the answer while the same recording goes on, and is asked anew by the next', () => {
    const [state] = play(
      inside(),
      asks(CID),
      { t: 'consent', by: CID, yes: true },
      asks(CID, true, OTHER, [BEA]),
    );
    expect(state.consent.asked).toMatchObject([{ answer: 'yes', agreed: [BEA] }]);
    expect(play(state, asks(CID, true, ID))[0].consent.asked).toMatchObject([{ answer: 'open' }]);
    expect(play(state, asks(CID, false))[0].consent.asked).toEqual([]);
  });
  it('is refused from somebody who may not record', () => {
    expect(play(inside(), asks(BEA))[0].consent.asked).toEqual([]);
    expect(play(inside('owner', { record: 'all' }), asks(BEA))[0].consent.asked).toHaveLength(1);
  });
});

describe('whose voice a stream carries', () => {
  const heard = (leaf: number | null, participant: string | null): Fact[] => [
    { t: 'slot', slot: 0, leaf },
    { t: 'heard', slot: 0, participant },
  ];
  const agreed = () => play(recording(), agrees(BEA))[0];
  it('is a yes only where both witnesses name somebody who agreed', () => {
    expect(voiceOf(agreed(), 0)).toBe('nobody');
    expect(voiceOf(play(agreed(), ...heard(1, BEA))[0], 0)).toBe('yes');
    expect(voiceOf(play(agreed(), ...heard(2, CID))[0], 0)).toBe('no');
    expect(voiceOf(play(agreed(), ...heard(1, BEA), { t: 'slot', slot: 0, leaf: 2 })[0], 0)).toBe(
      'no',
    );
    expect(voiceOf(play(agreed(), ...heard(2, CID), { t: 'slot', slot: 0, leaf: 1 })[0], 0)).toBe(
      'no',
    );
    expect(voiceOf(play(agreed(), ...heard(1, BEA), agrees(BEA, false))[0], 0)).toBe('no');
  });
});

describe('the gate behind a stream of voices', () => {
  /** Looks at every tick from `from` to `to`; until when it is open then. */
  function looks(gate: Gate, from: number, to: number, voice: 'yes' | 'no' | 'nobody'): number {
    let open = -Infinity;
    for (let at = from; at < to; at += TICK) {
      const until = gate.look(at, voice);
      if (until !== null) open = until;
      else open = Math.min(open, at);
    }
    return open;
  }
  it('is open while somebody who agreed is heard', () => {
    expect(looks(new Gate(), 0, 2, 'yes')).toBeGreaterThan(2);
  });
  it('has closed before the sound of another reaches it, although nobody looks any more', () => {
    const open = looks(new Gate(), 0, 2, 'yes');
    expect(open).toBeLessThan(2 + DELAY - 0.2);
  });
  it('does not open at the first look after a pause: news may wait behind it', () => {
    const gate = new Gate();
    looks(gate, 0, 2, 'yes');
    expect(gate.look(4, 'yes')).toBeNull();
    expect(gate.look(4 + TICK, 'yes')).toBeCloseTo(4 + TICK + LEASE);
  });
  it('stays closed until what was on its way of another has passed', () => {
    const gate = new Gate();
    looks(gate, 0, 1, 'no');
    expect(looks(gate, 1, 1 + DELAY + 0.8, 'yes')).toBeLessThan(1);
    expect(looks(gate, 1 + DELAY + 0.8, 4, 'yes')).toBeGreaterThan(4);
  });
  it('closes at news, and opens at none', () => {
    const gate = new Gate();
    looks(gate, 0, 1, 'yes');
    expect(gate.news(1, 'no')).toBe(true);
    expect(gate.news(1.01, 'yes')).toBe(false);
    expect(gate.look(1.02, 'yes')).toBeNull();
  });
  it('misses nothing of who speaks after a silence', () => {
    const gate = new Gate();
    looks(gate, 0, 1, 'nobody');
    expect(gate.look(1, 'yes')).not.toBeNull();
  });
});
