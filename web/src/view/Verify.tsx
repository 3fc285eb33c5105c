/*
 * What it is: comparing keys with one person: sixty digits and the same as a picture for a phone.
 */
import { ArrowLeft, BadgeCheck, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { nameOf } from '../call/roster';
import { fives } from '../call/sealing';
import type { Pair } from '../call/state';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { VerifyAccount } from './VerifyAccount';

function Square({ digits, label }: { digits: string; label: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    void import('lean-qr').then(({ generate }) => {
      if (!gone && ref.current) generate(digits).toCanvas(ref.current, { on: [20, 24, 31] });
    });
    return () => {
      gone = true;
    };
  }, [digits]);
  return <canvas ref={ref} className="qr" role="img" aria-label={label} />;
}

function Digits({ digits, name }: { digits: string; name: string }) {
  const t = useT();
  return (
    <>
      <p className="digits" data-kind="pair">
        {fives(digits).map((group, i) => (
          <span key={i}>{group} </span>
        ))}
      </p>
      <Square digits={digits} label={t('verify.qr', { name })} />
    </>
  );
}

type Outcome = 'same' | 'differ' | null;

function Answers({ pair, onAnswer }: { pair: Pair; onAnswer(outcome: Outcome): void }) {
  const t = useT();
  const tell = useTell();
  const answer = (same: boolean) => {
    tell({ t: 'compared', participant: pair.participant, same });
    onAnswer(same ? 'same' : 'differ');
  };
  return (
    <div className="verify-answers">
      <Button className="btn key wide" onPress={() => answer(true)}>
        {t('verify.same')}
      </Button>
      <Button className="btn stop wide" onPress={() => answer(false)}>
        {t('verify.differ')}
      </Button>
    </div>
  );
}

function Result({ outcome, name }: { outcome: Exclude<Outcome, null>; name: string }) {
  const t = useT();
  const Icon = outcome === 'same' ? BadgeCheck : TriangleAlert;
  return (
    <div className="note sealstate" data-tone={outcome === 'same' ? 'safe' : 'stop'}>
      <Icon size={18} aria-hidden="true" />
      <p>{t(`verify.${outcome}.text`, { name })}</p>
    </div>
  );
}

export function Verify({ pair }: { pair: Pair }) {
  const t = useT();
  const tell = useTell();
  const [outcome, setOutcome] = useState<Outcome>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    return () => document.querySelector<HTMLElement>('.panel-head h2')?.focus();
  }, []);
  const name = usePart((state) => nameOf(state, pair.participant) ?? '');
  const sealed = usePart((state) =>
    state.sealing.people.find((one) => one.participant === pair.participant),
  );
  return (
    <div className="security verify">
      <Button className="linkish back" onPress={() => tell({ t: 'verify', participant: null })}>
        <ArrowLeft size={16} aria-hidden="true" />
        {t('verify.back')}
      </Button>
      <h3 ref={heading} tabIndex={-1}>
        {t('verify.title', { name })}
      </h3>
      {sealed?.verified === 'changed' && (
        <div className="note sealstate" data-tone="stop" role="alert">
          <TriangleAlert size={18} aria-hidden="true" />
          <p>{t('verify.changed', { name })}</p>
        </div>
      )}
      <p>{t('verify.text', { name })}</p>
      {pair.digits && <Digits digits={pair.digits} name={name} />}
      <div role="status">{outcome && <Result outcome={outcome} name={name} />}</div>
      {pair.digits && outcome === null && <Answers pair={pair} onAnswer={setOutcome} />}
      {pair.digits && <VerifyAccount device={pair.device} name={name} />}
    </div>
  );
}
