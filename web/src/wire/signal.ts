/*
 * What it is: the door for signalling messages: each one is checked before anybody reads it.
 * Knows: the generated protocol (signal.gen.ts). Knows not: sockets, meaning, DOM.
 * The shapes here must fit the generated types, or this file does not compile: a message that is
 * added to the table of the server cannot be forgotten here.
 */
import { bool, list, object, oneOf, optional, scalars, shaped, text, u32, whole } from './guard';
import type { Guard } from './guard';
import { SIGNAL_LIMIT } from './signal.gen';
import type * as gen from './signal.gen';

export type {
  About,
  Evidence,
  Feature,
  Kind,
  NoteKind,
  Reason,
  Role,
  ServerEvent,
  Setting,
  Settings,
  Source,
  TrackInfo,
  Who,
} from './signal.gen';
export type Ext = gen.HeaderExt;
export type Codec = gen.SubscribedReply['codec'];
export type RtpOffer = gen.WelcomeReply['rtp'];
export type Fingerprint = gen.Fingerprint;

export type Replies = { [K in gen.ServerReply['t']]: Extract<gen.ServerReply, { t: K }> };
export type Reply = gen.ServerReply;
export type Events = { [K in gen.ServerEvent['t']]: Extract<gen.ServerEvent, { t: K }> };
type Guards<M> = { readonly [K in keyof M]: Guard<M[K]> };

/** Requests without their number "n" and type, and the reply that each one gets. */
export type RequestType = gen.ClientRequest['t'];
export type Requests = {
  [K in RequestType]: Omit<Extract<gen.ClientRequest, { t: K }>, 't' | 'n'>;
};
export type Profile = gen.Profile;
export type ReplyTo<T extends RequestType> = gen.ReplyOf[T];

const kind = oneOf('audio', 'video');
const source = oneOf('mic', 'camera', 'screen', 'screen_audio');
const role = oneOf('host', 'participant', 'cohost', 'presenter', 'viewer', 'bot', 'owner');
const who = oneOf('all', 'presenters', 'hosts', 'nobody');
const SETTINGS = 14;
const settings = object({
  profile: oneOf('default', 'education', 'health', 'government', 'webinar'),
  unmute: who,
  video: who,
  share: who,
  chat: who,
  private_chat: who,
  reactions: who,
  files: who,
  rename: who,
  record: who,
  waiting_room: bool,
  locked: bool,
  passcode: bool,
  keep_out: bool,
  personal_only: bool,
  fixed: list(
    object({
      setting: oneOf(
        'unmute',
        'video',
        'share',
        'chat',
        'private_chat',
        'reactions',
        'files',
        'rename',
        'record',
        'waiting_room',
        'locked',
        'passcode',
        'keep_out',
        'personal_only',
      ),
    }),
    SETTINGS,
  ),
});
const GROUP_ID_MAX = 64;
const SLOTS_MAX = 4;
const LETTERS = (bytes: number) => Math.ceil((bytes * 4) / 3);
const bytes = (max: number) => text(LETTERS(max));
/** 16 random bytes that a person is called by on the way; the name is in the tree. */
const participant = shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/);
const group = bytes(GROUP_ID_MAX);
const epoch = whole(0, 0x7fffffff);
const pt = whole(0, 127);
const ext = object({
  uri: oneOf(
    'mid',
    'rid',
    'rrid',
    'abs_send_time',
    'twcc',
    'audio_level',
    'orientation',
    'dependency_descriptor',
  ),
  id: whole(1, 14),
});

const codecName = oneOf('opus', 'vp8', 'vp9', 'av1', 'h264');
const feedback = object({ type: text(40), parameter: optional(text(40)) });
const codec = object({
  kind,
  mimeType: text(60),
  preferredPayloadType: pt,
  clockRate: u32,
  channels: optional(whole(1, 8)),
  parameters: optional(scalars),
  rtcpFeedback: optional(list(feedback, 16)),
});
const headerExtension = object({
  kind,
  uri: text(120),
  preferredId: whole(1, 14),
  preferredEncrypt: optional(bool),
  direction: optional(oneOf('sendrecv', 'sendonly', 'recvonly', 'inactive')),
});
const capabilities = object({
  codecs: list(codec, 32),
  headerExtensions: optional(list(headerExtension, 32)),
});
/* Unknown extension names are harmless: mediasoup-client takes what both sides know. */
const rtp = capabilities as Guard<unknown> as Guard<RtpOffer>;
const track = object({ track: u32, kind, source, paused: bool });
const member = object({ member: u32, participant, role, tracks: list(track, 16) });
const roster = list(member, 4096);
const applicant = object({
  member: u32,
  participant,
  key_package: bytes(SIGNAL_LIMIT.keyPackage),
  proof: bytes(32),
  waiting: bool,
  link: optional(u32),
});
const fingerprint = object({ algorithm: oneOf('sha-256'), value: text(95) });
const ice = object({
  usernameFragment: text(256),
  password: text(256),
  iceLite: bool,
});
const candidate = object({
  foundation: text(32),
  priority: u32,
  address: text(64),
  ip: text(64),
  protocol: oneOf('udp', 'tcp'),
  port: whole(1, 65535),
  type: oneOf('host'),
  tcpType: optional(oneOf('passive')),
});

