/*
 * What it is: everything the pages show and the call remembers, as plain immutable data.
 * Knows: pages, people, own devices, talk. Knows not: DOM, sockets, streams, clocks.
 */
import type { FileNote, Reaction } from '../e2ee/note';
import type { Sealing } from '../e2ee/port';
import type { PinNews } from '../pin/news';
import type { Feature, Kind, Reason, Role, Setting, Settings, Source } from '../wire/signal';
import { NO_CONSENT } from './consent-state';
import type { Consent } from './consent-state';
import { NO_DRAWING } from './drawing-state';
import type { Drawing } from './drawing-state';
import type { LinkProblem, MeetingLink } from './link';
import { NO_PASSCODE, NO_PROTECTION } from './protection';
import type { Passcode, Proof, Protection } from './protection';
import type { Denial, Right } from './rules';
import { NO_ROOMS } from './rooms-state';
import type { Invitation, Rooms, Way } from './rooms-state';
import { NO_SEALING } from './sealing';

/** waiting: in front of the waiting room's door, until a host lets us in. */
export type Page = 'home' | 'prejoin' | 'waiting' | 'meeting' | 'after';
export type AfterWhy =
  | 'left'
  | 'removed'
  | 'denied'
  | 'ended'
  | 'server'
  | 'not_found'
  | 'full'
  | 'no_key'
  | 'old'
  | 'descriptor'
  | 'keys'
  | 'refused'
  | 'locked'
  | 'blocked'
  | 'link'
  | 'personal';

export type CaptureSource = 'mic' | 'camera' | 'screen';
export type CaptureProblem = 'denied' | 'missing' | 'in_use' | 'failed' | 'unplugged';
/** muted: the device is held, nothing is sent. Only the microphone knows it. */
export type Phase = 'off' | 'starting' | 'on' | 'muted';

export interface Own {
  readonly phase: Phase;
  readonly problem: CaptureProblem | null;
}

export type DeviceKind = 'mic' | 'camera' | 'speaker';
export interface DeviceInfo {
  readonly id: string;
  readonly label: string;
}
export type DeviceLists = Readonly<Record<DeviceKind, readonly DeviceInfo[]>>;
/** Suppression of one's own background noise: failed is chosen, but not to be had here. */
export type Noise = 'off' | 'on' | 'failed';
/** Background blur of one's own camera: failed is still chosen, and nothing goes out without it. */
export type Background = 'off' | 'on' | 'failed';
export type DeviceChoice = Readonly<Record<DeviceKind, string>>;

export interface Track {
  readonly track: number;
  readonly kind: Kind;
  readonly source: Source;
  readonly paused: boolean;
}

/** Somebody with a connection, as the server tells it. Who is here is in `sealing` (roster.ts). */
export interface Member {
  readonly member: number;
  readonly participant: string;
  readonly role: Role;
  readonly away: boolean;
  readonly tracks: readonly Track[];
}

export interface Me {
  readonly member: number;
  readonly role: Role;
  readonly resume: string;
}

/** opening: a connection is tried; waiting: until the next attempt. */
export type WirePhase = 'off' | 'opening' | 'live' | 'waiting';
export interface Wire {
  readonly phase: WirePhase;
  readonly attempt: number;
}

/** mine: it has been sent. there: it can be fetched. */
export interface SharedFile {
  readonly name: string;
  readonly size: number;
  readonly phase: 'sending' | 'mine' | 'there' | 'getting' | 'failed';
  /** What opens it; null for one's own. */
  readonly note: FileNote | null;
  /** The one participant that it is sent to; null is everybody. */
  readonly to: string | null;
}

export interface ChatLine {
  readonly id: number;
  /** A participant; null is me. */
  readonly from: string | null;
  readonly name: string;
  readonly text: string;
  readonly at: number;
  /** Of a private line: the name of the one person it was written to; null was for everybody. */
  readonly to: string | null;
  readonly file: SharedFile | null;
  /** The poll that this line stands for. */
  readonly poll?: string;
  /** What a report of this line can show; null without the server's mark. */
  readonly proof?: Proof | null;
}

