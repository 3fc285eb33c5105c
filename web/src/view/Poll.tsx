/*
 * What it is: polls in the chat: a line with its answers and what was given, and the form for a new
 * one. Loaded when the first poll comes or is made. Every text of others is text and nothing else.
 */
import { Check, Plus, X } from 'lucide-react';
import { useId, useState } from 'react';
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
import { cleanPoll, mayClose } from '../call/polls';
import type { Poll } from '../call/state';
import { ANSWERS_MAX, ANSWER_MAX, QUESTION_MAX } from '../e2ee/note';
import { drawRenewal } from '../wire/tokens';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import './sheet.css';
import './poll.css';

interface AnswerProps {
  readonly poll: Poll;
  readonly number: number;
}

function Answer({ poll, number }: AnswerProps) {
  const t = useT();
  const tell = useTell();
  const count = poll.votes.filter((one) => one.answer === number).length;
  const mine = poll.votes.some((one) => one.from === null && one.answer === number);
  const part = poll.votes.length === 0 ? 0 : Math.round((100 * count) / poll.votes.length);
  return (
    <li>
      <Button
        className="poll-answer"
        aria-pressed={mine}
        isDisabled={poll.closed}
        onPress={() => tell({ t: 'vote', id: poll.id, answer: number })}
      >
        <span className="poll-bar" style={{ width: `${part}%` }} aria-hidden="true" />
        <span className="poll-text" dir="auto">
          {mine && <Check size={15} aria-hidden="true" />}
          {poll.answers[number]}
        </span>
        <span className="poll-count">{t('poll.votes', { count })}</span>
      </Button>
    </li>
  );
}

export function PollLine({ id }: { id: string }) {
  const t = useT();
  const tell = useTell();
  const label = useId();
  const poll = usePart((state) => state.polls.find((one) => one.id === id));
  const can = usePart((state) => poll !== undefined && mayClose(state, poll));
  if (!poll) return null;
  return (
    <div className="poll" role="group" aria-labelledby={label}>
      <p id={label} className="poll-question" dir="auto">
        {poll.text}
      </p>
      <ol>
        {poll.answers.map((_, number) => (
          <Answer key={number} poll={poll} number={number} />
        ))}
      </ol>
      <p className="note-s">{t(poll.closed ? 'poll.closed' : 'poll.open')}</p>
      {poll.late && <p className="note-s">{t('poll.late')}</p>}
      {can && (
        <Button
          className="btn quiet small"
          onPress={() => tell({ t: 'close_poll', id, now: Date.now() })}
        >
          {t('poll.close')}
        </Button>
      )}
    </div>
  );
}

interface FormProps {
  onDone(): void;
}

function Form({ onDone }: FormProps) {
  const t = useT();
  const tell = useTell();
  const [text, setText] = useState('');
  const [answers, setAnswers] = useState<readonly string[]>(['', '']);
  const ready = cleanPoll(text, answers) !== null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    tell({ t: 'ask_poll', id: drawRenewal(), text, answers, now: Date.now() });
    onDone();
  };
  return (
    <form className="poll-form" onSubmit={submit}>
      <TextField
        className="field"
        value={text}
        onChange={setText}
        maxLength={QUESTION_MAX}
        autoFocus
      >
        <Label>{t('poll.question')}</Label>
        <Input autoComplete="off" />
      </TextField>
      {answers.map((answer, i) => (
        <TextField
          key={i}
          className="field"
          value={answer}
          onChange={(now) => setAnswers(answers.with(i, now))}
          maxLength={ANSWER_MAX}
        >
          <Label>{t('poll.answer', { number: i + 1 })}</Label>
          <Input autoComplete="off" />
        </TextField>
      ))}
      <Button
        className="btn quiet small"
        isDisabled={answers.length >= ANSWERS_MAX}
        onPress={() => setAnswers([...answers, ''])}
      >
        <Plus size={16} aria-hidden="true" />
        {t('poll.add')}
      </Button>
      <p className="note plain">{t('poll.note')}</p>
      <Button className="btn key wide" type="submit" isDisabled={!ready}>
        {t('poll.send')}
      </Button>
    </form>
  );
}

export function PollForm({ onDone }: FormProps) {
  const t = useT();
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || onDone()}>
      <Modal className="sheet light">
        <Dialog className="sheet-dialog">
          <div className="panel-head">
            <Heading slot="title">{t('poll.new')}</Heading>
            <Button className="iconbtn" aria-label={t('keys.close')} onPress={onDone}>
              <X size={20} />
            </Button>
          </div>
          <Form onDone={onDone} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
