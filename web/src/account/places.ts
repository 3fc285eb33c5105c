/*
 * What it is: choices of data centres: the calls (docs/wire/accounts.md), and a choice as switches.
 * Knows: lists and what is switched on. Knows not: what is shown, where a data centre lies on a map.
 */
import { call, listOf, text } from './calls';
import type { Fields } from './calls';

export const USES = ['processing', 'transit', 'storage'] as const;
export type Use = (typeof USES)[number];

export interface Centre {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly country: string;
  readonly realm: string;
  readonly state: string;
  /** Longitude and latitude in degrees; null: not told. */
  readonly at: readonly [number, number] | null;
}

export interface World {
  readonly centres: readonly Centre[];
  /** Zones with a fence. */
  readonly fenced: readonly string[];
}

/** optIn null: all but those in optOut. */
export interface Lists {
  readonly optIn: readonly string[] | null;
  readonly optOut: readonly string[];
}

export interface Choice {
  readonly processing: Lists;
  /** null: as processing. */
  readonly transit: Lists | null;
  readonly storage: Lists;
  readonly refusedZones: readonly string[];
}

export type Sets = Readonly<Record<Use, readonly string[]>>;

export interface Places {
  readonly version: number;
  readonly realm: string;
  readonly choice: Choice;
  /** What the organisations let in, and what is in force. */
  readonly above: Sets;
  readonly inForce: Sets;
  /** Organisations with a choice of their own. */
  readonly boundBy: readonly string[];
  /** Where a meeting may be processed that begins now, and by which law not elsewhere. */
  readonly offered: readonly string[];
  readonly refused: readonly { readonly id: string; readonly law: string }[];
}

/* ---- reading ---- */

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const words = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
const degree = (value: unknown, most: number) =>
  typeof value === 'number' && Math.abs(value) <= most ? value : null;

function readCentre({ id, name, zone, country, realm, state, ...rest }: Fields): Centre | null {
  const [east, north] = [degree(rest['longitude'], 180), degree(rest['latitude'], 90)];
  if (text(id) === '') return null;
  return {
    id: text(id),
    name: text(name) || text(id),
    zone: text(zone),
    country: text(country),
    realm: text(realm),
    state: text(state),
    at: east === null || north === null ? null : [east, north],
  };
}

function readWorld({ datacentres, fenced }: Fields): World | null {
  const centres = listOf(datacentres, readCentre);
  return centres && { centres, fenced: words(fenced) };
}

function readLists(value: unknown): Lists {
  const { opt_in: optIn, opt_out: optOut } = fieldsOf(value);
  return { optIn: Array.isArray(optIn) ? words(optIn) : null, optOut: words(optOut) };
}

function readChoice(value: unknown): Choice {
  const { processing, transit, storage, refuse_zones: zones } = fieldsOf(value);
  return {
    processing: readLists(processing),
    transit: transit === null ? null : readLists(transit),
    storage: readLists(storage),
    refusedZones: words(zones),
  };
}

function readSets(value: unknown): Sets {
  const { processing, transit, storage } = fieldsOf(value);
  return { processing: words(processing), transit: words(transit), storage: words(storage) };
}

export function readPlaces(said: Fields): Places | null {
  const { version, choice, plan } = said;
  const { datacentres, refused } = fieldsOf(plan);
  if (typeof version !== 'number' || !choice) return null;
  const not = listOf(refused, ({ id, law }) => ({ id: text(id), law: text(law) }));
  return {
    version,
    realm: text(said['realm']),
    choice: readChoice(choice),
    above: readSets(said['above']),
    inForce: readSets(said['in_force']),
    boundBy: words(said['bound_by']),
    offered: words(datacentres),
    refused: not ?? [],
  };
}

/* ---- asking ---- */

const written = ({ optIn, optOut }: Lists) => ({ opt_in: optIn, opt_out: optOut });

