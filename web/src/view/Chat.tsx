/*
 * What it is: the chat panel. What others wrote is text and nothing else: a link is shown with its
 * real host and does nothing by itself.
 */
import { ListChecks, Paperclip, SendHorizontal } from 'lucide-react';
import { Suspense, lazy, useEffect, useRef, useState } from 'react';
import type { FormEvent, KeyboardEvent } from 'react';
import { Button, FileTrigger, TextArea, TextField } from 'react-aria-components';
import { nameOf } from '../call/roster';
import type { ChatLine } from '../call/state';
import { chatDenial, denialOf } from '../call/rules';
import { canTalk } from '../call/talk';
import { cleanName, splitLinks } from '../call/text';
import { CHAT_MAX } from '../e2ee/note';
import { usePart, useTell } from './call';
import { FileLine } from './FileLine';
import { useLanguage, useT, withTexts } from './i18n';
import { useWhy } from './why';

const importPoll = () => withTexts(import('./Poll'));
const PollLine = lazy(() => importPoll().then((m) => ({ default: m.PollLine })));
const PollForm = lazy(() => importPoll().then((m) => ({ default: m.PollForm })));

function Words({ text }: { text: string }) {
  const t = useT();
  return splitLinks(text).map((piece, i) => {
    if (piece.is === 'text') return <span key={i}>{piece.text}</span>;
    return (
      <span key={i} className="chat-link">
        <span className="chat-link-text">{piece.text}</span>
        <span className="chat-host">{t('chat.link', { host: piece.host })}</span>
      </span>
    );
  });
}

function Content({ line: { id, file, poll, text } }: { line: ChatLine }) {
  if (file) return <FileLine id={id} file={file} />;
  if (poll !== undefined)
    return (
      <Suspense fallback={null}>
        <PollLine id={poll} />
      </Suspense>
    );
  return (
    <p className="line-text" dir="auto">
      <Words text={text} />
    </p>
  );
}

function Line({ line, follows }: { line: ChatLine; follows: boolean }) {
  const t = useT();
  const language = useLanguage();
  const time = new Date(line.at).toLocaleTimeString(language, {
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <li
      className="line"
      data-mine={line.from === null}
      data-follows={follows}
      data-private={line.to !== null}
    >
      {!follows && (
        <p className="line-head">
          <b>{line.from === null ? t('chat.you') : line.name || t('someone')}</b>{' '}
          {line.to !== null && (
            <span className="line-private">
              {line.from === null ? t('chat.private.to', { name: line.to }) : t('chat.private')}
            </span>
          )}{' '}
          <time>{time}</time>
        </p>
      )}
      <Content line={line} />
    </li>
  );
}

const FOLLOWS_MS = 120_000;

function Log() {
  const t = useT();
  const chat = usePart((state) => state.chat);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [chat.length]);
  if (chat.length === 0) return <p className="note-s chat-empty">{t('chat.empty')}</p>;
  return (
    <div className="log" role="log" tabIndex={0} aria-label={t('chat.title')}>
      <ol>
        {chat.map((line, i) => {
          const before = chat[i - 1];
          const same = before?.from === line.from && before.to === line.to;
          const follows = same && line.at - before.at < FOLLOWS_MS;
          return <Line key={line.id} line={line} follows={follows} />;
        })}
      </ol>
      <div ref={end} />
    </div>
  );
}

const EVERYBODY = '';

/** Who reads it: everybody, or one person of the tree. */
function Reader({ to, onChange }: { to: string; onChange(to: string): void }) {
  const t = useT();
  const people = usePart((state) => state.sealing.people);
  const others = people.filter((one) => !one.me);
  if (others.length < 2 && to === EVERYBODY) return null;
  return (
    <label className="reader">
      <span>{t('chat.to')}</span>
      <select value={to} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value={EVERYBODY}>{t('chat.everybody')}</option>
        {others.map((one) => (
          <option key={one.participant} value={one.participant}>
            {t('chat.only', { name: cleanName(one.name) })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Attach({ to }: { to: string }) {
  const t = useT();
  const tell = useTell();
  const live = usePart(canTalk);
  const denial = usePart(
    (state) => denialOf(state, 'files') ?? (to === EVERYBODY ? null : chatDenial(state, to)),
  );
  const why = useWhy(denial);
  const can = live && why === null;
  const send = (list: FileList | null) => {
    const file = list?.[0];
    if (file) tell({ t: 'say_file', file, to: to === EVERYBODY ? null : to, now: Date.now() });
  };
  return (
    <span title={why ?? undefined}>
      <FileTrigger onSelect={send}>
        <Button className="btn quiet attach" aria-label={t('chat.attach')} isDisabled={!can}>
          <Paperclip size={18} />
        </Button>
      </FileTrigger>
    </span>
  );
}

/** A poll is for everybody. */
function AskPoll() {
  const t = useT();
  const [open, setOpen] = useState(false);
  const can = usePart((state) => canTalk(state) && chatDenial(state, null) === null);
  return (
    <>
      <Button
        className="btn quiet attach"
        aria-label={t('chat.poll')}
        isDisabled={!can}
        onPress={() => setOpen(true)}
      >
        <ListChecks size={18} />
      </Button>
      <Suspense fallback={null}>{open && <PollForm onDone={() => setOpen(false)} />}</Suspense>
    </>
  );
}

interface WriteProps {
  readonly to: string;
  readonly name: string | undefined;
}

function Write({ to, name }: WriteProps) {
  const t = useT();
  const tell = useTell();
  const live = usePart(canTalk);
  const why = useWhy(usePart((state) => chatDenial(state, to === EVERYBODY ? null : to)));
  const can = live && why === null;
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const send = () => {
    if (text.trim() === '' || !can) return;
    tell({ t: 'say', text, to: to === EVERYBODY ? null : to, now: Date.now() });
    setText('');
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const hint = name === undefined ? t('chat.placeholder') : t('chat.placeholder.one', { name });
  return (
    <>
      {why !== null && <p className="note-s">{why}</p>}
      <form className="write" onSubmit={onSubmit}>
        <Attach to={to} />
        {to === EVERYBODY && <AskPoll />}
        <TextField
          className="field"
          aria-label={t('chat.message')}
          value={text}
          onChange={setText}
          maxLength={CHAT_MAX}
        >
          <TextArea
            ref={field}
            rows={Math.min(5, text.split('\n').length)}
            placeholder={why !== null ? '' : can ? hint : t('chat.closed')}
            onKeyDown={onKeyDown}
          />
        </TextField>
        <Button
          className="btn key send"
          type="submit"
          aria-label={t('chat.send')}
          isDisabled={text.trim() === '' || !can}
        >
          <SendHorizontal size={18} />
        </Button>
      </form>
    </>
  );
}

export function Chat() {
  const [asked, setTo] = useState(EVERYBODY);
  const name = usePart((state) => (asked === EVERYBODY ? undefined : nameOf(state, asked)));
  /* A reader who has gone is no reader: what is written now would go to everybody only on purpose. */
  const gone = asked !== EVERYBODY && name === undefined;
  const t = useT();
  return (
    <>
      <Log />
      <div className="chat-foot">
        <Reader to={asked} onChange={setTo} />
        {gone ? <p className="note-s">{t('chat.gone')}</p> : <Write to={asked} name={name} />}
      </div>
    </>
  );
}
