/*
 * What it is: the page of the connection test: what works from here, in plain words.
 */
import { Check as Tick, LoaderCircle, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { CHECKS, probe, verdictOf } from '../check/probe';
import type { Check as Name, Result, Results } from '../check/probe';
import { PageTop } from './Brand';
import { useT } from './i18n';
import './check.css';

function Line({ check, result }: { check: Name; result: Result | undefined }) {
  const t = useT();
  const state = result ? (result.ok ? 'works' : 'fails') : 'runs';
  return (
    <li className="check-line" data-state={state}>
      {state === 'runs' && <LoaderCircle size={20} className="spinning" aria-hidden="true" />}
      {state === 'works' && <Tick size={20} aria-hidden="true" />}
      {state === 'fails' && <X size={20} aria-hidden="true" />}
      <span>
        <b>{t(`check.${check}`)}</b>
        <small>{t(`check.${check}.text`)}</small>
      </span>
      <em>
        {result?.ok && result.ms !== null
          ? t('check.ms', { ms: Math.max(1, result.ms) })
          : t(`check.state.${state}`)}
      </em>
    </li>
  );
}

export function Check() {
  const t = useT();
  const [turn, setTurn] = useState(0);
  const [results, setResults] = useState<Results>({});
  useEffect(() => {
    let here = true;
    setResults({});
    void probe((check, result) => {
      if (here) setResults((before) => ({ ...before, [check]: result }));
    });
    return () => {
      here = false;
    };
  }, [turn]);
  const verdict = verdictOf(results);
  return (
    <div className="light home">
      <PageTop home />
      <main className="check-page">
        <h1>{t('check.title')}</h1>
        <p className="lead">{t('check.lead')}</p>
        <ul className="check-list">
          {CHECKS.map((check) => (
            <Line key={check} check={check} result={results[check]} />
          ))}
        </ul>
        <p role="status" className="check-verdict" data-verdict={verdict ?? 'none'}>
          {verdict && t(`check.verdict.${verdict}`)}
        </p>
        <p className="check-acts">
          <Button
            className="btn key"
            isDisabled={verdict === null}
            onPress={() => setTurn(turn + 1)}
          >
            {t('check.again')}
          </Button>
          <a className="btn quiet" href="/">
            {t('check.home')}
          </a>
        </p>
      </main>
    </div>
  );
}
