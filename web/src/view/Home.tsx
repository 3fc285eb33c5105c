/*
 * What it is: the first page: a new meeting, or into one by its link.
 */
import { Check } from 'lucide-react';
import { Suspense, lazy, useState } from 'react';
import type { FormEvent } from 'react';
import { Button, FieldError, Input, Label, TextField } from 'react-aria-components';
import { PageTop } from './Brand';
import { usePart, useTell } from './call';
import { useT, withTexts } from './i18n';
import { NewMeeting } from './NewMeeting';
import './home.css';

const Schedule = lazy(() => withTexts(import('./Schedule')).then((m) => ({ default: m.Schedule })));

const FACTS = ['key', 'calm', 'gesture'] as const;

function Facts() {
  const t = useT();
  return (
    <ul className="facts">
      {FACTS.map((fact) => (
        <li key={fact}>
          <span className="dot" aria-hidden="true">
            <Check size={13} strokeWidth={3} />
          </span>
          <span>
            <b>{t(`home.fact.${fact}.title`)}</b> {t(`home.fact.${fact}.text`)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function JoinForm() {
  const t = useT();
  const tell = useTell();
  const problem = usePart((state) => state.homeProblem);
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell({ t: 'paste_link', text, origin: location.origin });
  };
  const example = `${location.host}/m/…#v1.…`;
  return (
    <form onSubmit={submit} noValidate>
      <TextField className="field" isInvalid={problem !== null} value={text} onChange={setText}>
        <Label>{t('home.link')}</Label>
        <div className="row">
          <Input
            placeholder={t('home.link.hint')}
            autoComplete="off"
            spellCheck="false"
            inputMode="url"
          />
          <Button className="btn" type="submit">
            {t('home.join')}
          </Button>
        </div>
        <FieldError className="problem">
          {problem && t(`home.problem.${problem}`, { example })}
        </FieldError>
      </TextField>
    </form>
  );
}

export function Home() {
  const t = useT();
  const [later, setLater] = useState(false);
  return (
    <div className="light home">
      <PageTop home>
        <a className="btn" href="/account">
          {t('home.account')}
        </a>
      </PageTop>
      <main className="hero">
        <div className="pitch">
          <h1>{t('home.title')}</h1>
          <p className="lead">{t('home.lead')}</p>
          <Facts />
        </div>
        <div className="card">
          <NewMeeting />
          <Button className="btn quiet wide schedule-open" onPress={() => setLater(true)}>
            {t('home.schedule')}
          </Button>
          <div className="or">
            <span>{t('home.or')}</span>
          </div>
          <JoinForm />
          <p className="note-s">{t('home.note')}</p>
          <p className="note-s">
            <a className="linkish" href="/test">
              {t('home.check')}
            </a>
          </p>
        </div>
      </main>
      <Suspense fallback={null}>{later && <Schedule onClose={() => setLater(false)} />}</Suspense>
    </div>
  );
}
