/** `transact` and `commit`: the caller's rows and the record in one transaction (`docs/protocol.md`, P8). */

import { OnceError } from "../errors.ts";
import type { Committed, TransactRequest } from "../store.ts";
import type { Stored } from "../types.ts";
import { type Attempt, fencedError } from "./attempt.ts";
import { insideTransaction } from "./settings.ts";
import { restore, storable } from "./values.ts";
import { checkOpen, ensureLease, enter } from "./verbs.ts";

export async function transact<T, Tx>(
  attempt: Attempt,
  name: string,
  fn: (tx: Tx) => Promise<T>,
): Promise<Stored<T>> {
  const remembered = enter(attempt, "transact", name);
  if (remembered?.state === "done") return restore(remembered.value) as Stored<T>;
  let json: string | undefined;
  const committed = await run<T, Tx>(attempt, fn, (value) => {
    json = mustStore(attempt, `The result of transact("${name}")`, value);
    return { set: { [name]: { kind: "transact", state: "done", atMs: attempt.storeNowMs(), value: json } } };
  });
  if (committed.kind === "rolled-back") attempt.names.delete(name);
  else if (committed.kind === "committed") attempt.names.set(name, "done");
  settled(attempt, committed);
  return restore(json) as Stored<T>;
}

export async function commit<T, Tx>(
  attempt: Attempt,
  fn: (tx: Tx) => Promise<T>,
  storesResult: boolean,
): Promise<T> {
  if (attempt.commit !== "none")
    throw new OnceError(
      "commit-twice",
      "commit was called a second time. It ends the message: put all rows into one commit, or use transact before it.",
    );
  checkOpen(attempt, "commit");
  attempt.commit = "pending";
  try {
    await siblings(attempt);
    const committed = await run<T, Tx>(attempt, fn, (value) => ({
      complete: { result: storesResult ? mustStore(attempt, "The result of commit", value) : undefined },
    }));
    const value = settled(attempt, committed);
    attempt.commit = "done";
    return value;
  } finally {
    if (attempt.commit === "pending") attempt.commit = "failed";
  }
}

/**
 * What was begun beside the commit must have ended before it: a commit ends the message, and an effect that a crash
 * then cuts off would never be made.
 */
async function siblings(attempt: Attempt): Promise<void> {
  const results = await Promise.allSettled([...attempt.pending]);
  const failed = results.find((result) => result.status === "rejected");
  if (attempt.refused) throw attempt.refused;
  if (failed)
    throw new OnceError(
      "commit-failed",
      "An effect that was begun beside commit has failed, so nothing was committed. Await the effects before commit, and handle their errors there.",
      { retryable: true, cause: failed.reason },
    );
}

async function run<T, Tx>(
  attempt: Attempt,
  fn: (tx: Tx) => Promise<T>,
  change: TransactRequest<T>["change"],
): Promise<Committed<T>> {
  const { session } = attempt;
  const { store, transactionMs } = session.settings;
  if (!store.transact)
    throw new OnceError(
      "invalid-option",
      "This store has no transactions, so there is no transact and no commit. Use keyed or plain, or a SQL store.",
    );
  const timeLimitMs = Math.max(1, Math.min(transactionMs, session.workLeftMs()));
  await ensureLease(attempt, timeLimitMs);
  attempt.transactions += 1;
  try {
    return await store.transact<T>(
      {
        owner: attempt.owner,
        retentionMs: session.settings.retentionMs,
        change,
        timeLimitMs,
        signal: attempt.cut.signal,
      },
      (tx) => insideTransaction.run(attempt, () => fn(tx as Tx)),
    );
  } finally {
    attempt.transactions -= 1;
  }
}

function settled<T>(attempt: Attempt, committed: Committed<T>): T {
  switch (committed.kind) {
    case "committed":
      return committed.value;
    case "rolled-back":
      throw committed.error;
    case "unsettled":
      throw attempt.refuse(committed.error);
    case "fenced": {
      const error = fencedError(attempt.request.label);
      attempt.lose(error);
      throw error;
    }
  }
}

/** Checked before COMMIT: rows whose memory could not be written would be written again. */
function mustStore(attempt: Attempt, what: string, value: unknown): string | undefined {
  const stored = storable(what, value, attempt.session.settings.store.traits.maxResultBytes);
  if (!stored.ok) throw stored.error;
  return stored.json;
}
