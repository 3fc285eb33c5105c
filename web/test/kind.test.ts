import { describe, expect, it } from 'vitest';
import { KINDS, isPasscode, needs, termsOf } from '../src/call/kind';

describe('kinds of meeting', () => {
  it('lists each profile of the server once', () => {
    expect([...KINDS].sort()).toEqual(['default', 'education', 'government', 'health', 'webinar']);
  });

  it('begins with what the profile locks on', () => {
    for (const profile of KINDS) {
      const terms = termsOf({ profile, waiting: false, passcode: 'lemon-tree' });
      const { waiting, passcode } = needs(profile);
      expect(terms).toEqual({ profile, waiting, passcode: passcode ? 'lemon-tree' : '' });
    }
  });

  it('keeps a waiting room that was asked for', () => {
    const terms = termsOf({ profile: 'webinar', waiting: true, passcode: '' });
    expect(terms).toEqual({ profile: 'webinar', waiting: true, passcode: '' });
  });

  it('does not begin a class without a passcode that fits', () => {
    for (const passcode of ['', 'abc', 'with space', 'é1234', 'x'.repeat(65)]) {
      expect(isPasscode(passcode)).toBe(false);
      expect(termsOf({ profile: 'education', waiting: true, passcode })).toBeNull();
    }
    expect(isPasscode('x'.repeat(64))).toBe(true);
  });
});
