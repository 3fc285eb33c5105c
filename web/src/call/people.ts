/*
 * What it is: who has a connection and what they send, as the server tells it. It names nobody:
 * the names of these numbers are in the tree (roster.ts).
 */
import type { PresentMember, Steps, Stepped } from './events';
import { removal } from './keys';
import { ANNOUNCE_UP_TO, withNotice } from './notice';
import { nameOf } from './roster';
import { amHost } from './rules';
import { changeMember, memberOf } from './state';
import type { Member, Notice, State, Track } from './state';

type PeopleFact =
  | 'member_joined'
  | 'member_left'
  | 'member_away'
  | 'track_opened'
  | 'track_closed'
  | 'track_changed'
  | 'remove';

export function asMember(one: PresentMember): Member {
  return { ...one, away: false };
}

/** Said of people with a leaf alone: nobody else has a name. */
function announce(
  state: State,
  name: string | undefined,
  is: 'left' | 'lost' | 'removed',
): Stepped {
  const small = state.members.length <= ANNOUNCE_UP_TO;
  const notice: Notice = { is, name: name ?? '' };
  return small && name !== undefined ? withNotice(state, notice) : [state, []];
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

/** What follows in another codec keeps its place on the page, and is not paused on the way. */
function handOver(state: State, track: number): State {
  const owner = state.members.find((one) => one.tracks.some((has) => has.track === track));
  const closed = owner?.tracks.find((one) => one.track === track);
  const heir = owner?.tracks.find((one) => one !== closed && one.source === closed?.source);
  if (!heir) return state;
  const shown = state.shown.map((one) =>
    one.track === track ? { ...one, track: heir.track } : one,
  );
  return { ...state, shown };
}

export const peopleSteps: Steps<PeopleFact> = {
  member_joined: (state, { member, participant, role }) => {
    if (memberOf(state, member)) return [state, []];
    const one = { member, participant, role, away: false, tracks: [] };
    const leaving = state.leaving.filter((gone) => gone !== participant);
    return [{ ...state, leaving, members: [...state.members, one] }, []];
  },
  member_left: (state, { member, reason }) => {
    const gone = memberOf(state, member);
    if (!gone) return [state, []];
    const { participant } = gone;
    const name = nameOf(state, participant);
    const next: State = {
      ...state,
      members: state.members.filter((one) => one !== gone),
      leaving: name === undefined ? state.leaving : [...state.leaving, participant],
      talking: state.talking.filter((one) => one !== member),
      speaker: state.speaker === member ? null : state.speaker,
      pinned: state.pinned === participant ? null : state.pinned,
    };
    return announce(next, name, reason);
  },
  member_away: (state, { member, away }) => [
    changeMember(state, member, (one) => ({ ...one, away })),
    [],
  ],
  track_opened: (state, { member, track: number, kind, source, paused }) => {
    const track = { track: number, kind, source, paused };
    const owner = memberOf(state, member);
    if (!owner || owner.tracks.some((one) => one.track === track.track)) return [state, []];
    const next = changeMember(state, member, (one) => ({ ...one, tracks: [...one.tracks, track] }));
    /* A second one is the same screen in another codec. */
    const again = owner.tracks.some((one) => one.source === 'screen');
    if (track.source !== 'screen' || again) return [next, []];
    const name = nameOf(state, owner.participant);
    return name === undefined ? [next, []] : withNotice(next, { is: 'sharing', name });
  },
  track_closed: (state, { track }) => [changeTrack(handOver(state, track), track, () => null), []],
  track_changed: (state, { track, paused }) => [
    changeTrack(state, track, (one) => ({ ...one, paused })),
    [],
  ],
  remove: (state, { participant }) =>
    amHost(state) ? [state, removal(state, participant)] : [state, []],
};
