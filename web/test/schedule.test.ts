import { describe, expect, it } from 'vitest';
import { escapeText, firstOf, fold, icsOf } from '../src/schedule/ics';
import type { Meeting } from '../src/schedule/ics';
import { changesOf, momentOf, offsetAt } from '../src/schedule/zone';
import type { Wall } from '../src/schedule/zone';

const wall = (text: string): Wall => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute };
};
const iso = (moment: number) => new Date(moment).toISOString().slice(0, 16);
const LINK = 'https://host/m/abcdefghijklmnopqr27#v1.AAECAwQFBgcICQoLDA0ODw.Dw4NDAsKCQgHBgUEAwIBAA';
const meeting: Meeting = {
  uid: 'abcdefghijklmnopqr27@host',
  title: 'Choir, rehearsal; part 1',
  text: 'Bring: the score\\notes',
  link: LINK,
  start: wall('2027-03-22 18:30'),
  minutes: 45,
  zone: 'Europe/Paris',
  repeat: 'none',
};
const NOW = Date.UTC(2026, 10, 22, 9, 5, 7);
/** Long lines put together again. */
const linesOf = (ics: string) => ics.replace(/\r\n /g, '').split('\r\n');

describe('a clock on the wall', () => {
  it.each([
    ['Europe/Paris', '2027-01-10 09:00', '2027-01-10T08:00'],
    ['Europe/Paris', '2027-07-10 09:00', '2027-07-10T07:00'],
    /* Clocks jump from 2 to 3: the hour between is read with the offset before. */
    ['Europe/Paris', '2027-03-28 01:59', '2027-03-28T00:59'],
    ['Europe/Paris', '2027-03-28 02:30', '2027-03-28T01:30'],
    ['Europe/Paris', '2027-03-28 03:00', '2027-03-28T01:00'],
    /* Clocks go back from 3 to 2: the hour comes twice, and the first one is meant. */
    ['Europe/Paris', '2027-10-31 01:59', '2027-10-30T23:59'],
    ['Europe/Paris', '2027-10-31 02:30', '2027-10-31T00:30'],
    ['Europe/Paris', '2027-10-31 03:00', '2027-10-31T02:00'],
    ['America/New_York', '2027-03-14 02:30', '2027-03-14T07:30'],
    ['America/New_York', '2027-11-07 01:30', '2027-11-07T05:30'],
    ['Australia/Lord_Howe', '2027-04-04 01:45', '2027-04-03T14:45'],
    ['Asia/Kathmandu', '2027-05-01 00:00', '2027-04-30T18:15'],
    ['Pacific/Kiritimati', '2027-01-01 00:00', '2026-12-31T10:00'],
    ['UTC', '2028-02-29 23:59', '2028-02-29T23:59'],
  ])('%s, %s is %s in UTC', (zone, text, at) => {
    expect(iso(momentOf(wall(text), zone))).toBe(at);
  });
  it('changes when the zone says, to the minute', () => {
    const year = [Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1)] as const;
    expect(
      changesOf('Europe/Paris', ...year).map((one) => [iso(one.at), one.from, one.to]),
    ).toEqual([
      ['2027-03-28T01:00', 60, 120],
      ['2027-10-31T01:00', 120, 60],
    ]);
    expect(changesOf('Australia/Lord_Howe', ...year).map((one) => [one.from, one.to])).toEqual([
      [660, 630],
      [630, 660],
    ]);
    expect(changesOf('Asia/Tokyo', ...year)).toEqual([]);
  });
  it('has an offset east or west, of whole minutes', () => {
    const at = Date.UTC(2027, 0, 1);
    expect([offsetAt(at, 'America/St_Johns'), offsetAt(at, 'Asia/Kolkata')]).toEqual([-210, 330]);
  });
});

describe('a calendar file', () => {
  it('of one meeting tells it in UTC, with its end, its title and its whole link', () => {
    const lines = linesOf(icsOf(meeting, NOW));
    expect(lines).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Conclave//Meetings//EN',
      'CALSCALE:GREGORIAN',
      'BEGIN:VEVENT',
      'UID:abcdefghijklmnopqr27@host',
      'DTSTAMP:20261122T090507Z',
      'DTSTART:20270322T173000Z',
      'DTEND:20270322T181500Z',
      'SUMMARY:Choir\\, rehearsal\\; part 1',
      `DESCRIPTION:Bring: the score\\\\notes\\n\\n${LINK}`,
      `LOCATION:${LINK}`,
      `URL:${LINK}`,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });
  it('of a meeting that repeats keeps the hour on the wall over every change', () => {
    const lines = linesOf(icsOf({ ...meeting, repeat: 'weekly' }, NOW));
    expect(lines).toContain('DTSTART;TZID=Europe/Paris:20270322T183000');
    expect(lines).toContain('DURATION:PT45M');
    expect(lines).toContain('RRULE:FREQ=WEEKLY');
    expect(lines.join('|')).toContain(
      'BEGIN:DAYLIGHT|DTSTART:20270328T020000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|END:DAYLIGHT',
    );
    expect(lines.join('|')).toContain(
      'BEGIN:STANDARD|DTSTART:20271031T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|END:STANDARD',
    );
    expect(lines.filter((one) => one === 'BEGIN:DAYLIGHT').length).toBeGreaterThanOrEqual(10);
    expect(lines.indexOf('END:VTIMEZONE')).toBeLessThan(lines.indexOf('BEGIN:VEVENT'));
  });
  it('of a zone without changes has its one offset', () => {
    const lines = linesOf(icsOf({ ...meeting, zone: 'Asia/Kolkata', repeat: 'daily' }, NOW));
    expect(lines.filter((one) => one.startsWith('TZOFFSETTO'))).toEqual(['TZOFFSETTO:+0530']);
    expect(lines).toContain('RRULE:FREQ=DAILY');
  });
  it('on work days begins on one', () => {
    const on = (text: string) => firstOf({ start: wall(text), repeat: 'workdays' });
    expect(on('2027-03-26 10:00')).toEqual(wall('2027-03-26 10:00'));
    expect(on('2027-03-27 10:00')).toEqual(wall('2027-03-29 10:00'));
    expect(on('2027-02-28 10:00')).toEqual(wall('2027-03-01 10:00'));
    expect(firstOf({ start: wall('2027-03-27 10:00'), repeat: 'weekly' }).day).toBe(27);
    const lines = linesOf(icsOf({ ...meeting, repeat: 'workdays' }, NOW));
    expect(lines).toContain('RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR');
  });
  it('takes no line, property or control character out of a title', () => {
    const title = 'x\r\nEND:VEVENT\rATTENDEE:mailto:a@b\u0007;y';
    const lines = linesOf(icsOf({ ...meeting, title }, NOW));
    expect(lines).toContain('SUMMARY:x\\nEND:VEVENT\\nATTENDEE:mailto:a@b\\;y');
    expect(lines.filter((one) => one.startsWith('END:VEVENT'))).toHaveLength(1);
    expect(escapeText('a\\b')).toBe('a\\\\b');
  });
  it('has lines of at most 75 octets that tear no character', () => {
    const long = `SUMMARY:${'é🎉x'.repeat(40)}`;
    const lines = fold(long).split('\r\n');
    const sizes = lines.map((one) => new TextEncoder().encode(one).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(75);
    expect(lines.slice(1).every((one) => one.startsWith(' '))).toBe(true);
    expect(lines.map((one, i) => (i === 0 ? one : one.slice(1))).join('')).toBe(long);
    expect(icsOf(meeting, NOW)).not.toMatch(/[^\r]\n/);
  });
});