export interface Vote {
  /** A participant; null is me. */
  readonly from: string | null;
  readonly answer: number;
}

export interface Poll {
  readonly id: string;
  /** A participant; null is me. */
  readonly author: string | null;
  readonly text: string;
  readonly answers: readonly string[];
  /** One of each voter, the last one. */
  readonly votes: readonly Vote[];
  readonly closed: boolean;
  /** When the close was seen: what was sent before it may come a moment after. */
  readonly closedAt: number;
  /** It was asked before one came: votes of people who had left are not known. */
  readonly late: boolean;
  /** When one's own vote was last given again for who came. */
  readonly againAt: number;
}

export interface ShownReaction {
  readonly id: number;
  /** A participant; null is me. */
  readonly from: string | null;
  readonly emoji: Reaction;
}

export type Notice =
  | {
      readonly is: 'joined' | 'left' | 'removed' | 'lost' | 'hand' | 'sharing' | 'suspended';
      readonly name: string;
    }
  | {
      readonly is: 'keys_admin' | 'keys_admin_off' | 'keys_door';
      readonly name: string;
      /** It is tried on by itself; else somebody with the host's link has to do it. */
      readonly follows: boolean;
    }
  | { readonly is: 'refused'; readonly reason: Reason | 'lost'; readonly field: string | null }
  | { readonly is: 'board'; readonly name: string }
  | { readonly is: 'room_closed'; readonly name: string }
  | { readonly is: 'denied'; readonly right: Right; readonly denial: Denial }
  | {
      readonly is: 'muted';
      readonly source: Source;
      readonly hold: boolean;
      readonly name: string;
    }
  | { readonly is: 'released'; readonly source: Source }
  | {
      readonly is: 'settings';
      readonly name: string;
      readonly changed: readonly Setting[];
      readonly now: Settings;
    }
  | { readonly is: 'passcode' | 'recording'; readonly name: string; readonly on: boolean }
  | {
      readonly is: 'role';
      readonly name: string;
      readonly role: Role;
      readonly mine: boolean;
    }
  | {
      readonly is: 'blocked';
      readonly feature: Feature;
      readonly on: boolean;
      readonly why: string;
    }
  | { readonly is: 'capture'; readonly source: CaptureSource; readonly problem: CaptureProblem }
  | {
      readonly is:
        | 'copied'
        | 'not_sent'
        | 'not_done'
        | 'back'
        | 'copy_failed'
        | 'unable'
        | 'file_size'
        | 'file_failed'
        | 'link_renewed'
        | 'noise_failed'
        | 'blur_failed';
    };

export interface Toast {
  readonly id: number;
  readonly notice: Notice;
}

export type Layout = 'auto' | 'grid' | 'speaker' | 'filmstrip';
export type Panel = 'people' | 'chat' | 'security';
export interface Shown {
  readonly track: number;
  /** Of the tile, in device pixels. */
  readonly width: number;
  readonly height: number;
  /** The tile that is looked at. */
  readonly large: boolean;
}

/** Two people's digits, asked for by one of them; null until the keys' worker has answered. */
export interface Pair {
  readonly participant: string;
  readonly digits: string | null;
  readonly device: string;
}

/** What the media engine reports of both transports together. */
export type MediaHealth = 'idle' | 'connecting' | 'connected' | 'repairing';

export type HomeProblem = LinkProblem | 'busy' | 'unreachable' | 'refused' | 'keys';
/** passcode: one is needed. passcode_wrong: it or the link does not fit; the server does not say which. */
export type JoinProblem = 'unreachable' | 'busy' | 'name' | 'passcode' | 'passcode_wrong';

