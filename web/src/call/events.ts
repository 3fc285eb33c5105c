/*
 * What it is: every fact that can reach the call, and every effect that it can ask for.
 * Knows: names and payloads. What the server says about people is numbers; names, chat and who is
 * here come from the keys' worker.
 */
import type { Point } from '../e2ee/ink';
import type { FileNote, Note, Reaction } from '../e2ee/note';
import type { Sealing, ToKeys } from '../e2ee/port';
import type { PinNews } from '../pin/news';
import type { CreateProblem } from '../wire/api';
import type { Applicant } from '../wire/group';
import type {
  About,
  Events,
  Reason,
  Replies,
  Role,
  Settings,
  Source,
  TrackInfo,
} from '../wire/signal';
import type { Ask } from './hosting';
import type { Terms } from './kind';
import type { MeetingLink } from './link';
import type { Proof, SettingChange } from './protection';
import type { PlannedRoom, Room, RoomRights, Rooms, Way } from './rooms-state';
import type {
  CaptureProblem,
  CaptureSource,
  DeviceKind,
  DeviceLists,
  Layout,
  MediaHealth,
  Notice,
  Panel,
  Shown,
  State,
} from './state';

export interface PresentMember {
  readonly member: number;
  readonly participant: string;
  readonly role: Role;
  readonly tracks: readonly TrackInfo[];
}

export interface Welcome {
  readonly member: number;
  readonly role: Role;
  readonly resume: string;
  readonly resumed: boolean;
  readonly waiting: boolean;
  readonly members: readonly PresentMember[];
  readonly settings?: Settings;
  readonly now: number;
}

/** Facts with their payloads; `object` means none. */
export interface Facts {
  /* the person */
  new_meeting: { terms: Terms };
  paste_link: { text: string; origin: string };
  set_name: { name: string };
  toggle_mic: object;
  toggle_camera: object;
  toggle_screen: object;
  pick_device: { kind: DeviceKind; id: string };
  pick_noise: { on: boolean };
  pick_blur: { on: boolean };
  join: object;
  leave: object;
  end_for_all: object;
  remove: { participant: string };
  admit: { participant: string; yes: boolean };
  rename: { name: string };
  set_passcode: { text: string };
  set_setting: { change: SettingChange };
  suspend: object;
  mute_other: { participant: string; source: Source; hold: boolean };
  release_other: { participant: string; source: Source };
  mute_all: { source: Source };
  give_role: { participant: string; role: Role };
  change_passcode: { passcode: string | null };
  make_link: { label: string };
  drop_link: { link: number };
  renew_link: object;
  report: { participant: string | null };
  send_report: { about: About; words: string; lines: readonly number[] };
  close_risk: object;
  verify: { participant: string | null };
  compared: { participant: string; same: boolean };
  say: { text: string; to: string | null; now: number };
  say_file: { file: File; to: string | null; now: number };
  get_file: { line: number };
  react: { emoji: Reaction };
  record: { id: string };
  stop_record: object;
  show_recording: { shown: boolean };
  consent: { by: string; yes: boolean };
  ask_poll: { id: string; text: string; answers: readonly string[]; now: number };
  vote: { id: string; answer: number };
  close_poll: { id: string; now: number };
  draw: { id: string; colour: number; width: number; points: readonly Point[] };
  undraw: object;
  wipe_board: object;
  show_board: { shown: boolean };
  draw_again: object;
  open_rooms: { plan: readonly PlannedRoom[] };
  ask_into: { room: string; participant: string };
  close_rooms: object;
  /** `room`: one of one's own; null is the one that one is asked into. */
  go_room: { room: string | null };
  stay_here: object;
  go_back: object;
  toggle_hand: object;
  open_panel: { panel: Panel | null };
  set_layout: { layout: Layout };
  pin: { participant: string | null };
  show_tiles: { shown: readonly Shown[] };
  close_toast: { id: number };
  notice: { notice: Notice };
  try_now: object;
  go_home: object;
  back_to_door: object;
  /* the page */
  booted: {
    link: MeetingLink | null;
    problem: 'no_key' | 'old' | null;
    name: string;
    way?: Way | null;
    rooms?: Rooms;
  };
  rooms_made: { of: string; open: readonly Room[] };
  rooms_failed: object;
  created: { link: MeetingLink };
  create_failed: { why: CreateProblem };
  captured: { source: CaptureSource; audio: boolean };
  capture_failed: { source: CaptureSource; why: CaptureProblem | 'cancelled' };
  capture_ended: { source: CaptureSource };
  devices_found: { devices: DeviceLists };
  noise_failed: object;
  blur_failed: object;
  sound_blocked: { blocked: boolean };
  media_health: { health: MediaHealth };
  reaction_over: { id: number };
  file_sent: { line: number; note: FileNote };
  file_got: { line: number };
  file_failed: { line: number };
  wire_due: { attempt: number };
  code_news: { news: PinNews };
  passcode_pause_over: object;
  /* the keys' worker */
  sealed: { sealing: Sealing };
  keys_failed: object;
  pair_code: { participant: string; digits: string; device: string };
  heard: { slot: number; participant: string | null };
  slot: { slot: number; leaf: number | null };
  note: { from: string; note: Note; private: boolean; at: number; proof?: Proof | null };
  /* the server */
  welcomed: Welcome;
  hello_refused: { reason: Reason; field?: string | undefined; chance: number };
  wire_lost: { chance: number };
  not_done: {
    what: 'note' | 'deed';
    reason?: Reason | undefined;
    field?: string | undefined;
  };
  ask_done: { ask: Ask };
  ask_refused: { ask: Ask; reason: Reason | 'lost'; field?: string | undefined };
  links_listed: { links: Replies['links']['links'] };
  link_made: { link: number; label: string; token: string };
  link_renewed: { renewal: string };
  reported: { franked: number };
  agree_due: object;
  record_begun: object;
  record_refused: { reason: Reason | 'lost'; field?: string | undefined };
  source_refused: { source: Source; reason: Reason; field?: string | undefined };
  admitted: { members: readonly PresentMember[]; settings?: Settings; now: number };
  member_joined: { member: number; participant: string; role: Role };
  member_left: Omit<Events['member_left'], 't'>;
  member_away: Omit<Events['member_away'], 't'>;
  track_opened: Omit<Events['track_opened'], 't'>;
  track_closed: { track: number };
  track_changed: { track: number; paused: boolean };
  speakers: { levels: readonly { member: number; level: number }[]; now: number };
  settings: Omit<Events['settings'], 't'>;
  role_changed: Omit<Events['role_changed'], 't'>;
  muted: Omit<Events['muted'], 't'>;
  released: Omit<Events['released'], 't'>;
  tracks_changed: Omit<Events['tracks_changed'], 't'>;
  recording: Omit<Events['recording'], 't'>;
  at_risk: Omit<Events['at_risk'], 't'>;
  blocked: Omit<Events['blocked'], 't'>;
  applicants: { applicants: readonly Applicant[] };
  ended: { reason: Events['ended']['reason'] };
}
export type FactName = keyof Facts;
export type Fact = { [N in FactName]: { readonly t: N } & Readonly<Facts[N]> }[FactName];

