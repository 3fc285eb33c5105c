/*
 * What it is: the chat panel. What others wrote is text and nothing else: a link is shown with its
 * real host and does nothing by itself.
 */
import { SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent, KeyboardEvent } from 'react';
import { Button, TextArea, TextField } from 'react-aria-components';
import type { ChatLine } from '../call/state';
import { splitLinks } from '../call/text';
import { CHAT_MAX } from '../e2ee/note';
import { usePart, useTell } from './call';
import { useLanguage, useT } from './i18n';

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

function Line({ line, follows }: { line: ChatLine; follows: boolean }) {
  const t = useT();
  const language = useLanguage();
  const time = new Date(line.at).toLocaleTimeString(language, {
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <li className="line" data-mine={line.from === null} data-follows={follows}>
      {!follows && (
        <p className="line-head">
          <b>{line.from === null ? t('chat.you') : line.name || t('tile.unknown')}</b>{' '}
          <time>{time}</time>
        </p>
      )}
      <p className="line-text" dir="auto">
        <Words text={line.text} />
      </p>
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
          const follows = before?.from === line.from && line.at - before.at < FOLLOWS_MS;
          return <Line key={line.id} line={line} follows={follows} />;
        })}
      </ol>
      <div ref={end} />
    </div>
  );
}

export function Chat() {
  const t = useT();
  const tell = useTell();
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const send = () => {
    if (text.trim() === '') return;
    tell({ t: 'say', text, now: Date.now() });
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
  return (
    <>
      <Log />
      <form className="write" onSubmit={onSubmit}>
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
            placeholder={t('chat.placeholder')}
            onKeyDown={onKeyDown}
          />
        </TextField>
        <Button
          className="btn key send"
          type="submit"
          aria-label={t('chat.send')}
          isDisabled={text.trim() === ''}
        >
          <SendHorizontal size={18} />
        </Button>
      </form>
    </>
  );
}