export interface State {
  readonly page: Page;
  readonly after: AfterWhy;
  readonly link: MeetingLink | null;
  readonly homeBusy: boolean;
  readonly homeProblem: HomeProblem | null;
  readonly joining: boolean;
  readonly joinProblem: JoinProblem | null;
  readonly passcode: Passcode;
  readonly name: string;
  readonly own: Readonly<Record<CaptureSource, Own>>;
  readonly screenAudio: boolean;
  readonly devices: DeviceLists;
  readonly choice: DeviceChoice;
  readonly noise: Noise;
  readonly blur: Background;
  readonly wire: Wire;
  readonly me: Me | null;
  readonly members: readonly Member[];
  /** Who is here, under which keys, and whether anything is sent: from the keys' worker alone. */
  readonly sealing: Sealing;
  /** What the meeting allows, and what was done to whom. */
  readonly protection: Protection;
  /** Participants whose connection the server reported gone while their leaf is still there. */
  readonly leaving: readonly string[];
  /** Participants who raised a hand. */
  readonly hands: readonly string[];
  readonly pair: Pair | null;
  readonly talking: readonly number[];
  /** Participants whose voice each slot carries, by the keys that open it; null is nobody's. */
  readonly heard: readonly (string | null)[];
  /** The leaf whose frames each slot carries, as the frames' worker says itself. */
  readonly slots: readonly (number | null)[];
  readonly consent: Consent;
  readonly polls: readonly Poll[];
  readonly drawing: Drawing;
  /** Asked into a break-out room. */
  readonly invitation: Invitation | null;
  readonly speaker: number | null;
  readonly speakerSince: number;
  readonly chat: readonly ChatLine[];
  readonly unread: number;
  readonly reactions: readonly ShownReaction[];
  readonly hand: boolean;
  readonly toasts: readonly Toast[];
  readonly serial: number;
  readonly layout: Layout;
  readonly panel: Panel | null;
  /** A participant. */
  readonly pinned: string | null;
  readonly shown: readonly Shown[];
  readonly health: MediaHealth;
  readonly soundBlocked: boolean;
  /** What the service worker that pins this program's code had to tell last. */
  readonly code: PinNews | null;
  /** Those that one opened oneself, and where one came from. */
  readonly rooms: Rooms;
  readonly way: Way | null;
  readonly since: number;
}

const OFF: Own = { phase: 'off', problem: null };

/** What a meeting starts from; the person's name, devices and captures are kept. */
export const FRESH_MEETING = {
  joining: false,
  joinProblem: null,
  passcode: NO_PASSCODE,
  wire: { phase: 'off', attempt: 0 },
  me: null,
  members: [],
  sealing: NO_SEALING,
  protection: NO_PROTECTION,
  leaving: [],
  hands: [],
  pair: null,
  talking: [],
  heard: [],
  slots: [],
  consent: NO_CONSENT,
  polls: [],
  drawing: NO_DRAWING,
  invitation: null,
  speaker: null,
  speakerSince: 0,
  chat: [],
  unread: 0,
  reactions: [],
  hand: false,
  toasts: [],
  layout: 'auto',
  panel: null,
  pinned: null,
  shown: [],
  health: 'idle',
  soundBlocked: false,
  since: 0,
} as const satisfies Partial<State>;

export const FIRST_STATE: State = {
  ...FRESH_MEETING,
  page: 'home',
  after: 'left',
  link: null,
  homeBusy: false,
  homeProblem: null,
  name: '',
  own: { mic: OFF, camera: OFF, screen: OFF },
  screenAudio: false,
  devices: { mic: [], camera: [], speaker: [] },
  choice: { mic: '', camera: '', speaker: '' },
  noise: 'off',
  blur: 'off',
  code: null,
  rooms: NO_ROOMS,
  way: null,
  serial: 1,
};

export function memberOf(state: State, member: number | null): Member | undefined {
  return state.members.find((one) => one.member === member);
}

export function memberBy(state: State, participant: string): Member | undefined {
  return state.members.find((one) => one.participant === participant);
}

export function changeMember(state: State, member: number, change: (one: Member) => Member): State {
  const members = state.members.map((one) => (one.member === member ? change(one) : one));
  return { ...state, members };
}
