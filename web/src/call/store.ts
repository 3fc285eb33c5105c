/*
 * What it is: the one place that holds the state; facts go in, effects come out.
 */
import type { Effect, Fact } from './events';
import type { State } from './state';
import { step } from './step';

export interface Store {
  get(): State;
  tell(fact: Fact): void;
  subscribe(read: () => void): () => void;
}

/** Facts told while an effect runs are taken in turn, after it. */
export function createStore(first: State, run: (effect: Effect, state: State) => void): Store {
  let state = first;
  let busy = false;
  const queue: Fact[] = [];
  const readers = new Set<() => void>();

  function take(fact: Fact): void {
    const [next, effects] = step(state, fact);
    const changed = next !== state;
    state = next;
    for (const effect of effects) run(effect, state);
    if (changed) for (const read of readers) read();
  }

  return {
    get: () => state,
    tell: (fact) => {
      queue.push(fact);
      if (busy) return;
      busy = true;
      try {
        for (let one = queue.shift(); one; one = queue.shift()) take(one);
      } finally {
        busy = false;
      }
    },
    subscribe: (read) => {
      readers.add(read);
      return () => readers.delete(read);
    },
  };
}
