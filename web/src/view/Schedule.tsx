/*
 * What it is: a meeting for later: its link, and files for calendars. Loaded when it is opened. Title,
 * time and link stay in this browser: the server gets what it gets of every new meeting.
 */
import { CalendarDays, Copy, X } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import {
  Button,
  Dialog,
  Heading,
  Input,
  Label,
  Modal,
  ModalOverlay,
  TextField,
} from 'react-aria-components';
import { PLAIN, needs, termsOf } from '../call/kind';
import type { Terms } from '../call/kind';
import { guestLink, hostLink } from '../call/link';
import type { MeetingLink } from '../call/link';
import type { HomeProblem } from '../call/state';
import { cleanFileName } from '../call/text';
import { REPEATS, icsOf } from '../schedule/ics';
import type { Repeat } from '../schedule/ics';
import { asUtc, momentOf, wallOf } from '../schedule/zone';
import type { Wall } from '../schedule/zone';
import { createNew } from '../wire/create';
import { useCall } from './call';
import { copyText } from './copy';
import { useT } from './i18n';
import { KindFields } from './Kind';
import { saveFile } from './save';
import './sheet.css';
import './schedule.css';

const DURATIONS = [15, 30, 45, 60, 90, 120, 180] as const;
const TITLE_MAX = 120;

interface Wish {
  readonly title: string;
  readonly date: string;
  readonly time: string;
  readonly minutes: number;
  readonly zone: string;
  readonly repeat: Repeat;
  readonly terms: Terms;
}

type Problem = HomeProblem | 'title' | 'time' | 'past' | 'passcode';

function zones(own: string): string[] {
  const all = Intl.supportedValuesOf('timeZone');
  return [...new Set([own, 'UTC', ...all])];
}

/** The next full hour, here. */
function firstWish(): Wish {
  const now = new Date(Date.now() + 3_600_000);
  const here = wallOf(now.getTime() - now.getTimezoneOffset() * 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  return {
    title: '',
    date: `${here.year}-${two(here.month)}-${two(here.day)}`,
    time: `${two(here.hour)}:00`,
    minutes: 45,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    repeat: 'none',
    terms: { ...PLAIN, waiting: true },
  };
}

function wallOfWish({ date, time }: Wish): Wall | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(`${date}T${time.slice(0, 5)}`);
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1).map(Number);
  const wall = { year, month, day, hour, minute };
  return Number.isNaN(asUtc(wall)) ? null : wall;
}

function problemOf(wish: Wish): Problem | null {
  if (wish.title.trim() === '') return 'title';
  if (termsOf(wish.terms) === null) return 'passcode';
  const wall = wallOfWish(wish);
  if (!wall) return 'time';
  return momentOf(wall, wish.zone) < Date.now() - 60_000 ? 'past' : null;
}

interface PartProps {
  readonly wish: Wish;
  onChange(change: Partial<Wish>): void;
}

