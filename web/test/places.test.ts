import { describe, expect, it } from 'vitest';
import { choiceOf, draftOf, leaveLater, ownTransit, readPlaces, refuseZone, turn } from '../src/account/places';
import type { Choice, World } from '../src/account/places';

const centre = (id: string, zone: string) =>
  ({ id, zone, name: id, country: '', realm: 'commercial', state: 'up', at: null }) as const;
const world: World = { centres: [centre('fra', 'eu'), centre('par', 'eu'), centre('iad', 'us')], fenced: [] };
const OPEN = { optIn: null, optOut: [] };
const nothing: Choice = { processing: OPEN, transit: null, storage: OPEN, refusedZones: [] };
const everywhere = () => true;

describe('a choice as switches', () => {
  it('is the same choice again when nothing is touched', () => {
    for (const choice of [
      nothing,
      { ...nothing, processing: { optIn: null, optOut: ['par'] }, refusedZones: ['us'] },
      { ...nothing, transit: { optIn: ['fra'], optOut: [] }, storage: { optIn: [], optOut: [] } },
    ])
      expect(choiceOf(draftOf(choice, world), world, everywhere)).toEqual(choice);
  });

  it('has transit go with processing until it is chosen by itself, and back', () => {
    const one = turn(draftOf(nothing, world), 'processing', 'iad', false);
    expect(one.on.transit.has('iad')).toBe(false);
    const own = turn(ownTransit(one, true), 'processing', 'par', false);
    expect(own.on.transit.has('par')).toBe(true);
    expect(choiceOf(own, world, everywhere).transit).toEqual({ optIn: null, optOut: ['iad'] });
    expect(choiceOf(ownTransit(own, false), world, everywhere).transit).toBeNull();
  });

  it('leaves out what is added later when it is told to', () => {
    const draft = leaveLater(turn(draftOf(nothing, world), 'storage', 'iad', false), true);
    expect(choiceOf(draft, world, everywhere).storage).toEqual({ optIn: ['fra', 'par'], optOut: [] });
  });

  it('opts nothing in that no switch reaches, and keeps what was opted out there', () => {
    const out = draftOf({ ...nothing, processing: { optIn: null, optOut: ['iad'] } }, world);
    const reach = (_: unknown, { id }: { id: string }) => id !== 'iad';
    expect(choiceOf(out, world, reach).processing.optOut).toEqual(['iad']);
    expect(choiceOf(leaveLater(draftOf(nothing, world), true), world, reach).processing.optIn).toEqual(['fra', 'par']);
  });

  it('forgets ids that left the list', () => {
    const draft = draftOf({ ...nothing, processing: { optIn: ['fra', 'gone'], optOut: [] } }, world);
    expect(choiceOf(draft, world, everywhere).processing).toEqual({ optIn: ['fra'], optOut: [] });
  });

  it('refuses zones', () => {
    const draft = refuseZone(draftOf(nothing, world), 'us', true);
    expect(choiceOf(draft, world, everywhere).refusedZones).toEqual(['us']);
    expect(refuseZone(draft, 'us', false).refusedZones.size).toBe(0);
  });
});

describe('an answer', () => {
  it('is read whole, or not at all', () => {
    expect(readPlaces({ version: 1 })).toBeNull();
    expect(readPlaces({ choice: {} })).toBeNull();
    const said = readPlaces({
      version: 2,
      choice: { processing: { opt_in: null, opt_out: ['a', 5] }, transit: null, storage: { opt_in: ['b'], opt_out: [] } },
      above: { processing: ['a'] },
      plan: { datacentres: ['b'], refused: [{ id: 'a', law: 'G7' }] },
    });
    expect(said?.choice.processing).toEqual({ optIn: null, optOut: ['a'] });
    expect(said?.choice.transit).toBeNull();
    expect(said?.above).toEqual({ processing: ['a'], transit: [], storage: [] });
    expect(said?.refused).toEqual([{ id: 'a', law: 'G7' }]);
  });
});