const re = u32;
const reason = oneOf(
  'bad_message',
  'not_found',
  'full',
  'ended',
  'forbidden',
  'conflict',
  'limit',
  'busy',
  'unsupported',
  'state',
  'locked',
  'passcode',
  'disallowed',
  'blocked',
  'fixed',
);
export const REPLIES = {
  ok: object({ t: oneOf('ok'), re }),
  refused: object({
    t: oneOf('refused'),
    re,
    reason,
    field: optional(text(64)),
  }),
  welcome: object({
    t: oneOf('welcome'),
    re,
    member: u32,
    role,
    resume: text(43),
    resumed: bool,
    waiting: bool,
    descriptor: bytes(SIGNAL_LIMIT.descriptor),
    group: optional(group),
    epoch: optional(epoch),
    rtp,
    settings: optional(settings),
    members: roster,
  }),
  transport: object({
    t: oneOf('transport'),
    re,
    transport: u32,
    ice,
    candidates: list(candidate, 64),
    dtls: object({ role: oneOf('auto'), fingerprints: list(fingerprint, 4) }),
  }),
  transport_ice: object({ t: oneOf('transport_ice'), re, transport: u32, ice }),
  published: object({ t: oneOf('published'), re, track: u32 }),
  subscribed: object({
    t: oneOf('subscribed'),
    re,
    subscription: u32,
    track: u32,
    kind,
    codec: codecName,
    mid: text(15),
    pt,
    rtx_pt: optional(pt),
    red_pt: optional(pt),
    ssrc: u32,
    rtx_ssrc: optional(u32),
    cname: text(64),
    ext: list(ext, 16),
  }),
  voices: object({
    t: oneOf('voices'),
    re,
    pt,
    rtx_pt: optional(pt),
    red_pt: optional(pt),
    ext: list(ext, 16),
    slots: list(
      object({
        subscription: u32,
        mid: text(15),
        ssrc: u32,
        rtx_ssrc: optional(u32),
        cname: text(64),
      }),
      SLOTS_MAX,
    ),
  }),
  file_token: object({ t: oneOf('file_token'), re, token: bytes(32) }),
  link_added: object({ t: oneOf('link_added'), re, link: u32 }),
  links: object({
    t: oneOf('links'),
    re,
    links: list(object({ link: u32, used: bool, member: optional(u32) }), 64),
  }),
  reported: object({ t: oneOf('reported'), re, report: bytes(8), franked: whole(0, 4) }),
} satisfies Guards<Replies>;

