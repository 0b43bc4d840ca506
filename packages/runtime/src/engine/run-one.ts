/** `once.run`: one key, one function, an outcome instead of a reply. */

import { checkKey, type Key, keyLabel, recordId } from "../core/key.ts";
import { OnceError } from "../errors.ts";
import type { Claim } from "../store.ts";
import type { LambdaContextLike, Outcome, Stored } from "../types.ts";
import { Beat } from "./beat.ts";
import { current } from "./current.ts";
import { withDeadline } from "./deadline.ts";
import type { Handle } from "./handle.ts";
import { correlationOf, type Judged, refusal } from "./items.ts";
import { type FullContext, runAttempt } from "./run-attempt.ts";
import { Session } from "./session.ts";
import { tellDelivery } from "./tell.ts";
import { restore } from "./values.ts";

const MARGIN_MS = 500;

export async function runOne<T>(
  handle: Pick<Handle, "settings" | "warnings" | "scope">,
  key: Key,
  fn: (context: FullContext) => Promise<T>,
  lambda: LambdaContextLike | undefined,
): Promise<Outcome<T>> {
  const checked = checkKey(key);
  if (!checked.ok) return { ran: false, verdict: "invalid", reason: checked.reason };
  const { settings, scope, warnings } = handle;
  if (settings.shutdown?.aborted)
    throw new OnceError(
      "shutdown",
      "This process is being ended, so nothing new is started. Ask again elsewhere.",
      {
        retryable: true,
      },
    );
  const session = new Session({ settings, scope, warnings, context: lambda, marginMs: MARGIN_MS });
  const id = recordId(scope.namespace, scope.name, checked.parts);
  // What a handler causes belongs to what it handles.
  const around = current();
  const correlationId = around?.context.correlationId ?? correlationOf(id);
  const { claim, attempt } = await session.claimOne(
    session.request({ id, label: keyLabel(checked.parts), correlationId }),
  );
  const delivery = { source: "run", messageId: undefined, receiveCount: undefined, sentAtMs: undefined };
  const told = {
    delivery,
    key: keyLabel(checked.parts),
    correlationId,
    traceparent: around?.carrier.traceparent,
  };
  const tell = ({ end: ended, more }: Judged): void => {
    const deadlineLeftMs = session.hasDeadline ? session.leftMs() : undefined;
    const done = ended.ending === "completed" || ended.ending === "duplicate";
    tellDelivery(session, told, { ...more, ...ended, deadlineLeftMs }, done);
    session.tell(1);
  };
  if (!attempt) {
    tell(refusal({ id, label: told.key }, claim));
    return refused(settings, claim);
  }
  const startedMs = settings.clock.monotonicMs();
  const beat = new Beat(session, undefined);
  const running = runAttempt(attempt, {
    delivery,
    correlationId,
    carrier: around?.carrier,
    storesResult: true,
    fn,
  });
  const end = await withDeadline(session, attempt, running).finally(() => beat.stop());
  tell({
    end,
    more: {
      verdict: attempt.won.verdict,
      attempt: attempt.won.attempts,
      fence: attempt.won.fence,
      durationMs: settings.clock.monotonicMs() - startedMs,
      leaseLeftMs: attempt.begun ? attempt.leaseLeftMs() : undefined,
      renewals: attempt.renewals,
    },
  });
  if (end.ending === "completed" && end.error === undefined)
    return { ran: true, verdict: attempt.won.verdict, value: end.value as T };
  throw end.error;
}

function refused<T>(settings: Handle["settings"], claim: Claim): Outcome<T> {
  switch (claim.kind) {
    case "duplicate":
      return {
        ran: false,
        verdict: "duplicate",
        stored: claim.result !== undefined,
        value: restore(claim.result) as Stored<T>,
      };
    case "busy":
      return {
        ran: false,
        verdict: "busy",
        retryAtMs: settings.clock.wallMs() + Math.max(0, claim.leaseUntilMs - claim.nowMs),
      };
    case "mismatch":
      return { ran: false, verdict: "mismatch", reason: "this key came before with another payload" };
    case "in-doubt":
      return {
        ran: false,
        verdict: "in-doubt",
        reason: `held: whether ${claim.steps.join(", ")} happened is not known`,
      };
    case "error":
      throw claim.error;
    default:
      throw new OnceError("store-error", "The claim was refused; ask again.", { retryable: true });
  }
}
