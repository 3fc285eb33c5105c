import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const SRC = path.join(import.meta.dirname, '../src');

/** What a page could learn of who looks at it, by any of the browser's ways (promise: no attention tracking). */
const SIGNS =
  /visibilitychange|visibilityState|document\.hidden|\.hasFocus\(|(?:on|addEventListener\(\s*)['"]?(?:blur|focus|focusin|focusout|mouseleave|mouseout)['"]|IdleDetector|document\.onfocus|window\.on(?:blur|focus)|getBattery|devicemotion/;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((one) => /\.tsx?$/.test(one));

describe('attention', () => {
  it('is asked for by no file of the client', () => {
    expect(files.length).toBeGreaterThan(100);
    for (const one of files) expect(readFileSync(path.join(SRC, one), 'utf8'), one).not.toMatch(SIGNS);
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