export const worldOf = () => call('/datacentres/list', readWorld);
/** organisation: "" for one's own account. */
export const placesOf = (organisation: string) =>
  organisation
    ? call('/organisations/datacentres', readPlaces, { organisation })
    : call('/datacentres', readPlaces);
export const choosePlaces = (organisation: string, version: number, choice: Choice) =>
  call(organisation ? '/organisations/datacentres/choose' : '/datacentres/choose', readPlaces, {
    ...(organisation && { organisation }),
    version,
    choice: {
      processing: written(choice.processing),
      transit: choice.transit && written(choice.transit),
      storage: written(choice.storage),
      refuse_zones: choice.refusedZones,
    },
  });

/* ---- a choice as switches ---- */

export interface Draft {
  readonly on: Readonly<Record<Use, ReadonlySet<string>>>;
  /** Data centres that are added to the list later are left out. */
  readonly only: Readonly<Record<Use, boolean>>;
  readonly transitOwn: boolean;
  readonly refusedZones: ReadonlySet<string>;
}

const lets = ({ optIn, optOut }: Lists, id: string) =>
  (optIn === null || optIn.includes(id)) && !optOut.includes(id);

/** Ids that left the list are forgotten with the next save: they let nothing in as it is. */
export function draftOf(choice: Choice, { centres }: World): Draft {
  const transit = choice.transit ?? choice.processing;
  const lists = { processing: choice.processing, transit, storage: choice.storage };
  const on = (use: Use) =>
    new Set(centres.map(({ id }) => id).filter((id) => lets(lists[use], id)));
  const only = (use: Use) => lists[use].optIn !== null;
  return {
    on: { processing: on('processing'), transit: on('transit'), storage: on('storage') },
    only: { processing: only('processing'), transit: only('transit'), storage: only('storage') },
    transitOwn: choice.transit !== null,
    refusedZones: new Set(choice.refusedZones),
  };
}

function without<T>(set: ReadonlySet<T>, one: T, on: boolean): ReadonlySet<T> {
  const next = new Set(set);
  if (on) next.add(one);
  else next.delete(one);
  return next;
}

/** Transit goes with processing until it is chosen by itself. */
export function turn(draft: Draft, use: Use, id: string, on: boolean): Draft {
  const next = { ...draft.on, [use]: without(draft.on[use], id, on) };
  if (use === 'processing' && !draft.transitOwn) next.transit = next.processing;
  return { ...draft, on: next };
}

export function ownTransit(draft: Draft, own: boolean): Draft {
  if (own) return { ...draft, transitOwn: true };
  return {
    ...draft,
    transitOwn: false,
    on: { ...draft.on, transit: draft.on.processing },
    only: { ...draft.only, transit: draft.only.processing },
  };
}

export const leaveLater = (draft: Draft, only: boolean): Draft => ({
  ...draft,
  only: { processing: only, transit: only, storage: only },
});

export const refuseZone = (draft: Draft, zone: string, refuse: boolean): Draft => ({
  ...draft,
  refusedZones: without(draft.refusedZones, zone, refuse),
});

/**
 * What no switch can reach (a refused zone, the other realm, left out by the organisation) is never
 * opted in; that it was opted out before is kept.
 */
export function choiceOf(draft: Draft, { centres }: World, reach: (use: Use, one: Centre) => boolean): Choice {
  const listsOf = (use: Use): Lists => {
    const names = (list: readonly Centre[]) => list.map(({ id }) => id);
    const on = centres.filter((one) => draft.on[use].has(one.id));
    if (draft.only[use]) return { optIn: names(on.filter((one) => reach(use, one))), optOut: [] };
    return { optIn: null, optOut: names(centres.filter((one) => !on.includes(one))) };
  };
  return {
    processing: listsOf('processing'),
    transit: draft.transitOwn ? listsOf('transit') : null,
    storage: listsOf('storage'),
    refusedZones: [...draft.refusedZones],
  };
}
