/* Facts about whom a pinned client lets show it in a frame. */
import { describe, expect, it } from 'vitest';
import { framedPolicy } from '../../src/pin/framing';

const PINNED = "default-src 'none'; frame-ancestors 'none'; trusted-types conclave-workers";
const of = (who: string) => PINNED.replace("'none'; trusted", `${who}; trusted`);

describe('the pages that may frame the client', () => {
  it('are nobody without the server saying so', () => {
    expect(framedPolicy(PINNED, PINNED)).toBe(PINNED);
    expect(framedPolicy(PINNED, null)).toBe(PINNED);
    expect(framedPolicy(PINNED, '')).toBe(PINNED);
  });

  it('are the exact origins that it names', () => {
    const two = of('https://school.example https://a-b.example:8443');
    expect(framedPolicy(PINNED, two)).toBe(two);
  });

  it('are nothing wider, and nothing else of its policy is taken', () => {
    for (const who of ['*', 'https:', 'https://*.example', 'http://a.example', "'self'", 'https://a.example *', ' '])
      expect(framedPolicy(PINNED, of(who))).toBe(PINNED);
    expect(framedPolicy(PINNED, of(Array(9).fill('https://a.example').join(' ')))).toBe(PINNED);
    const loose = "script-src *; frame-ancestors https://a.example; connect-src *";
    expect(framedPolicy(PINNED, loose)).toBe(of('https://a.example'));
  });
});
