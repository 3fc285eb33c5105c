/*
 * What it is: what a meeting in a frame and the page around it may say to each other: short texts of JSON, each
 * of one of the shapes below and of no other. Nothing here can carry a link, a key, a name or a word of anybody.
 * Knows not: windows, origins, the call.
 */
export type Phase = 'outside' | 'joined' | 'left';

/** All that the page around is told. people: how many are in the meeting, 0 while this person is not. */
export interface MeetingState {
  readonly phase: Phase;
  readonly muted: boolean;
  readonly people: number;
}

export type ToPage = { readonly t: 'ready' } | ({ readonly t: 'state' } & MeetingState);
/** The page can ask for less sound and for the end, and for nothing that shows or unmutes anybody. */
export type ToFrame = { readonly t: 'hello' } | { readonly t: 'mute' } | { readonly t: 'leave' };

const VERSION = 1;
const TEXT_MAX = 200;
const PEOPLE_MAX = 100_000;
const PHASES: readonly unknown[] = ['outside', 'joined', 'left'] satisfies readonly Phase[];

export function writeMessage(message: ToPage | ToFrame): string {
  return JSON.stringify({ conclave: VERSION, ...message });
}

/** The members of an object of this version with so many of them, or null. */
function open(data: unknown, members: number): Record<string, unknown> | null {
  if (typeof data !== 'string' || data.length > TEXT_MAX) return null;
  try {
    const value = JSON.parse(data) as Record<string, unknown> | null;
    if (typeof value !== 'object' || value === null || value['conclave'] !== VERSION) return null;
    return Object.keys(value).length === members ? value : null;
  } catch {
    return null;
  }
}

/** Null for everything that is not exactly one of our messages. */
export function readToFrame(data: unknown): ToFrame | null {
  const t = open(data, 2)?.['t'];
  return t === 'hello' || t === 'mute' || t === 'leave' ? { t } : null;
}

function isPhase(value: unknown): value is Phase {
  return PHASES.includes(value);
}

export function readToPage(data: unknown): ToPage | null {
  if (open(data, 2)?.['t'] === 'ready') return { t: 'ready' };
  const { t, phase, muted, people } = open(data, 5) ?? {};
  if (t !== 'state' || !isPhase(phase) || typeof muted !== 'boolean') return null;
  if (typeof people !== 'number' || !Number.isInteger(people)) return null;
  return people >= 0 && people <= PEOPLE_MAX ? { t, phase, muted, people } : null;
}
