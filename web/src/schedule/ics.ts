/*
 * What it is: a meeting as a calendar file (iCalendar, RFC 5545). Pure: made in the browser, and
 * nowhere else is the link, with its secret, written.
 * A single meeting is told in UTC. One that repeats keeps its hour on the wall of its time zone, so
 * the zone goes with it (VTIMEZONE), with each change of its offset for the years to come.
 */
import { asUtc, changesOf, momentOf, offsetAt, wallOf } from './zone';
import type { Change, Wall } from './zone';

export const REPEATS = ['none', 'daily', 'weekly', 'workdays'] as const;
export type Repeat = (typeof REPEATS)[number];

export interface Meeting {
  readonly uid: string;
  readonly title: string;
  /** In words, before the link. */
  readonly text: string;
  readonly link: string;
  readonly start: Wall;
  readonly minutes: number;
  readonly zone: string;
  readonly repeat: Repeat;
}

const LINE_MAX = 75;
const DAY = 86_400_000;
const YEARS = 10;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Section 3.3.11. */
export function escapeText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(CONTROL, '')
    .replace(/[\\;,]/g, (one) => `\\${one}`)
    .replace(/\n/g, '\\n');
}

/** Section 3.1: at most 75 octets a line, and no character is torn apart. */
export function fold(line: string): string {
  const encoder = new TextEncoder();
  const lines: string[] = [];
  let now = '';
  let left = LINE_MAX;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (size > left) {
      lines.push(now);
      now = ' ';
      left = LINE_MAX - 1;
    }
    now += character;
    left -= size;
  }
  return [...lines, now].join('\r\n');
}

const digits = (value: number, count: number) => String(value).padStart(count, '0');

function stamp({ year, month, day, hour, minute }: Wall, second = 0): string {
  const date = `${digits(year, 4)}${digits(month, 2)}${digits(day, 2)}`;
  return `${date}T${digits(hour, 2)}${digits(minute, 2)}${digits(second, 2)}`;
}

const utc = (moment: number) => `${stamp(wallOf(moment), Math.floor(moment / 1_000) % 60)}Z`;

function offset(minutes: number): string {
  const all = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${digits(Math.floor(all / 60), 2)}${digits(all % 60, 2)}`;
}

/** Section 3.6.5: an observance begins at the wall's time before the change. */
function observance({ at, from, to }: Change): string[] {
  const kind = to > from ? 'DAYLIGHT' : 'STANDARD';
  return [
    `BEGIN:${kind}`,
    `DTSTART:${stamp(wallOf(at + from * 60_000))}`,
    `TZOFFSETFROM:${offset(from)}`,
    `TZOFFSETTO:${offset(to)}`,
    `END:${kind}`,
  ];
}

function timezone(zone: string, start: number): string[] {
  /* The change before the first meeting is told too: every moment of it has an offset. */
  const from = start - 400 * DAY;
  const known = offsetAt(from, zone);
  const first: Change = { at: from, from: known, to: known };
  const changes = [first, ...changesOf(zone, from, start + YEARS * 365 * DAY)];
  return ['BEGIN:VTIMEZONE', `TZID:${zone}`, ...changes.flatMap(observance), 'END:VTIMEZONE'];
}

const RULES: Record<Repeat, string | null> = {
  none: null,
  daily: 'RRULE:FREQ=DAILY',
  weekly: 'RRULE:FREQ=WEEKLY',
  workdays: 'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
};

/** On work days the first one is a work day: the first date counts whatever the rule says. */
export function firstOf({ start, repeat }: Pick<Meeting, 'start' | 'repeat'>): Wall {
  if (repeat !== 'workdays') return start;
  const local = asUtc(start);
  const day = new Date(local).getUTCDay();
  return wallOf(local + (day === 6 ? 2 : day === 0 ? 1 : 0) * DAY);
}

function when(meeting: Meeting, start: Wall): string[] {
  const { zone, minutes, repeat } = meeting;
  const rule = RULES[repeat];
  const moment = momentOf(start, zone);
  if (rule === null) return [`DTSTART:${utc(moment)}`, `DTEND:${utc(moment + minutes * 60_000)}`];
  return [`DTSTART;TZID=${zone}:${stamp(start)}`, `DURATION:PT${minutes}M`, rule];
}

export function icsOf(meeting: Meeting, now: number): string {
  const { uid, title, text, link, zone, repeat } = meeting;
  const start = firstOf(meeting);
  const words = text === '' ? link : `${text}\n\n${link}`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Conclave//Meetings//EN',
    'CALSCALE:GREGORIAN',
    ...(repeat === 'none' ? [] : timezone(zone, momentOf(start, zone))),
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${utc(now)}`,
    ...when(meeting, start),
    `SUMMARY:${escapeText(title)}`,
    `DESCRIPTION:${escapeText(words)}`,
    `LOCATION:${escapeText(link)}`,
    `URL:${link}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(fold).join('\r\n')}\r\n`;
}
