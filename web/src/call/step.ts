/*
 * What it is: the call's one door: (state, fact) -> [state, effects]. Pure.
 * The table is complete by its type: a fact without a step does not compile.
 */
import type { Fact, FactName, Facts, Step, Stepped, Steps } from './events';
import { consentSteps } from './consent';
import { doorSteps } from './door';
import { drawSteps } from './drawing';
import { fileSteps } from './files';
import { hostSteps } from './hosting';
import { keysSteps } from './keys';
import { ownSteps } from './own';
import { peopleSteps } from './people';
import { pollSteps } from './polls';
import { roomSteps } from './rooms';
import { safetySteps } from './safety';
import { stageSteps } from './stage';
import { talkSteps } from './talk';
import { wireSteps } from './wire';
import type { State } from './state';

const STEPS = {
  ...consentSteps,
  ...doorSteps,
  ...drawSteps,
  ...fileSteps,
  ...hostSteps,
  ...keysSteps,
  ...ownSteps,
  ...peopleSteps,
  ...pollSteps,
  ...roomSteps,
  ...safetySteps,
  ...stageSteps,
  ...talkSteps,
  ...wireSteps,
} satisfies Steps<FactName>;

export function step(state: State, fact: Fact): Stepped {
  const one = STEPS[fact.t] as Step<FactName>;
  return one(state, fact as Facts[FactName]);
}
