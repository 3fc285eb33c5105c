/*
 * What it is: texts from other people, made safe to show. Pure.
 * Control and direction-changing characters are taken out, so that a name or a message cannot
 * rearrange the words around it; a link is shown as text beside its real host, and never loads.
 */

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufff9-\ufffb]/g;
const LINK = /\bhttps:\/\/[^\s<>"'`]+/gi;

/** Halves of a character pair that stand alone. */
const HALVES = /\p{Surrogate}/gu;

export const NAME_MAX = 60;
/** What a profile holds (E2EE_NAME_MAX). */
export const NAME_BYTES = 120;
const FILE_NAME_MAX = 100;
/** One UTF-16 unit takes at most three bytes of UTF-8. */
const UNIT_BYTES = 3;

export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(BIDI, '')
    .replace(CONTROL, '')
    .replace(HALVES, '\ufffd');
}

/** As many whole characters from the front as fit. */
function fitting(text: string, characters: number, bytes: number): string {
  if (text.length <= characters && text.length * UNIT_BYTES <= bytes) return text.trim();
  let left = bytes;
  const fits = (one: string) => (left -= new TextEncoder().encode(one).length) >= 0;
  const kept: string[] = [];
  for (const one of Array.from(text).slice(0, characters)) {
    if (!fits(one)) break;
    kept.push(one);
  }
  return kept.join('').trim();
}

/** One line, no invisible runs, at most NAME_MAX characters and NAME_BYTES bytes; may be empty. */
export function cleanName(name: string): string {
  const line = cleanText(name)
    .replace(/[\s\u200b\u200c\u2060\u3164]+/g, ' ')
    .trim();
  return fitting(line, NAME_MAX, NAME_BYTES);
}

/** A name to save under: one line, no folders, nothing hidden in front. */
export function cleanFileName(name: string): string {
  const line = cleanText(name)
    .replace(/[\s\u200b\u200c\u2060\u3164]+/g, ' ')
    .replace(/[\\/:*?"<>|]+/g, '_')
    .replace(/^[.\s]+/, '');
  return Array.from(line).slice(-FILE_NAME_MAX).join('').trim() || 'file';
}

export type Piece =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'link'; readonly text: string; readonly host: string };

export function splitLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = match[0].replace(/[.,;:!?)\]}]+$/, '');
    if (!URL.canParse(shown)) continue;
    if (match.index > from) pieces.push({ is: 'text', text: text.slice(from, match.index) });
    pieces.push({ is: 'link', text: shown, host: new URL(shown).host });
    from = match.index + shown.length;
  }
  if (from < text.length) pieces.push({ is: 'text', text: text.slice(from) });
  return pieces;
}

/** Up to two letters that stand for a name on its round picture. */
export function initials(name: string): string {
  const words = name.split(/[\s.@-]+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const [first, second] = [words[0], words.length > 1 ? words[words.length - 1] : undefined];
  const letters = [first, second].map((word) => (word ? (Array.from(word)[0] ?? '') : ''));
  return letters.join('').toUpperCase() || '?';
}
