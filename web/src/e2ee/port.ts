/*
 * What it is: every word between the page and the keys' worker, as types.
 * The worker holds all keys; the page gets texts to show and requests to pass on to the server.
 * Knows: shapes only.
 */
import type { Kind, NoteKind, Source } from '../wire/signal';

/**
 * The server's events that concern the group, and the welcome's part of it; bytes are base64url.
 */
export type GroupFact =
  | {
      readonly t: 'welcomed';
      readonly member: number;
      readonly descriptor: string;
      readonly group: string | undefined;
      readonly epoch: number;
      readonly resumed: boolean;
      readonly members: readonly { readonly member: number; readonly participant: string }[];
    }
  | { readonly t: 'member'; readonly member: number; readonly participant: string }
  | { readonly t: 'gone'; readonly member: number; readonly participant: string }
  | { readonly t: 'group_state'; readonly group: string | undefined; readonly epoch: number }
  | {
      readonly t: 'group_wanted';
      readonly group: string;
      readonly epoch: number;
      readonly joins: readonly {
        readonly member: number;
        readonly participant: string;
        readonly key_package: string;
        readonly proof: string;
        readonly waiting: boolean;
      }[];
      readonly gone: readonly { readonly participant: string }[];
    }
  | {
      readonly t: 'group_commit';
      readonly group: string;
      readonly epoch: number;
      readonly from: number;
      readonly commit: string;
    }
  | {
      readonly t: 'group_welcome';
      readonly group: string;
      readonly epoch: number;
      readonly welcome: string;
    }
  | {
      readonly t: 'group_message';
      readonly group: string;
      readonly epoch: number;
      readonly from: number;
      readonly bytes: string;
      readonly kind?: NoteKind;
      readonly frank?: string;
      readonly at?: number;
    }
  | { readonly t: 'group_reopened'; readonly group: string; readonly epoch: number }
  | { readonly t: 'disconnected' };

export interface KeysOpen {
  readonly meeting: string;
  readonly secret: string;
  readonly hostHash: string;
  readonly hostSecret: string | undefined;
  readonly name: string;
  /** SHA-256 of the client's manifest, base64url; '' in development. */
  readonly build: string;
}

/** Page to worker. */
export type ToKeys =
  | { readonly t: 'open'; readonly open: KeysOpen }
  | { readonly t: 'fact'; readonly fact: GroupFact }
  | {
      readonly t: 'reply';
      readonly number: number;
      readonly reply: 'ok' | 'conflict' | 'not_found' | 'failed';
    }
  | {
      readonly t: 'note';
      readonly note: string;
      readonly to: string | undefined;
      /** What the server is told of it; these go beside the sealed note as they are. */
      readonly kind?: NoteKind;
      readonly commitment?: string;
    }
  | { readonly t: 'remove'; readonly participant: string }
  | { readonly t: 'admit'; readonly participant: string; readonly yes: boolean }
  | { readonly t: 'admin'; readonly participant: string; readonly yes: boolean }
  | { readonly t: 'rename'; readonly name: string }
  | { readonly t: 'policy'; readonly waitingRoom: boolean; readonly locked: boolean }
  /** Which participant the server says a track is of: frames of any other leaf are dropped. */
  | {
      readonly t: 'track';
      readonly track: number;
      readonly participant: string | null;
      readonly source: Source;
    }
  /** The server says that this one is heard: the keys are got ready. Frames decide who it is. */
  | { readonly t: 'voice'; readonly participant: string }
  | { readonly t: 'pair_code'; readonly participant: string }
  | { readonly t: 'pin'; readonly participant: string; readonly yes: boolean }
  /** Answered by 'settled'. */
  | { readonly t: 'settle' }
  | { readonly t: 'leave' };

/**
 * A request for the server; `number` comes back in 'reply'. commit and welcome are raw bytes for
 * group_part.
 */
export type GroupRequest =
  | { readonly t: 'group_create'; readonly group: string }
  | {
      readonly t: 'group_join';
      readonly group: string;
      readonly key_package: string;
      readonly proof: string;
    }
  | { readonly t: 'group_resume'; readonly group: string; readonly epoch: number }
  | {
      readonly t: 'group_commit';
      readonly group: string;
      readonly epoch: number;
      readonly commit: Uint8Array<ArrayBuffer>;
      readonly welcome: Uint8Array<ArrayBuffer>;
      readonly joins: readonly number[];
      /** Participants who have no leaf after it. */
      readonly gone: readonly string[];
    }
  | { readonly t: 'group_log'; readonly group: string; readonly epoch: number }
  | {
      readonly t: 'group_invalid';
      readonly group: string;
      readonly epoch: number;
      readonly hash: string;
    }
  | {
      readonly t: 'group_message';
      readonly group: string;
      readonly epoch: number;
      readonly to: number | undefined;
      readonly bytes: string;
      readonly kind?: NoteKind;
      readonly commitment?: string;
    };

