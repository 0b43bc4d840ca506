/** The place that durably takes a delivery before it is acknowledged (`docs/protocol.md`, P10). */

import { OnceError } from "../errors.ts";
import type { Opened } from "../source.ts";
import type { AttemptEnd } from "./run-attempt.ts";
import type { Session } from "./session.ts";

/** Whether the source's `hold` destination has taken a delivery that a person must look at. One that fails: not taken. */
export async function heldBy(
  hold: Opened<unknown, unknown>["hold"],
  { scope, warnings }: Session,
  ref: string,
  { ending, error }: AttemptEnd,
): Promise<boolean> {
  if (!hold) return false;
  try {
    await hold(ref, ending, error instanceof Error ? error.message : ending);
    return true;
  } catch (cause) {
    const message =
      "The hold destination did not take a message, so it is reported as failed and stays with the queue. Check the destination and its permissions.";
    warnings.once(scope.text, new OnceError("hold-failed", message, { retryable: true, cause }));
    return false;
  }
}
