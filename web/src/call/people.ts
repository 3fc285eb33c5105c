/*
 * What it is: who is here and what they send, as the server tells it.
 */
import type { Effect, Steps, Stepped } from './events';
import { withNotice } from './notice';
import { changeMember, memberOf } from './state';
import type { Notice, State, Track } from './state';

type PeopleFact =
  | 'member_joined'
  | 'member_left'
  | 'member_changed'
  | 'member_away'
  | 'track_opened'
  | 'track_closed'
  | 'track_changed'
  | 'remove';

/** In larger meetings comings and goings are not announced one by one. */
const ANNOUNCE_UP_TO = 8;

function announce(state: State, notice: Notice, effects: readonly Effect[] = []): Stepped {
  const small = state.members.length <= ANNOUNCE_UP_TO;
  return small ? withNotice(state, notice, effects) : [state, effects];
}

function changeTrack(state: State, track: number, change: (one: Track) => Track | null): State {
  const members = state.members.map((member) => {
    if (!member.tracks.some((one) => one.track === track)) return member;
    const tracks = member.tracks.flatMap((one) => {
      const next = one.track === track ? change(one) : one;
      return next ? [next] : [];
    });
    return { ...member, tracks };
  });
  return { ...state, members };
}

export const peopleSteps: Steps<PeopleFact> = {
  member_joined: (state, { member, name, role }) => {
    if (memberOf(state, member)) return [state, []];
    const one = { member, name, role, away: false, hand: false, tracks: [] };
    const next = { ...state, members: [...state.members, one] };
    const hand: Effect[] = state.hand ? [{ t: 'send_note', note: { k: 'hand', up: true } }] : [];
    return announce(next, { is: 'joined', name }, hand);
  },
  member_left: (state, { member, reason }) => {
    const gone = memberOf(state, member);
    if (!gone) return [state, []];
    const next: State = {
      ...state,
      members: state.members.filter((one) => one !== gone),
      talking: state.talking.filter((one) => one !== member),
      speaker: state.speaker === member ? null : state.speaker,
      pinned: state.pinned === member ? null : state.pinned,
    };
    return announce(next, { is: reason, name: gone.name });
  },
  member_changed: (state, { member, name }) => [
    changeMember(state, member, (one) => ({ ...one, name })),
    [],
  ],
  member_away: (state, { member, away }) => [
    changeMember(state, member, (one) => ({ ...one, away })),
    [],
  ],
  track_opened: (state, { member, track: number, kind, source, paused }) => {
    const track = { track: number, kind, source, paused };
    const owner = memberOf(state, member);
    if (!owner || owner.tracks.some((one) => one.track === track.track)) return [state, []];
    const next = changeMember(state, member, (one) => ({ ...one, tracks: [...one.tracks, track] }));
    if (track.source !== 'screen') return [next, []];
    return withNotice(next, { is: 'sharing', name: owner.name });
  },
  track_closed: (state, { track }) => [changeTrack(state, track, () => null), []],
  track_changed: (state, { track, paused }) => [
    changeTrack(state, track, (one) => ({ ...one, paused })),
    [],
  ],
  remove: (state, { member }) =>
    state.me?.role === 'host' && memberOf(state, member)
      ? [state, [{ t: 'send_remove', member }]]
      : [state, []],
};
