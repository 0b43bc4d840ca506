/** Asking a store again with the same tokens until it answers, within a limit. */

import { isOnceError, OnceError } from "../errors.ts";
import { type Clock, type Random, Stopwatch, sleep } from "../ports.ts";

interface Asking {
  readonly clock: Clock;
  readonly random: Random;
  /** Give up after this long, however many pieces and tries there are. */
  readonly limitMs: number;
  readonly maxTries: number;
  readonly maxBatch: number;
}

type Errored = { readonly kind: "error"; readonly error: OnceError };

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks for every item, in pieces of `maxBatch`. What threw or answered a retryable error is ambiguous and is asked
 * again, with the same items: every operation of the contract takes that. Never throws, and has an answer for every item.
 */
export async function ask<Item, Answer extends { readonly kind: string }>(
  items: readonly Item[],
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
  asking: Asking,
): Promise<readonly (Answer | Errored)[]> {
  const watch = new Stopwatch(asking.clock);
  const leftMs = (): number => asking.limitMs - watch.elapsedMs();
  const answers: (Answer | Errored)[] = [];
  for (let start = 0; start < items.length; start += asking.maxBatch)
    answers.push(...(await askPiece(items.slice(start, start + asking.maxBatch), call, asking, leftMs)));
  return answers;
}

async function askPiece<Item, Answer extends { readonly kind: string }>(
  items: readonly Item[],
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
  asking: Asking,
  leftMs: () => number,
): Promise<readonly (Answer | Errored)[]> {
  let answers: (Answer | Errored)[] = await once(items, call, asking.clock, leftMs());
  let pauseMs = FIRST_PAUSE_MS;
  for (let tries = 1; tries < asking.maxTries; tries += 1) {
    const open = answers.flatMap((answer, index) => (mayPass(answer) ? [index] : []));
    if (open.length === 0) break;
    const waitMs = pauseMs * (0.5 + asking.random.fraction());
    if (waitMs >= leftMs()) break;
    await sleep(asking.clock, waitMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    const again = await once(
      open.map((index) => items[index] as Item),
      call,
      asking.clock,
      leftMs(),
    );
    answers = answers.map((answer, index) => again[open.indexOf(index)] ?? answer);
  }
  return answers;
}

function mayPass(answer: { readonly kind: string }): boolean {
  return answer.kind === "error" && (answer as Errored).error.retryable;
}

async function once<Item, Answer extends { readonly kind: string }>(
  items: readonly Item[],
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
  clock: Clock,
  leftMs: number,
): Promise<(Answer | Errored)[]> {
  let cancel = () => {};
  try {
    // What would be answered after its time had better not happen.
    if (leftMs <= 0) throw new Error("no time was left to ask it");
    // A store that never answers must not hold the invocation past its deadline.
    const silent = new Promise<never>((_resolve, reject) => {
      cancel = clock.after(leftMs, () => reject(new Error(`no answer within ${Math.round(leftMs)} ms`)));
    });
    const answers = await Promise.race([call(items), silent]);
    return items.map((_item, index) => answers[index] ?? missingAnswer());
  } catch (cause) {
    const error = storeError(cause);
    return items.map(() => ({ kind: "error", error }));
  } finally {
    cancel();
  }
}

function missingAnswer(): Errored {
  const error = new OnceError(
    "store-error",
    "The store answered fewer items than it was asked. Run the conformance suite on it.",
  );
  return { kind: "error", error };
}

/** What a store threw, as an `OnceError`; an error of ours is passed on as it is. */
export function storeError(cause: unknown): OnceError {
  if (isOnceError(cause)) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new OnceError(
    "store-error",
    `The store did not answer: ${said}. The message is not acknowledged and comes again.`,
    {
      retryable: true,
      cause,
    },
  );
}
