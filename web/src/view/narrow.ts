/*
 * What it is: whether the window is too narrow for the whole toolbar.
 */
import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 760px)');

function subscribe(read: () => void): () => void {
  query.addEventListener('change', read);
  return () => query.removeEventListener('change', read);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
