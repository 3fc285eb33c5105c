/*
 * What it is: the data centres on a map of the world, lit where meetings may be processed. It shows
 * what the list says and is no control.
 */
import { geoGraticule10, geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import land from 'world-atlas/land-110m.json';
import type { Centre } from '../account/places';
import { useT } from './i18n';

const WIDTH = 680;
const HEIGHT = 348;

const world = land as unknown as Topology<{ land: GeometryCollection }>;
const shape = feature(world, world.objects.land);
const projection = geoNaturalEarth1().fitSize([WIDTH, HEIGHT], { type: 'Sphere' });
const path = geoPath(projection).digits(1);
const LAND = path(shape) ?? '';
const LINES = path(geoGraticule10()) ?? '';
const RIM = path({ type: 'Sphere' }) ?? '';

interface Props {
  readonly centres: readonly Centre[];
  /** Let in by the choice; of those in fenced zones the map says that they are fenced. */
  readonly lit: readonly Centre[];
  readonly fenced: readonly string[];
}

export function PlacesMap({ centres, lit, fenced }: Props) {
  const t = useT();
  const kindOf = (one: Centre) =>
    !lit.includes(one) ? 'dark' : fenced.includes(one.zone) ? 'fenced' : 'lit';
  const on = centres.filter((one) => kindOf(one) === 'lit').length;
  const dots = centres.flatMap((one) => {
    const at = one.at && projection([...one.at]);
    return at ? [{ one, at, kind: kindOf(one) }] : [];
  });
  const text = t('places.map', { on, all: centres.length });
  return (
    <figure className="places-map">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text}>
        <path className="places-sea" d={RIM} />
        <path className="places-lines" d={LINES} />
        <path className="places-land" d={LAND} />
        {dots
          .toSorted((a, b) => Number(a.kind === 'lit') - Number(b.kind === 'lit'))
          .map(({ one, at: [x, y], kind }) => (
            <circle key={one.id} className={kind} cx={x} cy={y} r={kind === 'lit' ? 6 : 4.5} />
          ))}
      </svg>
      <figcaption>
        <span data-of="lit">{t('places.map.lit')}</span>
        {dots.some(({ kind }) => kind === 'fenced') && (
          <span data-of="fenced">{t('places.map.fenced')}</span>
        )}
        <span data-of="dark">{t('places.map.dark')}</span>
      </figcaption>
    </figure>
  );
}
