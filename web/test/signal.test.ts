import { describe, expect, it } from 'vitest';
import { backoffMs } from '../src/wire/backoff';
import { parseMessage } from '../src/wire/signal';

const P = 'AAECAwQFBgcICQoLDA0ODw';
const parse = (value: unknown) => parseMessage(JSON.stringify(value));

describe('a message from the server', () => {
  it('with "re" is a reply', () => {
    expect(parse({ t: 'ok', re: 7 })).toEqual({ is: 'reply', reply: { t: 'ok', re: 7 } });
  });
  it('without it is an event', () => {
    const event = { t: 'member_left', member: 3, reason: 'lost' };
    expect(parse(event)).toEqual({ is: 'event', event });
  });
  it('keeps only the keys that are known', () => {
    expect(parse({ t: 'media_restarted', extra: 1 })).toEqual({
      is: 'event',
      event: { t: 'media_restarted' },
    });
  });
  it('of a welcome brings members and their tracks', () => {
    const track = { track: 9, kind: 'audio', source: 'mic', paused: true };
    const members = [{ member: 2, participant: P, role: 'participant', tracks: [track] }];
    const rtp = {
      codecs: [
        {
          kind: 'audio',
          mimeType: 'audio/opus',
          preferredPayloadType: 111,
          clockRate: 48000,
          channels: 2,
          parameters: { useinbandfec: 1 },
        },
      ],
    };
    const welcome = {
      t: 'welcome',
      re: 1,
      member: 1,
      role: 'host',
      resume: 'A'.repeat(43),
      resumed: false,
      waiting: false,
      descriptor: 'AAAA',
      rtp,
      members,
    };
    expect(parse(welcome)).toEqual({ is: 'reply', reply: welcome });
  });
  it.each([
    ['no type', {}],
    ['an unknown event', { t: 'unmute', member: 1 }],
    ['an unknown reply', { t: 'start_camera', re: 1 }],
    ['a request', { t: 'hello' }],
    ['a name from the prototype', { t: 'constructor' }],
    ['a missing field', { t: 'member_left', member: 3 }],
    ['a wrong type', { t: 'track_closed', track: '4' }],
    ['a fraction', { t: 'track_closed', track: 1.5 }],
    ['a number below zero', { t: 'track_closed', track: -1 }],
    ['a number above 32 bits', { t: 'track_closed', track: 2 ** 32 }],
    ['an unknown reason', { t: 'ended', reason: 'because' }],
    [
      'a participant that is no 16 bytes',
      { t: 'member_joined', member: 1, participant: 'AAAA', role: 'host' },
    ],
    ['a name', { t: 'member_joined', member: 1, name: 'Ada', role: 'host' }],
    ['an overlong group', { t: 'group_state', group: 'A'.repeat(87), epoch: 0 }],
    ['an epoch above 31 bits', { t: 'group_state', epoch: 2 ** 31 }],
    [
      'too many applicants',
      {
        t: 'group_wanted',
        group: 'AA',
        epoch: 0,
        joins: Array(65).fill({
          member: 1,
          participant: P,
          key_package: 'AA',
          proof: 'AA',
          waiting: false,
        }),
        gone: [],
      },
    ],
    ['a list where an object belongs', []],
    ['nothing', null],
  ])('with %s is refused', (_, value) => {
    expect(() => parse(value)).toThrow();
  });
  it('that is not JSON is refused', () => {
    expect(() => parseMessage('{"t":')).toThrow();
  });
});

describe('waiting before another attempt', () => {
  it('grows, is capped and spread', () => {
    expect(backoffMs(0, 0)).toBe(150);
    expect(backoffMs(0, 0.999)).toBeLessThanOrEqual(300);
    expect(backoffMs(3, 0)).toBeGreaterThan(backoffMs(2, 0));
    expect(backoffMs(50, 0.999)).toBeLessThanOrEqual(10_000);
  });
});
