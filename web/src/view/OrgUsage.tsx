/*
 * What it is: the figures of an organisation: a plot, the same as a table, and as a file.
 */
import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { usageOf } from '../account/calls';
import type { Refusal, UsageDay } from '../account/calls';
import { csvOf, plotOf } from '../account/usage';
import type { Plot } from '../account/usage';
import { AccountNote } from './AccountNote';
import { useDay } from './account';
import { useLanguage, useT } from './i18n';
import { saveFile } from './save';
import './usage.css';

const WIDTH = 644;
const HEIGHT = 160;
const STEP = WIDTH / 92;
const FEW = 3;

function Months({ plot }: { plot: Plot }) {
  const form = new Intl.DateTimeFormat(useLanguage(), { month: 'short', timeZone: 'UTC' });
  return plot.bars.map(({ day }, i) =>
    new Date(day * 1_000).getUTCDate() === 1 ? (
      <text key={day} x={i * STEP} y={HEIGHT + 17}>
        {form.format(day * 1_000)}
      </text>
    ) : null,
  );
}

function Bars({ plot }: { plot: Plot }) {
  return plot.bars.map(({ day, people, participants, few }, i) => (
    <g key={day} transform={`translate(${i * STEP} 0)`}>
      <rect
        className="usage-participants"
        y={HEIGHT * (1 - participants)}
        width={STEP - 1}
        height={HEIGHT * participants}
      />
      <rect
        className="usage-people"
        y={HEIGHT * (1 - people)}
        width={STEP - 1}
        height={HEIGHT * people}
      />
      {few && <rect className="usage-few" y={HEIGHT - FEW} width={STEP - 1} height={FEW} />}
    </g>
  ));
}

function Picture({ plot, name }: { plot: Plot; name: string }) {
  const t = useT();
  const number = new Intl.NumberFormat(useLanguage());
  return (
    <figure className="usage-plot">
      <svg viewBox={`-44 -8 ${WIDTH + 52} ${HEIGHT + 30}`} role="img" aria-label={t('usage.plot', { name })}>
        {[0, 0.5, 1].map((at) => (
          <g key={at}>
            <line x1={0} x2={WIDTH} y1={HEIGHT * (1 - at)} y2={HEIGHT * (1 - at)} />
            <text className="usage-scale" x={-8} y={HEIGHT * (1 - at) + 4}>
              {number.format(plot.top * at)}
            </text>
          </g>
        ))}
        <Bars plot={plot} />
        <Months plot={plot} />
      </svg>
      <figcaption>
        <span data-of="participants">{t('usage.participants')}</span>
        <span data-of="people">{t('usage.people')}</span>
        <span data-of="few">{t('usage.few')}</span>
      </figcaption>
    </figure>
  );
}

function Line({ one }: { one: UsageDay }) {
  const t = useT();
  const day = useDay('UTC');
  const number = new Intl.NumberFormat(useLanguage());
  return (
    <tr>
      <th scope="row">{day(one.day)}</th>
      {one.few ? (
        <td colSpan={2}>{t('usage.few')}</td>
      ) : (
        <>
          <td>{number.format(one.participants)}</td>
          <td>
            {one.atMost && (
              <span title={t('usage.at_most')}>
                <span aria-hidden="true">≤ </span>
                <span className="sr">{t('usage.at_most')} </span>
              </span>
            )}
            {number.format(one.people)}
          </td>
        </>
      )}
    </tr>
  );
}

function Table({ days }: { days: readonly UsageDay[] }) {
  const t = useT();
  return (
    <details className="usage-table">
      <summary>{t('usage.table')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('usage.day')}</th>
            <th scope="col">{t('usage.participants')}</th>
            <th scope="col">{t('usage.people')}</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((one) => (
            <Line key={one.day} one={one} />
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Figures({ name, days }: { name: string; days: readonly UsageDay[] }) {
  const t = useT();
  const save = () => saveFile(`conclave-usage-${name}.csv`, new TextEncoder().encode(csvOf(days)).buffer);
  if (days.length === 0) return <p>{t('usage.none')}</p>;
  return (
    <>
      <Picture plot={plotOf(days, Date.now() / 1_000)} name={name} />
      <Table days={days} />
      <Button className="btn small" onPress={save}>
        <Download size={16} aria-hidden="true" />
        {t('usage.save')}
      </Button>
    </>
  );
}

export function OrgUsage({ name }: { name: string }) {
  const t = useT();
  const [days, setDays] = useState<readonly UsageDay[] | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  useEffect(() => {
    let gone = false;
    void usageOf(name).then((said) => {
      if (gone) return;
      if (said.ok) setDays(said.value);
      else setRefusal(said.refusal);
    });
    return () => {
      gone = true;
    };
  }, [name]);
  return (
    <div className="usage" aria-busy={!days && !refusal}>
      <AccountNote deed="lead" refusal={refusal} />
      {days && (
        <>
          <p className="note-s">{t('usage.text')}</p>
          <Figures name={name} days={days} />
        </>
      )}
    </div>
  );
}
