/** Steps in the room that an item has for them (F-11): a record full of steps would refuse its own completion. */

import { changeSteps } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import type { Step, StepChange, Steps } from "../../store.ts";
import { stepsValue, valueBytes } from "./item.ts";

/** Leaves a quarter of the item for the rest of the record, and for what a failure must still be able to add. */
export const MAX_STEPS_BYTES = 300_000;

export function stepsFit(steps: Steps): boolean {
  return valueBytes(stepsValue(steps)) <= MAX_STEPS_BYTES;
}

/**
 * The change with less in it, so that the steps fit. Memos of effects that may be asked for again go first, largest
 * first; of a plain effect it stays known that it happened, without its value. Intents are never left out: an effect
 * runs only when its intent is there. `undefined`: nothing that would fit is left.
 */
export function fitting(before: Steps, change: StepChange): StepChange | undefined {
  const large = Object.entries(change.set ?? {})
    .filter(([, step]) => isMemo(step))
    .sort(([, a], [, b]) => (b.value?.length ?? 0) - (a.value?.length ?? 0));
  for (let count = 1; count <= large.length; count += 1) {
    const less = without(change, new Set(large.slice(0, count).map(([name]) => name)));
    if (stepsFit(changeSteps(before, less))) return isEmpty(less) ? undefined : less;
  }
  return undefined;
}

/** The change without any value: little enough for the room that is left beside the steps. */
export function bare(change: StepChange): StepChange {
  const memos = Object.entries(change.set ?? {}).filter(([, step]) => isMemo(step));
  return without(change, new Set(memos.map(([name]) => name)));
}

function isMemo(step: Step): boolean {
  return step.state === "done" && step.value !== undefined;
}

function without(change: StepChange, memos: ReadonlySet<string>): StepChange {
  const set = Object.entries(change.set ?? {}).flatMap(([name, step]): [string, Step][] => {
    if (!memos.has(name)) return [[name, step]];
    if (step.kind === "keyed" || step.kind === "repeatable") return [];
    return [[name, { kind: step.kind, state: step.state, atMs: step.atMs }]];
  });
  return { set: Object.fromEntries(set), clear: change.clear };
}

function isEmpty({ set = {}, clear = [] }: StepChange): boolean {
  return Object.keys(set).length === 0 && clear.length === 0;
}

export function stepsTooLarge(label: string): OnceError {
  return new OnceError(
    "unstorable-value",
    `The results that the record of "${label}" remembers would have more than ${MAX_STEPS_BYTES / 1_000} KB, and DynamoDB takes no more than 400 KB of an item. ` +
      "Return less from the verbs: an id instead of the whole.",
  );
}
