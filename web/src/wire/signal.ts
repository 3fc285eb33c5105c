/*
 * What it is: the signalling messages, as shapes that are checked at the door and as types.
 * Knows: the protocol document (docs/wire/signalling.md). Knows not: sockets, meaning, DOM.
 * Each shape is written once; the type is read from it.
 */
import { bool, list, object, oneOf, optional, scalars, text, u32, whole } from './guard';
import type { Of } from './guard';

export const REASONS = [
  'bad_message', 'not_found', 'full', 'ended', 'forbidden', 'conflict', 'limit', 'busy',
  'unsupported', 'state',
] as const;
export type Reason = (typeof REASONS)[number];

const kind = oneOf('audio', 'video');
const source = oneOf('mic', 'camera', 'screen', 'screen_audio');
const role = oneOf('host', 'participant');
const sealedName = text(512);
const sealedBody = text(8192);
const pt = whole(0, 127);
const ext = object({
  uri: oneOf('mid', 'rid', 'rrid', 'abs_send_time', 'twcc', 'audio_level', 'orientation'),
  id: whole(1, 14),
});

export type Kind = Of<typeof kind>;
export type Source = Of<typeof source>;
export type Role = Of<typeof role>;
export type Ext = Of<typeof ext>;

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
const rtp = object({
  codecs: list(codec, 32),
  headerExtensions: optional(list(headerExtension, 32)),
});
const track = object({ track: u32, kind, source, paused: bool });
const member = object({ member: u32, name: sealedName, role, tracks: list(track, 16) });
const fingerprint = object({ algorithm: oneOf('sha-256'), value: text(95) });
const ice = object({
  usernameFragment: text(256),
  password: text(256),
  iceLite: optional(bool),
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

export type RtpOffer = Of<typeof rtp>;
export type MemberInfo = Of<typeof member>;
export type TrackInfo = Of<typeof track>;
export type Fingerprint = Of<typeof fingerprint>;
export type Ice = Of<typeof ice>;

const re = u32;
export const REPLIES = {
  ok: object({ t: oneOf('ok'), re }),
  refused: object({
    t: oneOf('refused'), re, reason: oneOf(...REASONS), field: optional(text(64)),
  }),
  welcome: object({
    t: oneOf('welcome'), re, member: u32, role, resume: text(43), resumed: bool, rtp,
    members: list(member, 4096),
  }),
  transport: object({
    t: oneOf('transport'), re, transport: u32, ice, candidates: list(candidate, 64),
    dtls: object({ role: oneOf('auto'), fingerprints: list(fingerprint, 4) }),
  }),
  transport_ice: object({ t: oneOf('transport_ice'), re, transport: u32, ice }),
  published: object({ t: oneOf('published'), re, track: u32 }),
  subscribed: object({
    t: oneOf('subscribed'), re, subscription: u32, track: u32, kind, mid: text(15), pt,
    rtx_pt: optional(pt), ssrc: u32, rtx_ssrc: optional(u32), cname: text(64),
    ext: list(ext, 16),
  }),
} as const;

export const EVENTS = {
  member_joined: object({ t: oneOf('member_joined'), member: u32, name: sealedName, role }),
  member_left: object({
    t: oneOf('member_left'), member: u32, reason: oneOf('left', 'lost', 'removed'),
  }),
  member_changed: object({ t: oneOf('member_changed'), member: u32, name: sealedName }),
  member_away: object({ t: oneOf('member_away'), member: u32, away: bool }),
  track_opened: object({
    t: oneOf('track_opened'), member: u32, track: u32, kind, source, paused: bool,
  }),
  track_closed: object({ t: oneOf('track_closed'), track: u32 }),
  track_changed: object({ t: oneOf('track_changed'), track: u32, paused: bool }),
  chat: object({
    t: oneOf('chat'), from: u32, body: sealedBody, at: whole(0, Number.MAX_SAFE_INTEGER),
  }),
  speakers: object({
    t: oneOf('speakers'), levels: list(object({ member: u32, level: whole(0, 127) }), 64),
  }),
  transport_state: object({
    t: oneOf('transport_state'), transport: u32, state: oneOf('connected', 'failed', 'closed'),
  }),
  media_restarted: object({ t: oneOf('media_restarted') }),
  subscription_closed: object({ t: oneOf('subscription_closed'), subscription: u32 }),
  subscription_layer: object({
    t: oneOf('subscription_layer'), subscription: u32, layer: whole(0, 2),
  }),
  ended: object({ t: oneOf('ended'), reason: oneOf('host', 'removed', 'server') }),
} as const;

export type Replies = { [K in keyof typeof REPLIES]: Of<(typeof REPLIES)[K]> };
export type Reply = Replies[keyof Replies];
export type Events = { [K in keyof typeof EVENTS]: Of<(typeof EVENTS)[K]> };
export type ServerEvent = Events[keyof Events];

/** Requests without their number "n", and the reply that each one gets. */
export interface Requests {
  hello: {
    v: 1; meeting: string; access: string; host?: string; name: string; resume?: string;
  };
  transport_open: { dir: 'send' | 'recv' };
  transport_connect: { transport: number; role: 'client'; fingerprints: Fingerprint[] };
  transport_restart: { transport: number };
  transport_close: { transport: number };
  publish: {
    transport: number; kind: Kind; source: Source; paused: boolean; mid: string; pt: number;
    rtx_pt?: number; ext: Ext[]; encodings: { rid?: string; ssrc?: number; rtx_ssrc?: number }[];
  };
  unpublish: { track: number };
  track_pause: { track: number; paused: boolean };
  subscribe: { transport: number; track: number };
  subscription_set: { subscription: number; paused: boolean; layer: 0 | 1 | 2 };
  unsubscribe: { subscription: number };
  rename: { name: string };
  chat: { body: string };
  remove: { member: number };
  end: object;
  leave: object;
  ping: object;
}
export type RequestType = keyof Requests;

export const REPLY_OF = {
  hello: 'welcome', transport_open: 'transport', transport_connect: 'ok',
  transport_restart: 'transport_ice', transport_close: 'ok', publish: 'published',
  unpublish: 'ok', track_pause: 'ok', subscribe: 'subscribed', subscription_set: 'ok',
  unsubscribe: 'ok', rename: 'ok', chat: 'ok', remove: 'ok', end: 'ok', leave: 'ok', ping: 'ok',
} as const satisfies Record<RequestType, keyof Replies>;
export type ReplyTo<T extends RequestType> = Replies[(typeof REPLY_OF)[T]];

export type Incoming =
  | { readonly is: 'reply'; readonly reply: Reply }
  | { readonly is: 'event'; readonly event: ServerEvent };

export const MESSAGE_MAX = 65536;

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
