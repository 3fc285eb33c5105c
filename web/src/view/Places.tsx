/*
 * What it is: the choice of data centres of an account or an organisation: three switches each, what
 * is in force, and why not elsewhere. The list is the control; the map only shows it.
 */
import { Suspense, lazy, useCallback, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Outcome, Refusal } from '../account/calls';
import {
  USES,
  choiceOf,
  choosePlaces,
  draftOf,
  leaveLater,
  ownTransit,
  placesOf,
  refuseZone,
  worldOf,
} from '../account/places';
import type { Centre, Draft, Places as Said, Use, World } from '../account/places';
import { AccountNote } from './AccountNote';
import { PlacesFault } from './PlacesFault';
import { PlacesZone } from './PlacesZone';
import { useLanguage, useT } from './i18n';
import './places.css';

const PlacesMap = lazy(() => import('./PlacesMap').then((m) => ({ default: m.PlacesMap })));

const useNames = () => {
  const form = new Intl.ListFormat(useLanguage(), { type: 'conjunction' });
  return (world: World, ids: readonly string[]) =>
    form.format(ids.map((id) => world.centres.find((one) => one.id === id)?.name ?? id));
};

/** Where a meeting may be processed that begins now, and why not elsewhere. */
function Plan({ said, world }: { said: Said; world: World }) {
  const t = useT();
  const names = useNames();
  const laws = [...new Set(said.refused.map(({ law }) => law))].sort();
  return (
    <div className="places-plan">
      <p>
        {said.offered.length > 0
          ? t('places.plan', { names: names(world, said.offered) })
          : t('places.plan.none')}
      </p>
      {laws.length > 0 && (
        <details>
          <summary>{t('places.plan.why')}</summary>
          <ul>
            {laws.map((law) => (
              <li key={law}>
                {t(`places.law.${lawOf(law)}`, {
                  names: names(
                    world,
                    said.refused.filter((one) => one.law === law).map(({ id }) => id),
                  ),
                })}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

const LAWS = ['G3', 'G4', 'G7', 'G8', 'G9', 'G10'] as const;
const lawOf = (law: string) => LAWS.find((one) => one === law) ?? 'other';

interface TickProps {
  readonly text: string;
  readonly on: boolean;
  onChange(on: boolean): void;
}

function Tick({ text, on, onChange }: TickProps) {
  return (
    <label className="tick">
      <input
        type="checkbox"
        checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{text}</span>
    </label>
  );
}

interface ZonesProps {
  readonly zones: readonly string[];
  readonly draft: Draft;
  onDraft(draft: Draft): void;
}

/** Whole zones: also what is added to them later. */
function Zones({ zones, draft, onDraft }: ZonesProps) {
  const t = useT();
  return (
    <details>
      <summary>{t('places.zones')}</summary>
      <div className="places-zones">
        {zones.map((zone) => (
          <Tick
            key={zone}
            text={t('places.zone.refuse', { zone: zone.toUpperCase() })}
            on={draft.refusedZones.has(zone)}
            onChange={(no) => onDraft(refuseZone(draft, zone, no))}
          />
        ))}
      </div>
    </details>
  );
}

interface FormProps {
  readonly org: string;
  readonly world: World;
  readonly said: Said;
  save(draft: Draft, reach: (use: Use, one: Centre) => boolean): Promise<void>;
}

function Form({ org, world, said, save }: FormProps) {
  const t = useT();
  const [draft, setDraft] = useState(() => draftOf(said.choice, world));
  useEffect(() => setDraft(draftOf(said.choice, world)), [said, world]);
  const shown = world.centres.filter(
    ({ realm, state }) => realm === said.realm && state !== 'withdrawn',
  );
  const bound = (use: Use, { id }: Centre) => !said.above[use].includes(id);
  const reach = (use: Use, one: Centre) =>
    shown.includes(one) && !bound(use, one) && !draft.refusedZones.has(one.zone);
  const zones = [...new Set(shown.map(({ zone }) => zone))];
  const lit = (use: Use) => shown.filter((one) => reach(use, one) && draft.on[use].has(one.id));
  return (
    <div className="places-form">
      <Suspense fallback={<div className="places-map" aria-hidden="true" />}>
        <PlacesMap centres={shown} lit={lit('processing')} fenced={world.fenced} />
      </Suspense>
      {said.boundBy.length > 0 && (
        <p className="note plain">{t('places.bound', { names: said.boundBy.join(', ') })}</p>
      )}
      <table className="places-table">
        <thead>
          <tr>
            <th scope="col">{t('places.centre')}</th>
            {USES.map((use) => (
              <th key={use} scope="col">
                {t(`places.use.${use}`)}
              </th>
            ))}
          </tr>
        </thead>
        {zones.map((zone) => (
          <PlacesZone
            key={zone}
            zone={zone}
            org={org}
            fenced={world.fenced.includes(zone)}
            centres={shown.filter((one) => one.zone === zone)}
            draft={draft}
            bound={bound}
            onDraft={setDraft}
          />
        ))}
      </table>
      {zones.length > 1 && <Zones zones={zones} draft={draft} onDraft={setDraft} />}
      <Tick
        text={t('places.transit.own')}
        on={draft.transitOwn}
        onChange={(own) => setDraft(ownTransit(draft, own))}
      />
      <Tick
        text={t('places.later')}
        on={draft.only.processing || draft.only.storage}
        onChange={(only) => setDraft(leaveLater(draft, only))}
      />
      <p className="note-s">{t('places.delay')}</p>
      <Button className="btn key" onPress={() => void save(draft, reach)}>
        {t('places.save')}
      </Button>
    </div>
  );
}

/** org: "" for one's own account. */
export function Places({ org }: { org: string }) {
  const t = useT();
  const [world, setWorld] = useState<World | null>(null);
  const [said, setSaid] = useState<Said | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [saved, setSaved] = useState(false);
  const take = useCallback((answer: Outcome<Said>) => {
    setRefusal(answer.ok ? null : answer.refusal);
    if (answer.ok) setSaid((was) => ({ ...answer.value, boundBy: was?.boundBy ?? answer.value.boundBy }));
    return answer.ok;
  }, []);
  const load = useCallback(async () => {
    const [list, own] = await Promise.all([worldOf(), placesOf(org)]);
    if (list.ok) setWorld(list.value);
    else setRefusal(list.refusal);
    if (list.ok) take(own);
  }, [org, take]);
  useEffect(() => void load(), [load]);
  const save = async (draft: Draft, reach: (use: Use, one: Centre) => boolean) => {
    if (!world || !said) return;
    setSaved(false);
    setSaved(take(await choosePlaces(org, said.version, choiceOf(draft, world, reach))));
  };
  const alone = world && world.centres.length === 1;
  return (
    <div className="places" aria-busy={!said && !refusal}>
      {world && said && alone && <p>{t('places.alone')}</p>}
      {world && said && !alone && (
        <>
          <p className="note-s">{t('places.uses')}</p>
          <Plan said={said} world={world} />
          <Form org={org} world={world} said={said} save={save} />
        </>
      )}
      <div role="status">{saved && <p className="note plain">{t('places.saved')}</p>}</div>
      {refusal?.fault ? (
        <PlacesFault fault={refusal.fault} world={world} />
      ) : (
        <AccountNote deed="places" refusal={refusal} />
      )}
    </div>
  );
}
