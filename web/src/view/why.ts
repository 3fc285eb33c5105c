/*
 * What it is: why something is not allowed, in words.
 */
import type { Denial } from '../call/rules';
import { usePart } from './call';
import { useT } from './i18n';

export function useWhy(denial: Denial | null): string | null {
  const t = useT();
  const blocked = usePart((state) => state.protection.blocked);
  if (denial === null) return null;
  const said = blocked.map((one) => one.why).find((one) => one !== '');
  return denial === 'blocked' && said !== undefined
    ? t('denied.blocked.why', { why: said })
    : t(`denied.${denial}`);
}
