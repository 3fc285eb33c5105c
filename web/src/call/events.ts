/*
 * What it is: every fact that can reach the call, and every effect that it can ask for.
 * Knows: names and payloads. A server event that carries sealed text is opened before it gets here.
 */
import type { Note, Reaction } from '../e2ee/note';
import type { CreateProblem } from '../wire/api';
import type { Events, Reason, Role, TrackInfo } from '../wire/signal';
import type { MeetingLink } from './link';
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

export interface OpenedMember {
  readonly member: number;
  readonly name: string;
  readonly role: Role;
  readonly tracks: readonly TrackInfo[];
}

export interface Welcome {
  readonly member: number;
  readonly role: Role;
  readonly resume: string;
  readonly resumed: boolean;
  readonly members: readonly OpenedMember[];
  readonly now: number;
}

/** Facts with their payloads; `object` means none. */
export interface Facts {
  /* the person */
  new_meeting: object;
  paste_link: { text: string; origin: string };
  set_name: { name: string };
  toggle_mic: object;
  toggle_camera: object;
  toggle_screen: object;
  pick_device: { kind: DeviceKind; id: string };
  join: object;
  leave: object;
  end_for_all: object;
  remove: { member: number };
  say: { text: string; now: number };
  react: { emoji: Reaction };
  toggle_hand: object;
  open_panel: { panel: Panel | null };
  set_layout: { layout: Layout };
  pin: { member: number | null };
  show_tiles: { shown: readonly Shown[] };
  close_toast: { id: number };
  notice: { notice: Notice };
  try_now: object;
  go_home: object;
  back_to_door: object;
  /* the page */
  booted: { link: MeetingLink | null; lost: boolean; name: string };
  created: { link: MeetingLink };
  create_failed: { why: CreateProblem };
  captured: { source: CaptureSource; audio: boolean };
  capture_failed: { source: CaptureSource; why: CaptureProblem | 'cancelled' };
  capture_ended: { source: CaptureSource };
  devices_found: { devices: DeviceLists };
  sound_blocked: { blocked: boolean };
  media_health: { health: MediaHealth };
  reaction_over: { id: number };
  wire_due: { attempt: number };
  /* the server */
  welcomed: Welcome;
  hello_refused: { reason: Reason; chance: number };
  wire_lost: { chance: number };
  not_done: { what: 'note' | 'deed' };
  member_joined: { member: number; name: string; role: Role };
  member_left: Omit<Events['member_left'], 't'>;
  member_changed: { member: number; name: string };
  member_away: Omit<Events['member_away'], 't'>;
  track_opened: Omit<Events['track_opened'], 't'>;
  track_closed: { track: number };
  track_changed: { track: number; paused: boolean };
  note: { from: number; note: Note; at: number };
  speakers: { levels: readonly { member: number; level: number }[]; now: number };
  ended: { reason: Events['ended']['reason'] };
}
export type FactName = keyof Facts;
export type Fact = { [N in FactName]: { readonly t: N } & Readonly<Facts[N]> }[FactName];

export type Effect =
  | { readonly t: 'create_meeting' }
  | { readonly t: 'address'; readonly link: MeetingLink | null }
  | { readonly t: 'remember_name'; readonly name: string }
  | { readonly t: 'capture'; readonly source: CaptureSource; readonly device: string }
  | { readonly t: 'release'; readonly source: CaptureSource }
  | { readonly t: 'wire_open' }
  | { readonly t: 'wire_close'; readonly farewell: 'leave' | null }
  | { readonly t: 'send_note'; readonly note: Note }
  | { readonly t: 'send_end' }
  | { readonly t: 'send_remove'; readonly member: number }
  | { readonly t: 'media_renew' }
  | { readonly t: 'media_repair' }
  | { readonly t: 'media_stop' }
  | { readonly t: 'later'; readonly ms: number; readonly fact: Fact };

export type Stepped = [State, readonly Effect[]];
export type Step<N extends FactName> = (state: State, fact: Readonly<Facts[N]>) => Stepped;
export type Steps<N extends FactName> = { readonly [K in N]: Step<K> };
