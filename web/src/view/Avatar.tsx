/*
 * What it is: the round sign of a person without a picture.
 */
import { initials } from '../call/text';

const HUES = 8;

/** The same name has the same colour on every screen. */
export function hueOf(name: string): number {
  let mixed = 0x811c9dc5;
  for (const letter of name) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (mixed >>> 13) % HUES;
}

export function Avatar({ name, size = 'm' }: { name: string; size?: 's' | 'm' }) {
  return (
    <span className="avatar" data-hue={hueOf(name)} data-size={size} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
