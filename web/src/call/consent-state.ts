/*
 * What it is: recordings and who agreed to them, as plain immutable data.
 * Knows not: pictures, sound, files (record/ makes them).
 */

/** Somebody else records: what one has answered, and whom their client keeps. */
export interface Asked {
  /** A participant. */
  readonly by: string;
  readonly id: string;
  /** open: not answered yet, which keeps one out as a no does. */
  readonly answer: 'open' | 'yes' | 'no';
  readonly agreed: readonly string[];
}

export interface Consent {
  /** One's own recording. starting: the server has been asked. */
  readonly phase: 'off' | 'starting' | 'on';
  readonly id: string;
  /** Participants who agreed to it; everybody else is kept out. */
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
  readonly asked: readonly Asked[];
  /** Its dialog is open by one's own hand. */
  readonly shown: boolean;
}

export const NO_CONSENT: Consent = {
  phase: 'off',
  id: '',
  agreed: [],
  refused: [],
  asked: [],
  shown: false,
};