function When({ wish, onChange }: PartProps) {
  const t = useT();
  const [all] = useState(() => zones(wish.zone));
  return (
    <>
      <div className="when">
        <label className="labelled">
          <span>{t('schedule.date')}</span>
          <input
            type="date"
            value={wish.date}
            onChange={(event) => onChange({ date: event.currentTarget.value })}
          />
        </label>
        <label className="labelled">
          <span>{t('schedule.time')}</span>
          <input
            type="time"
            value={wish.time}
            onChange={(event) => onChange({ time: event.currentTarget.value })}
          />
        </label>
        <label className="labelled">
          <span>{t('schedule.duration')}</span>
          <select
            value={wish.minutes}
            onChange={(event) => onChange({ minutes: Number(event.currentTarget.value) })}
          >
            {DURATIONS.map((minutes) => (
              <option key={minutes} value={minutes}>
                {t('schedule.minutes', { minutes })}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label className="labelled">
        <span>{t('schedule.zone')}</span>
        <select
          value={wish.zone}
          onChange={(event) => onChange({ zone: event.currentTarget.value })}
        >
          {all.map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <label className="labelled">
        <span>{t('schedule.repeat')}</span>
        <select
          value={wish.repeat}
          onChange={(event) => onChange({ repeat: event.currentTarget.value as Repeat })}
        >
          {REPEATS.map((repeat) => (
            <option key={repeat} value={repeat}>
              {t(`schedule.repeat.${repeat}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

interface FormProps {
  onMade(wish: Wish, link: MeetingLink): void;
}

function Form({ onMade }: FormProps) {
  const t = useT();
  const [wish, setWish] = useState(firstWish);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Wish>) => {
    setWish({ ...wish, ...part });
    setProblem(null);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = problemOf(wish);
    setProblem(found);
    const whole = termsOf(wish.terms);
    if (found || busy || !whole) return;
    setBusy(true);
    const made = await createNew(whole);
    setBusy(false);
    if (made.t === 'created') onMade(wish, made.link);
    else if (made.t === 'create_failed') setProblem(made.why === 'conflict' ? 'busy' : made.why);
  };
  const terms = (part: Partial<Terms>) => change({ terms: { ...wish.terms, ...part } });
  const needed = needs(wish.terms.profile);
  const say = (one: Exclude<Problem, 'passcode'>) =>
    one === 'title' || one === 'time' || one === 'past'
      ? t(`schedule.problem.${one}`)
      : t(`home.problem.${one}`, { example: '' });
  return (
    <form className="schedule" onSubmit={(event) => void submit(event)} noValidate>
      <TextField
        className="field"
        value={wish.title}
        onChange={(title) => change({ title })}
        maxLength={TITLE_MAX}
        isInvalid={problem === 'title'}
        autoFocus
      >
        <Label>{t('schedule.name')}</Label>
        <Input autoComplete="off" />
      </TextField>
      <When wish={wish} onChange={change} />
      <div>
        <KindFields terms={wish.terms} wrong={problem === 'passcode'} onChange={terms} />
      </div>
      <label className="tick">
        <input
          type="checkbox"
          checked={wish.terms.waiting || needed.waiting}
          disabled={needed.waiting}
          onChange={(event) => terms({ waiting: event.currentTarget.checked })}
        />
        <span>{t('home.waiting')}</span>
      </label>
      <div role="alert">
        {problem && problem !== 'passcode' && <p className="note warn">{say(problem)}</p>}
      </div>
      <Button className="btn key wide" type="submit" data-busy={busy}>
        {t('schedule.make')}
      </Button>
    </form>
  );
}

interface MadeProps {
  readonly wish: Wish;
  readonly link: MeetingLink;
}

function Made({ wish, link }: MadeProps) {
  const t = useT();
  const { store } = useCall();
  const start = wallOfWish(wish);
  if (!start) return null;
  const { title, minutes, zone, repeat } = wish;
  const guests = guestLink(location.origin, link);
  const save = (host: boolean) => {
    const what = {
      uid: `${link.id}${host ? '-host' : ''}@${location.hostname}`,
      title: title.trim(),
      text: t(host ? 'schedule.words.host' : 'schedule.words'),
      link: host ? hostLink(location.origin, link) : guests,
      start,
      minutes,
      zone,
      repeat,
    };
    const { buffer } = new TextEncoder().encode(icsOf(what, Date.now()));
    const name = cleanFileName(title.trim()).slice(0, 60);
    saveFile(`${name}${host ? ' (host)' : ''}.ics`, buffer);
  };
  return (
    <div className="schedule" role="status">
      <p>{t('schedule.made', { title: title.trim() })}</p>
      <TextField className="field" isReadOnly value={guests}>
        <Label>{t('door.invite')}</Label>
        <div className="row">
          <Input
            className="react-aria-Input mono"
            onFocus={(event) => event.currentTarget.select()}
          />
          <Button className="btn" onPress={() => copyText(store, guests)}>
            <Copy size={16} aria-hidden="true" />
            {t('door.copy')}
          </Button>
        </div>
      </TextField>
      <div className="files">
        <Button className="btn key" onPress={() => save(false)}>
          <CalendarDays size={17} aria-hidden="true" />
          {t('schedule.save')}
        </Button>
        <Button className="btn quiet" onPress={() => save(true)}>
          <CalendarDays size={17} aria-hidden="true" />
          {t('schedule.save.host')}
        </Button>
      </div>
      <p className="note plain">{t('schedule.keep')}</p>
      <p className="note-s">{t('schedule.calendar')}</p>
    </div>
  );
}

export function Schedule({ onClose }: { onClose(): void }) {
  const t = useT();
  const [made, setMade] = useState<MadeProps | null>(null);
  return (
    /* What is made is shown once: a click beside it does not lose the link. */
    <ModalOverlay
      className="veil"
      isOpen
      isDismissable={made === null}
      onOpenChange={(open) => open || onClose()}
    >
      <Modal className="sheet light">
        <Dialog className="sheet-dialog">
          <div className="panel-head">
            <Heading slot="title">{t('schedule.title')}</Heading>
            <Button className="iconbtn" aria-label={t('keys.close')} onPress={onClose}>
              <X size={20} />
            </Button>
          </div>
          {made ? <Made {...made} /> : <Form onMade={(wish, link) => setMade({ wish, link })} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
