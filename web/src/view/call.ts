/*
 * What it is: how a page reads the call and tells it facts.
 */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Fact } from '../call/events';
import type { State } from '../call/state';
import type { Store } from '../call/store';
import type { Board, BoardKey } from '../media/board';

export interface Call {
  readonly store: Store;
  readonly board: Board;
  stats(): Promise<RTCStatsReport[]>;
  /** Somebody is at a meeting's door: what is behind it starts. */
  warm(): void;
  /** The page is broken: devices and connections are let go. */
  abandon(): void;
}

export const CallContext = createContext<Call | null>(null);

export function useCall(): Call {
  const call = useContext(CallContext);
  if (!call) throw new Error('outside of the call');
  return call;
}

export function useTell(): (fact: Fact) => void {
  return useCall().store.tell;
}

/** Renders again when the picked part changes; pick returns what the state holds, not a copy. */
export function usePart<T>(pick: (state: State) => T): T {
  const { store } = useCall();
  return useSyncExternalStore(store.subscribe, () => pick(store.get()));
}

export function useTrack(key: BoardKey | null): MediaStreamTrack | undefined {
  const { board } = useCall();
  return useSyncExternalStore(board.subscribe, () => (key ? board.get(key) : undefined));
}
