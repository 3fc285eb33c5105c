/*
 * What it is: the call's one door: (state, fact) -> [state, effects]. Pure.
 * The table is complete by its type: a fact without a step does not compile.
 */
import type { Fact, FactName, Facts, Step, Stepped, Steps } from './events';
import { doorSteps } from './door';
import { fileSteps } from './files';
import { keysSteps } from './keys';
import { ownSteps } from './own';
import { peopleSteps } from './people';
import { stageSteps } from './stage';
import { talkSteps } from './talk';
import { wireSteps } from './wire';
import type { State } from './state';

const STEPS = {
  ...doorSteps,
  ...fileSteps,
  ...keysSteps,
  ...ownSteps,
  ...peopleSteps,
  ...stageSteps,
  ...talkSteps,
  ...wireSteps,
} satisfies Steps<FactName>;

export function step(state: State, fact: Fact): Stepped {
  const one = STEPS[fact.t] as Step<FactName>;
  return one(state, fact as Facts[FactName]);
}