export const EVENTS = {
  member_joined: object({ t: oneOf('member_joined'), member: u32, participant, role }),
  member_left: object({
    t: oneOf('member_left'),
    member: u32,
    reason: oneOf('left', 'lost', 'removed'),
  }),
  member_away: object({ t: oneOf('member_away'), member: u32, away: bool }),
  track_opened: object({
    t: oneOf('track_opened'),
    member: u32,
    track: u32,
    kind,
    source,
    paused: bool,
  }),
  track_closed: object({ t: oneOf('track_closed'), track: u32 }),
  track_changed: object({ t: oneOf('track_changed'), track: u32, paused: bool }),
  codecs: object({ t: oneOf('codecs'), video: list(object({ codec: codecName }), 8) }),
  admitted: object({ t: oneOf('admitted'), members: roster, settings }),
  group_state: object({ t: oneOf('group_state'), group: optional(group), epoch }),
  group_wanted: object({
    t: oneOf('group_wanted'),
    group,
    epoch,
    joins: list(applicant, SIGNAL_LIMIT.batch),
    gone: list(object({ participant }), 4096),
  }),
  group_commit: object({
    t: oneOf('group_commit'),
    group,
    epoch,
    from: u32,
    commit: bytes(SIGNAL_LIMIT.commit),
  }),
  group_welcome: object({
    t: oneOf('group_welcome'),
    group,
    epoch,
    welcome: bytes(SIGNAL_LIMIT.upload),
  }),
  group_message: object({
    t: oneOf('group_message'),
    group,
    epoch,
    from: u32,
    bytes: bytes(SIGNAL_LIMIT.message),
    kind: optional(oneOf('chat', 'reaction', 'hand', 'file', 'state')),
    frank: optional(bytes(32)),
    at: optional(u32),
  }),
  group_reopened: object({ t: oneOf('group_reopened'), group, epoch }),
  speakers: object({
    t: oneOf('speakers'),
    levels: list(object({ member: u32, level: whole(0, 127) }), 64),
  }),
  voice: object({
    t: oneOf('voice'),
    slot: whole(0, SLOTS_MAX - 1),
    member: optional(u32),
  }),
  track_wanted: object({ t: oneOf('track_wanted'), track: u32, layers: whole(0, 4) }),
  transport_state: object({
    t: oneOf('transport_state'),
    transport: u32,
    state: oneOf('connected', 'failed', 'closed'),
  }),
  media_restarted: object({ t: oneOf('media_restarted') }),
  subscription_closed: object({ t: oneOf('subscription_closed'), subscription: u32 }),
  subscription_layer: object({
    t: oneOf('subscription_layer'),
    subscription: u32,
    layer: whole(0, 3),
  }),
  settings: object({
    t: oneOf('settings'),
    settings,
    cause: oneOf('set', 'suspend', 'passcode'),
    by: optional(u32),
  }),
  role_changed: object({ t: oneOf('role_changed'), member: u32, role, by: optional(u32) }),
  muted: object({
    t: oneOf('muted'),
    source,
    hold: bool,
    track: optional(u32),
    by: optional(u32),
  }),
  released: object({ t: oneOf('released'), source }),
  tracks_changed: object({
    t: oneOf('tracks_changed'),
    tracks: list(object({ track: u32 }), 8192),
    paused: bool,
  }),
  recording: object({ t: oneOf('recording'), member: u32, on: bool }),
  at_risk: object({
    t: oneOf('at_risk'),
    cause: oneOf('burst', 'passcode', 'link'),
    count: u32,
    link: optional(u32),
    member: optional(u32),
  }),
  blocked: object({
    t: oneOf('blocked'),
    feature: oneOf('share', 'chat', 'record', 'host', 'join'),
    on: bool,
    all: bool,
    why: text(120),
  }),
  ended: object({
    t: oneOf('ended'),
    reason: oneOf('host', 'removed', 'server', 'blocked', 'link'),
  }),
} satisfies Guards<Events>;

/* The other direction: whatever the table allows, a shape lets through. */
type Takes<G, M> = {
  [K in keyof M]: K extends keyof G
    ? G[K] extends Guard<infer T>
      ? M[K] extends T
        ? true
        : K
      : K
    : K;
};
type AllTrue<T extends Record<keyof T, true>> = T;
export type Complete = [
  AllTrue<Takes<typeof REPLIES, Replies>>,
  AllTrue<Takes<typeof EVENTS, Events>>,
];

export const REPLY_OF = {
  hello: 'welcome',
  transport_open: 'transport',
  transport_connect: 'ok',
  transport_restart: 'transport_ice',
  transport_close: 'ok',
  publish: 'published',
  unpublish: 'ok',
  track_pause: 'ok',
  subscribe: 'subscribed',
  subscription_set: 'ok',
  voices_open: 'voices',
  unsubscribe: 'ok',
  group_create: 'ok',
  group_join: 'ok',
  group_resume: 'ok',
  group_part: 'ok',
  group_commit: 'ok',
  group_log: 'ok',
  group_invalid: 'ok',
  group_message: 'ok',
  file_token: 'file_token',
  remove: 'ok',
  settings_set: 'ok',
  suspend: 'ok',
  mute: 'ok',
  release: 'ok',
  mute_all: 'ok',
  role_set: 'ok',
  passcode_set: 'ok',
  link_add: 'link_added',
  link_drop: 'ok',
  links: 'links',
  link_rotate: 'ok',
  record: 'ok',
  report: 'reported',
  end: 'ok',
  leave: 'ok',
  ping: 'ok',
} as const satisfies { [K in RequestType]: gen.ReplyOf[K]['t'] };

export type Incoming =
  | { readonly is: 'reply'; readonly reply: Reply }
  | { readonly is: 'event'; readonly event: gen.ServerEvent };

/** The longest frame that we may send, and the longest that may come: one with a Welcome. */
export const MESSAGE_MAX = SIGNAL_LIMIT.bytes;
export const FRAME_MAX = LETTERS(SIGNAL_LIMIT.upload) + MESSAGE_MAX;
export const PART_MAX = SIGNAL_LIMIT.part;

/** Reads one text frame. Throws BadShape (or SyntaxError) when it is not a message we know. */
export function parseMessage(frame: string): Incoming {
  const head = object({ t: text(40), re: optional(u32) });
  const json: unknown = JSON.parse(frame);
  const { t, re: answers } = head(json);
  if (answers === undefined) {
    const guard = Object.hasOwn(EVENTS, t) ? EVENTS[t as keyof Events] : oneOf<[]>();
    return { is: 'event', event: guard(json) };
  }
  const guard = Object.hasOwn(REPLIES, t) ? REPLIES[t as keyof Replies] : oneOf<[]>();
  return { is: 'reply', reply: guard(json) };
}