export type Verified = 'no' | 'yes' | 'changed';

/** One leaf of the tree: the only source of who is here. */
export interface SealedPerson {
  readonly participant: string;
  readonly leaf: number;
  /** The server's id of this person; 0 when the server shows nobody for this leaf. */
  readonly member: number;
  readonly name: string;
  readonly me: boolean;
  readonly admin: boolean;
  /** An administrator because the host's policy names the device, and not by the host's key. */
  readonly named: boolean;
  readonly bot: boolean;
  /** Pinned by comparison on this device; changed: this name was pinned with another key. */
  readonly verified: Verified;
  readonly otherBuild: boolean;
}

export type Why =
  | 'none'
  | 'fork'
  | 'silent'
  | 'ghost'
  | 'behind'
  | 'removed'
  | 'descriptor'
  | 'left'
  | 'frames'
  | 'broken';

/** What the page's sentences about encryption are a function of; nothing else is. */
export interface Sealing {
  readonly phase: 'starting' | 'secure' | 'stopped';
  readonly why: Why;
  readonly epoch: number;
  readonly code: string;
  readonly admin: boolean;
  readonly waitingRoom: boolean;
  readonly locked: boolean;
  readonly people: readonly SealedPerson[];
  readonly waiting: readonly { readonly participant: string; readonly name: string }[];
  /**
   * Frames that did not open, by the track they came on, over the last seconds. On a slot they claim
   * to be of this participant.
   */
  readonly unopened: readonly {
    readonly track: number;
    readonly frames: number;
    readonly participant: string | null;
  }[];
}

/** What the server said beside a note: its kind, and the mark by which it knows it again. */
export interface NoteMark {
  readonly kind: NoteKind;
  readonly frank: string | undefined;
  readonly at: number | undefined;
}

/** Worker to page. */
export type FromKeys =
  | {
      readonly t: 'ready';
      readonly participant: string;
      readonly access: string;
      readonly host: string | undefined;
    }
  | { readonly t: 'request'; readonly number: number; readonly request: GroupRequest }
  | { readonly t: 'sealing'; readonly sealing: Sealing }
  | {
      readonly t: 'note';
      readonly from: string;
      readonly note: string;
      readonly private: boolean;
      readonly mark: NoteMark;
    }
  /** device: that person's key, by which an account's list names it. */
  | { readonly t: 'pair_code'; readonly participant: string; readonly digits: string; readonly device: string }
  /** Whose sound a slot carries, by the keys that open it; null is nobody's. */
  | { readonly t: 'heard'; readonly slot: number; readonly participant: string | null }
  /** The leaf whose frames a slot carries, said by the frames' worker itself; null is nobody's. */
  | { readonly t: 'slot'; readonly slot: number; readonly leaf: number | null }
  | { readonly t: 'refused'; readonly rule: string }
  /** Every request that what was told before 'settle' leads to has been given out. */
  | { readonly t: 'settled' }
  | { readonly t: 'failed'; readonly why: string };

/** What a transform is told when it is attached to a sender or a receiver. */
export type TransformOptions =
  | { readonly dir: 'send'; readonly source: Source; readonly kind: Kind; readonly codec: string }
  /**
   * Whose track it is, and of which source, the page says by a 'track' message. Of a slot (slot.ts)
   * each frame says itself whose it is.
   */
  | {
      readonly dir: 'recv';
      readonly track: number;
      readonly kind: Kind;
      readonly codec: string;
      /** The decoder takes sound as RED. */
      readonly red: boolean;
    };

/** The page's side of both workers (client.ts makes it). */
export interface E2ee {
  /** Starts both workers and loads the core; nothing is opened and no key is touched. */
  warm(): void;
  open(open: KeysOpen): void;
  tell(message: ToKeys): void;
  /** Seals or opens the frames of this sender or receiver from now on; before any frame flows. */
  attach(on: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void;
  /** Whether one's own sound carries what was before it along, against loss; at first it does not. */
  carry(on: boolean): void;
  onMessage(hear: (message: FromKeys) => void): void;
  close(): void;
}

/** Makes a meeting's link secrets and its signed descriptor, inside the keys' worker. */
export interface NewMeeting {
  readonly id: string;
  readonly secret: string;
  readonly hostHash: string;
  readonly hostSecret: string;
  readonly access: string;
  readonly host: string;
  readonly descriptor: string;
}
