/** From a won claim to its end: the handler, the verbs still running, the last write. */

import type { Carrier } from "../correlation.ts";
import { derivedKey } from "../core/key.ts";
import { isOnceError, isPermanent, OnceError } from "../errors.ts";
import type { StepChange } from "../store.ts";
import type { ContextBase, Delivery, Effects, Ending, Transactions } from "../types.ts";
import type { Attempt } from "./attempt.ts";
import { inContext } from "./current.ts";
import { withinVisited } from "./edge-calls.ts";
import { commit, transact } from "./transactions.ts";
import { storable } from "./values.ts";
import { ensureLease, keyed, plain, repeatable, track, warn } from "./verbs.ts";

export type FullContext = ContextBase & Effects & Transactions<unknown>;

export interface AttemptEnd {
  readonly ending: Ending;
  readonly value?: unknown;
  readonly error?: unknown;
}

const HANDLER_STEP = "(handler)";

export interface AttemptRun {
  readonly delivery: Delivery;
  readonly correlationId: string;
  readonly carrier?: Carrier | undefined;
  readonly storesResult: boolean;
  readonly fn: (context: FullContext) => Promise<unknown>;
}

export async function runAttempt(attempt: Attempt, run: AttemptRun): Promise<AttemptEnd> {
  const { session } = attempt;
  const before = await beforeStart(attempt);
  if (before) return before;
  attempt.begun = true;
  session.executing += 1;
  const handled = await settle(attempt, run);
  session.executing -= 1;
  session.writer.idle();
  const end = await close(attempt, run, handled);
  session.letGo(attempt);
  return end;
}

/** A claim whose answer came too late may be somebody else's by now; nothing is started then. */
async function beforeStart(attempt: Attempt): Promise<AttemptEnd | undefined> {
  try {
    // Lost while it waited for its turn: the heartbeat has been refused.
    if (attempt.refused) throw attempt.refused;
    await ensureLease(attempt, 0);
    return undefined;
  } catch (error) {
    // Where it is still ours, the next delivery need not wait for the lease.
    if (!attempt.ended) await attempt.session.release([attempt]);
    return { ending: isOnceError(error, "deadline") ? "deadline" : "fenced", error };
  }
}

type Handled =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

async function settle(attempt: Attempt, run: AttemptRun): Promise<Handled> {
  const context = contextOf(attempt, run);
  const handled = await inContext(
    { attempt, context, carrier: run.carrier ?? {} },
    async (): Promise<Handled> => {
      try {
        return { ok: true, value: await run.fn(context) };
      } catch (error) {
        return { ok: false, error };
      }
    },
  );
  let end = handled;
  // Again and again: what follows on a verb that was not awaited may be another verb.
  while (attempt.pending.size > 0) {
    warn(
      attempt,
      "verb-not-awaited",
      "A handler returned while an effect of it was still running. Await every verb; it was waited for here.",
    );
    const results = await Promise.allSettled([...attempt.pending]);
    const failed = results.find((result) => result.status === "rejected");
    if (end.ok && failed) end = { ok: false, error: failed.reason };
  }
  return end;
}

async function close(attempt: Attempt, run: AttemptRun, handled: Handled): Promise<AttemptEnd> {
  if (attempt.commit === "done") {
    if (handled.ok) reportUnvisited(attempt);
    else
      warn(
        attempt,
        "error-after-commit",
        "A handler threw after its commit was written. The message is completed; the error was only reported.",
      );
    return handled.ok
      ? { ending: "completed", value: handled.value }
      : { ending: "completed", error: handled.error };
  }
  if (!handled.ok || attempt.refused || attempt.commit === "failed") return closeFailed(attempt, handled);
  reportUnvisited(attempt);
  const result = run.storesResult ? resultOf(attempt, handled.value) : undefined;
  const written = await attempt.session.writer.complete({
    ...attempt.owner,
    retentionMs: attempt.session.settings.retentionMs,
    result,
  });
  if (written.kind === "written") return { ending: "completed", value: handled.value };
  if (written.kind === "fenced")
    return {
      ending: "fenced",
      error: new OnceError("fenced", "The completion was refused: another attempt owns the record.", {
        retryable: true,
      }),
    };
  return { ending: "store-error", error: written.error };
}

async function closeFailed(attempt: Attempt, handled: Handled): Promise<AttemptEnd> {
  const refused = attempt.refused;
  const error = handled.ok ? (refused ?? swallowedCommit()) : handled.error;
  if (refused?.code === "fenced") return { ending: "fenced", error: refused };
  if (refused?.code === "store-error") {
    // A lost answer may have left an intent; the effect did not run, so the next attempt must not find it.
    if (attempt.unconfirmed.clear.length > 0) await fail(attempt);
    return { ending: "store-error", error: refused };
  }
  const permanent = isPermanent(error);
  const change: StepChange | undefined = permanent
    ? {
        set: { [HANDLER_STEP]: { kind: "handler", state: "intent", atMs: attempt.storeNowMs(), open: true } },
      }
    : undefined;
  const written = await fail(attempt, change);
  if (written === "fenced") return { ending: "fenced", error };
  if (refused?.code === "in-doubt" || permanent) return { ending: "in-doubt", error };
  return { ending: attempt.told.signal.aborted ? "deadline" : "failed", error };
}

/** A failure that cannot be written leaves the lease to run out; the handler's own error is what surfaces (D-03). */
async function fail(attempt: Attempt, extra?: StepChange): Promise<"written" | "fenced" | "error"> {
  const written = await attempt.session.writer.fail({
    ...attempt.owner,
    retentionMs: attempt.session.settings.retentionMs,
    change: attempt.leftovers(extra),
  });
  return written.kind;
}

function swallowedCommit(): OnceError {
  return new OnceError(
    "commit-failed",
    "commit failed and the handler swallowed its error: the message is not completed and comes again.",
    {
      retryable: true,
    },
  );
}

function resultOf(attempt: Attempt, value: unknown): string | undefined {
  const stored = storable(
    "The handler's result",
    value,
    attempt.session.settings.store.traits.maxResultBytes,
  );
  if (stored.ok) return stored.json ?? "null";
  warn(
    attempt,
    "result-dropped",
    `${stored.error.message} The message is completed without it; a duplicate gets no stored result.`,
  );
  return undefined;
}

function reportUnvisited(attempt: Attempt): void {
  const unvisited = Object.keys(attempt.won.steps).filter(
    (name) => !attempt.names.has(name) && !withinVisited(name, attempt.names),
  );
  if (unvisited.length > 0)
    warn(
      attempt,
      "steps-not-visited",
      `An earlier attempt made the effects ${unvisited.map((name) => `"${name}"`).join(", ")}, and this one did not come by. ` +
        "If the handler was changed, keep the names of effects that are still in flight.",
    );
}

function contextOf(attempt: Attempt, run: AttemptRun): FullContext {
  const { id, label } = attempt.request;
  return {
    key: label,
    attempt: attempt.won.attempts,
    verdict: attempt.won.verdict,
    signal: attempt.told.signal,
    delivery: run.delivery,
    correlationId: run.correlationId,
    keyFor: (name) => derivedKey(id, attempt.won.generation, name),
    keyed: (name, fn, options) => track(attempt, () => keyed(attempt, name, fn, options)),
    repeatable: (name, fn) => track(attempt, () => repeatable(attempt, name, fn)),
    plain: (name, fn, options) => track(attempt, () => plain(attempt, name, fn, options)),
    transact: (name, fn) => track(attempt, () => transact(attempt, name, fn)),
    commit: (fn) => track(attempt, () => commit(attempt, fn, run.storesResult)),
  };
}
