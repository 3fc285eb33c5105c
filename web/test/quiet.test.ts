import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const SRC = path.join(import.meta.dirname, '../src');

/** What a page could learn of who looks at it, by any of the browser's ways (promise: no attention tracking). */
const SIGNS =
  /visibilitychange|visibilityState|document\.hidden|\.hasFocus\(|(?:on|addEventListener\(\s*)['"]?(?:blur|focus|focusin|focusout|mouseleave|mouseout)['"]|IdleDetector|document\.onfocus|window\.on(?:blur|focus)|getBattery|devicemotion|'freeze'|'pagehide'|onBlur|onFocus|\.on(?:blur|focus)\b/;

/** Who may listen all the same, and why; nothing of it is sent as somebody looks away or comes back. */
const MAY: Readonly<Record<string, string>> = {
  'wire/place.ts': "addEventListener('pagehide', on.left)",
  'view/Door.tsx': 'onFocus={(event) => event.currentTarget.select()}',
  'view/People.tsx': 'onFocus={(event) => event.currentTarget.select()}',
  'view/Schedule.tsx': 'onFocus={(event) => event.currentTarget.select()}',
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((one) => /\.tsx?$/.test(one));

describe('attention', () => {
  it('is asked for by no file of the client', () => {
    expect(files.length).toBeGreaterThan(100);
    for (const one of files) {
      const text = readFileSync(path.join(SRC, one), 'utf8');
      expect(text.replace(MAY[one] ?? '', ''), one).not.toMatch(SIGNS);
    }
  });

  it('would be found', () => {
    for (const line of [
      "document.addEventListener('visibilitychange', tell)",
      'if (document.hidden) pause();',
      "addEventListener('blur', () => send())",
      'window.onblur = tell',
      "if (document.visibilityState === 'hidden')",
    ])
      expect(line).toMatch(SIGNS);
  });
});
