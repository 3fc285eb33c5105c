/*
 * What it is: what the page and its noise suppression in the audio thread say to each other. To the
 * thread any message means: it is over.
 */
export const PROCESSOR = 'conclave-noise';

/** The only rate that the model knows, in samples a second. */
export const RATE = 48_000;

export interface NoiseOptions {
  /** The bytes of the model's module. */
  readonly model: ArrayBuffer;
}

export type NoiseWord = 'ready' | 'failed';
