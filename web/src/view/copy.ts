/*
 * What it is: copying a link, and saying whether it worked.
 */
import { guestLink, hostLink } from '../call/link';
import type { Store } from '../call/store';
import { useCall } from './call';

export function copyText(store: Store, text: string): void {
  const done = (is: 'copied' | 'copy_failed') => () => store.tell({ t: 'notice', notice: { is } });
  if (!navigator.clipboard) return done('copy_failed')();
  navigator.clipboard.writeText(text).then(done('copied'), done('copy_failed'));
}

export function useCopy(): (which: 'guest' | 'host') => void {
  const { store } = useCall();
  return (which) => {
    const { link } = store.get();
    if (!link) return;
    copyText(store, (which === 'guest' ? guestLink : hostLink)(location.origin, link));
  };
}
