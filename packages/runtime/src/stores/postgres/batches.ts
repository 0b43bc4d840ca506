/** What becomes of a batch whose statement failed as a whole. Every statement of this store may be sent twice with the same tokens. */

import { type Clock, type Random, sleep } from "../../ports.ts";
import { isConflict, isDataError, isLocked, isLostConnection } from "./errors.ts";

const CONFLICT_TRIES = 10;
/** More than one: a pool that was frozen with its function may hold several dead connections. */
const LOST_TRIES = 3;

export interface BatchPolicy<Item, Answer> {
  readonly clock: Clock;
  readonly random: Random;
  call(items: readonly Item[]): Promise<readonly Answer[]>;
  /** The answer for one key whose row stayed locked. */
  locked(item: Item): Promise<Answer>;
  failed(error: unknown): Answer;
}

/**
 * Conflicts with other transactions and broken connections: the same again. A row that stays locked, or a value that
 * Postgres refuses: key by key, so that one item does not take the others with it. Never throws.
 */
export async function inBatches<Item, Answer>(
  items: readonly Item[],
  policy: BatchPolicy<Item, Answer>,
): Promise<readonly Answer[]> {
  if (items.length === 0) return [];
  const { clock, random } = policy;
  for (let conflicts = 0, losses = 0; ;) {
    try {
      return await policy.call(items);
    } catch (error) {
      if (isConflict(error)) conflicts += 1;
      else if (isLostConnection(error)) losses += 1;
      else return await apart(items, error, policy);
      if (conflicts >= CONFLICT_TRIES || losses >= LOST_TRIES) return await apart(items, error, policy);
      await sleep(clock, (conflicts + losses) * 4 * (0.5 + random.fraction()));
    }
  }
}

async function apart<Item, Answer>(
  items: readonly Item[],
  error: unknown,
  policy: BatchPolicy<Item, Answer>,
): Promise<readonly Answer[]> {
  const [only] = items;
  if (items.length === 1 && only !== undefined) {
    try {
      return [isLocked(error) ? await policy.locked(only) : policy.failed(error)];
    } catch (other) {
      return [policy.failed(other)];
    }
  }
  if (!isLocked(error) && !isConflict(error) && !isDataError(error))
    return items.map(() => policy.failed(error));
  const answers: Answer[] = [];
  for (const item of items) answers.push(...(await inBatches([item], policy)));
  return answers;
}
