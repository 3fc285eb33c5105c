/*
 * What it is: the data centres of one zone as rows of switches, and its fence in words.
 */
import { useId } from 'react';
import { USES, turn } from '../account/places';
import type { Centre, Draft, Use } from '../account/places';
import { useLanguage, useT } from './i18n';

function useCountry(): (country: string) => string {
  const names = new Intl.DisplayNames(useLanguage(), { type: 'region' });
  return (country) => (/^[A-Z]{2}$/.test(country) ? (names.of(country) ?? country) : '');
}

interface CellProps {
  readonly one: Centre;
  readonly use: Use;
  readonly on: boolean;
  readonly fixed: boolean;
  onChange(on: boolean): void;
}

function Cell({ one, use, on, fixed, onChange }: CellProps) {
  const t = useT();
  return (
    <td>
      <label>
        <input
          type="checkbox"
          checked={on}
          disabled={fixed}
          aria-label={t('places.cell', { use: t(`places.use.${use}`), name: one.name })}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      </label>
    </td>
  );
}

interface Props {
  readonly zone: string;
  readonly org: string;
  readonly fenced: boolean;
  readonly centres: readonly Centre[];
  readonly draft: Draft;
  bound(use: Use, one: Centre): boolean;
  onDraft(draft: Draft): void;
}

/** A group of rows. */
export function PlacesZone({ zone, org, fenced, centres, draft, bound, onDraft }: Props) {
  const t = useT();
  const country = useCountry();
  const id = useId();
  const refused = draft.refusedZones.has(zone);
  const fixed = (use: Use, one: Centre) =>
    refused || bound(use, one) || (use === 'transit' && !draft.transitOwn);
  const left = (one: Centre) => org === '' && USES.some((use) => bound(use, one));
  return (
    <tbody aria-labelledby={id}>
      <tr className="places-zone">
        <th scope="rowgroup" colSpan={4}>
          <b id={id}>{t('places.zone', { zone: zone.toUpperCase() })}</b>
          {fenced && <small>{t('places.fenced')}</small>}
        </th>
      </tr>
      {centres.map((one) => (
        <tr key={one.id}>
          <th scope="row">
            {one.name}
            <small>{country(one.country)}</small>
            {left(one) && <small>{t('places.left_out')}</small>}
          </th>
          {USES.map((use) => (
            <Cell
              key={use}
              one={one}
              use={use}
              on={draft.on[use].has(one.id) && !refused && !bound(use, one)}
              fixed={fixed(use, one)}
              onChange={(on) => onDraft(turn(draft, use, one.id, on))}
            />
          ))}
        </tr>
      ))}
    </tbody>
  );
}
