/** Many inputs are read on several threads, each of which takes the next few when it is done with some. */

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Facts } from "../../facts/model.ts";
import type { Found } from "./find.ts";
import { type Problem, type Read, withoutNested } from "./read.ts";

/** Below, a thread takes longer to start than the reading does. */
export const WORTH_THREADS = 60;
const AT_ONCE = 10;
const MAX_THREADS = 4;
/** What is read makes much garbage, most of it at once: a small nursery is quicker here, and takes a third of the memory. */
const NURSERY_MB = 16;

/** To a thread, and back from it. */
export interface Task {
  readonly from: number;
  readonly found: readonly Found[];
}
export interface Done {
  readonly from: number;
  readonly facts: readonly (readonly Facts[])[];
  readonly problems: readonly Problem[];
}

/** @throws what a thread threw; the signal's reason when it is interrupted. No thread is left running. */
export async function readSpread(found: readonly Found[], interrupted: AbortSignal): Promise<Read> {
  const facts: (readonly Facts[])[] = [];
  const problems: Problem[] = [];
  const file = import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js";
  let next = 0;
  const lane = async (): Promise<void> => {
    const thread = new Worker(new URL(file, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
    });
    try {
      while (next < found.length) {
        const from = next;
        next += AT_ONCE;
        const done = await asked(thread, { from, found: found.slice(from, next) }, interrupted);
        for (const [at, one] of done.facts.entries()) facts[done.from + at] = one;
        problems.push(...done.problems);
      }
    } finally {
      await thread.terminate();
    }
  };
  const lanes = Math.max(1, Math.min(MAX_THREADS, availableParallelism(), Math.ceil(found.length / AT_ONCE)));
  await Promise.all(Array.from({ length: lanes }, lane));
  const order = new Map(found.map(({ path }, at) => [path, at]));
  return {
    facts: withoutNested(facts.flat()),
    problems: problems.toSorted((left, right) => (order.get(left.file) ?? 0) - (order.get(right.file) ?? 0)),
  };
}

function asked(thread: Worker, task: Task, interrupted: AbortSignal): Promise<Done> {
  return new Promise((resolve, reject) => {
    const stop = (): void => settle(() => reject(interrupted.reason as Error));
    const answer = (done: Done): void => settle(() => resolve(done));
    const fail = (error: unknown): void => settle(() => reject(error as Error));
    const left = (code: number): void =>
      settle(() => reject(new Error(`a thread that reads ended with code ${code}`)));
    const settle = (end: () => void): void => {
      interrupted.removeEventListener("abort", stop);
      thread.off("message", answer).off("error", fail).off("exit", left);
      end();
    };
    if (interrupted.aborted) return stop();
    interrupted.addEventListener("abort", stop, { once: true });
    thread.on("message", answer).on("error", fail).on("exit", left);
    thread.postMessage(task);
  });
}
