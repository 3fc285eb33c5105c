/*
 * A Conclave meeting inside your page. Types of conclave.js, version 1 of its messages.
 */

/** outside: in front of the door. left: it is over for this person. */
export type Phase = 'outside' | 'joined' | 'left';

/** All that your page learns. people: how many are in the meeting; 0 while this person is not. */
export interface MeetingState {
  readonly phase: Phase;
  readonly muted: boolean;
  readonly people: number;
}

export type Place =
  /** The link of a meeting, as the host sent it. A page that has the link could take part itself. */
  | { readonly link: string }
  /** The server's address: the person opens or makes a meeting inside the frame; your page learns no link. */
  | { readonly server: string };

export type EmbedOptions = Place & {
  /** The frame's name for screen readers; "Conclave" without it. */
  readonly title?: string;
};

export interface EmbeddedMeeting {
  readonly frame: HTMLIFrameElement;
  readonly state: MeetingState;
  /** joined, left: once each time; change: whenever any of it changes. The answer stops the calls. */
  on(event: 'joined' | 'left' | 'change', call: (state: MeetingState) => void): () => void;
  /** Mutes this person's microphone. Only the person can unmute it. */
  mute(): void;
  leave(): void;
  /** Takes the frame out of the page; the person leaves. */
  remove(): void;
}

/** Puts a meeting into the element. Throws a TypeError for what is no address of a meeting or server. */
export declare function embedMeeting(into: Element, options: EmbedOptions): EmbeddedMeeting;
