/*
 * What it is: why a choice of data centres was refused: which list, which data centre, by what rule.
 */
import type { ChoiceFault } from '../account/calls';
import { USES } from '../account/places';
import type { World } from '../account/places';
import { useT } from './i18n';

const FAULTS = [
  'in_and_out',
  'other_realm',
  'organisation',
  'refused_zone',
  'none_left',
  'realm',
  'unknown_datacentre',
  'unknown_zone',
] as const;

export function PlacesFault({ fault, world }: { fault: ChoiceFault; world: World | null }) {
  const t = useT();
  const use = USES.find((one) => fault.key.startsWith(one));
  const name = world?.centres.find(({ id }) => id === fault.id)?.name ?? fault.id;
  const is = FAULTS.find((one) => one === fault.is);
  return (
    <div role="alert">
      <p className="note warn">
        {use && <b>{t(`places.use.${use}`)}. </b>}
        {is ? t(`places.fault.${is}`, { name }) : t('account.why.choice')}
      </p>
    </div>
  );
}
