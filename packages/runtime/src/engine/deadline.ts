/** When a running attempt is told to stop: at the deadline, or because the process is being ended. */

import { OnceError } from "../errors.ts";
import { type Attempt, deadlineError } from "./attempt.ts";
import type { AttemptEnd } from "./run-attempt.ts";
import type { Session } from "./session.ts";

/**
 * Waits for an attempt. At the deadline its handler is told to stop and is given what is left of the margin to end by
 * itself; one that does not is left alone, and nothing is written for it.
 */
export async function withDeadline(
  session: Session,
  attempt: Attempt,
  running: Promise<AttemptEnd>,
): Promise<AttemptEnd> {
  const { clock, shutdown } = session.settings;
  const stop = (): void => attempt.told.abort(shutdownError(attempt.request.label));
  if (shutdown?.aborted) stop();
  shutdown?.addEventListener("abort", stop);
  let cancel = (): void => {};
  const over = new Promise<AttemptEnd>((resolve) => {
    if (!session.hasDeadline) return;
    cancel = clock.after(session.workLeftMs(), () => {
      const error = deadlineError(attempt.request.label);
      attempt.stop(error);
      cancel = clock.after(session.leftMs() - session.marginMs / 2, () => {
        // Not even begun, because the store is slow: given back, or the next delivery would find it busy.
        const left = attempt.begun ? Promise.resolve() : session.release([attempt]);
        session.letGo(attempt);
        void left.then(() => resolve({ ending: "deadline", error }));
      });
    });
  });
  try {
    return await Promise.race([running, over]);
  } finally {
    cancel();
    shutdown?.removeEventListener("abort", stop);
  }
}

function shutdownError(label: string): OnceError {
  return new OnceError(
    "shutdown",
    `This process is being ended while "${label}" is running. What the handler does not finish comes again.`,
    { retryable: true },
  );
}