export type Effect =
  | { readonly t: 'create_meeting'; readonly terms: Terms }
  | {
      readonly t: 'make_rooms';
      readonly of: string;
      readonly plan: readonly PlannedRoom[];
      readonly rights: RoomRights;
    }
  | { readonly t: 'end_rooms'; readonly rooms: readonly Room[] }
  | { readonly t: 'keep_rooms'; readonly of: string; readonly open: readonly Room[] }
  | { readonly t: 'keep_way'; readonly way: Way }
  | { readonly t: 'address'; readonly link: MeetingLink | null }
  | { readonly t: 'remember_name'; readonly name: string }
  | {
      readonly t: 'capture';
      readonly source: CaptureSource;
      readonly device: string;
      /** Of a microphone: with noise suppression. Of a camera: with its background blurred. */
      readonly treated?: true;
    }
  | { readonly t: 'release'; readonly source: CaptureSource }
  | { readonly t: 'wire_open' }
  | { readonly t: 'wire_close'; readonly farewell: 'leave' | null }
  | { readonly t: 'send_note'; readonly note: Note; readonly to: string | null }
  | {
      readonly t: 'send_file';
      readonly line: number;
      readonly meeting: string;
      readonly file: File;
      readonly name: string;
    }
  | {
      readonly t: 'get_file';
      readonly line: number;
      readonly meeting: string;
      readonly note: FileNote;
    }
  | { readonly t: 'keys'; readonly message: ToKeys }
  | { readonly t: 'ask'; readonly ask: Ask }
  | { readonly t: 'make_link'; readonly label: string }
  | { readonly t: 'renew_link'; readonly link: MeetingLink }
  | { readonly t: 'send_record'; readonly on: boolean }
  | { readonly t: 'turn_away'; readonly participant: string }
  | { readonly t: 'send_end' }
  | { readonly t: 'send_remove'; readonly member: number }
  | { readonly t: 'media_renew' }
  | { readonly t: 'media_repair' }
  | { readonly t: 'media_stop' }
  | { readonly t: 'later'; readonly ms: number; readonly fact: Fact };

export type Stepped = [State, readonly Effect[]];
export type Step<N extends FactName> = (state: State, fact: Readonly<Facts[N]>) => Stepped;
export type Steps<N extends FactName> = { readonly [K in N]: Step<K> };
