/** A call that is asked again for as long as AWS says that it is too fast. */

import { pause } from "./pace.ts";
import { troubleOf } from "./trouble.ts";

export interface Patience {
  readonly signal: AbortSignal;
  /** Of the first retry of a throttled call; the next ones wait twice as long each. @default 500 */
  readonly backoffMs?: number | undefined;
}

/** Besides what the SDK retries by itself. */
export const MAX_TRIES = 12;
const LONGEST_BACKOFF_MS = 15_000;

/** @throws what the last try threw, or the signal's reason, at once */
export async function patiently<T>(
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  { signal, backoffMs = 500 }: Patience,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await send({ abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      if (troubleOf(error) !== "throttled" || tries >= MAX_TRIES) throw error;
      await pause(Math.min(backoffMs * 2 ** (tries - 1), LONGEST_BACKOFF_MS), signal);
    }
  }
}
