/*
 * What it is: what is sent and received now, measured here and shown to this person alone.
 */
import { useEffect, useState } from 'react';
import type { StreamRow, StatsNow } from '../media/stats';
import { readStats } from '../media/stats';
import type { Person } from '../call/roster';
import { rosterOf } from '../call/roster';
import { useCall, usePart } from './call';
import { useT } from './i18n';

const EVERY_MS = 2_000;

/** Whose the stream is; '' for one that carries whoever is heard. */
function useOwner({ sent, track }: StreamRow): string {
  const { board } = useCall();
  const roster = usePart(rosterOf);
  if (sent || track === '') return '';
  const is = (one: Person) =>
    one.tracks.some((has) => board.get(`track:${has.track}`)?.id === track);
  return roster.find(is)?.name ?? '';
}

function Row({ row }: { row: StreamRow }) {
  const t = useT();
  const name = useOwner(row);
  const what = t(row.sent ? 'stats.sent' : 'stats.received', { kind: t(`stats.${row.kind}`) });
  return (
    <tr>
      <th scope="row">{name === '' ? what : t('stats.of', { what, name })}</th>
      <td>{row.kbps} kbit/s</td>
      <td>{row.picture}</td>
      <td>{row.lost === null ? '' : `${row.lost} %`}</td>
      <td>{row.delay === null ? '' : `${row.delay} ms`}</td>
      <td>{row.codec}</td>
    </tr>
  );
}

export function Stats() {
  const t = useT();
  const { stats } = useCall();
  const [now, setNow] = useState<StatsNow | null>(null);
  useEffect(() => {
    let before: StatsNow | null = null;
    const look = async () => {
      before = readStats(await stats(), before);
      setNow(before);
    };
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => clearInterval(timer);
  }, [stats]);
  if (!now || now.rows.length === 0) return <p className="note-s">{t('stats.none')}</p>;
  return (
    <>
      <p className="note-s">
        {t('stats.rtt')}: {now.rtt} · {t('stats.path')}: {now.path}
      </p>
      <div className="scroll" role="region" aria-label={t('stats.title')} tabIndex={0}>
        <table className="stats">
          <thead>
            <tr>
              <th scope="col">{t('stats.what')}</th>
              <th scope="col">{t('stats.rate')}</th>
              <th scope="col">{t('stats.size')}</th>
              <th scope="col">{t('stats.loss')}</th>
              <th scope="col">{t('stats.delay')}</th>
              <th scope="col">{t('stats.codec')}</th>
            </tr>
          </thead>
          <tbody>
            {now.rows.map((row) => (
              <Row key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="note-s">{t('stats.note')}</p>
    </>
  );
}
