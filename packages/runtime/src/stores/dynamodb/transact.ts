/** The caller's items and the record in one TransactWriteItems. */

import type { Committed, StoredRecord, TransactRequest } from "../../store.ts";
import { Limit, Stop } from "../shared/limit.ts";
import { sendTransaction, type Sent } from "./commit-answer.ts";
import { type Commit, look, plan, type Plan, settle, verdict } from "./commit.ts";
import { dynamoError } from "./errors.ts";
import { fromItem } from "./item.ts";
import { pause } from "./send.ts";
import { updateAction } from "./statements.ts";
import { Actions, type DynamoTx } from "./tx.ts";
import type { Records } from "./write.ts";

export async function transact<T>(
  records: Records,
  request: TransactRequest<T>,
  body: (tx: DynamoTx) => Promise<T>,
): Promise<Committed<T>> {
  const limit = new Limit(records.clock, request.timeLimitMs, request.signal);
  try {
    const work = await collected(request, body, limit);
    return "kind" in work ? work : await commit(records, work);
  } finally {
    limit.end();
  }
}

/** Runs the body and takes what it asks for. Nothing has been sent yet, so whatever is thrown here rolls back. */
async function collected<T>(
  request: TransactRequest<T>,
  body: (tx: DynamoTx) => Promise<T>,
  limit: Limit,
): Promise<Commit<T> | { readonly kind: "rolled-back"; readonly error: unknown }> {
  if (limit.over) return rolledBack(limit.error);
  const actions = new Actions();
  try {
    const value = await within(limit, body(actions.tx));
    return { request, change: request.change(value), value, actions: actions.end(), limit };
  } catch (error) {
    return rolledBack(error instanceof Stop ? error.error : error);
  } finally {
    actions.end();
  }
}

async function within<T>(limit: Limit, running: Promise<T>): Promise<T> {
  // A body that is told to stop may reject later, when nobody listens any more.
  running.catch(() => {});
  const reached = limit.reached.then((): never => {
    throw new Stop(limit.error);
  });
  reached.catch(() => {});
  return await Promise.race([running, reached]);
}

function rolledBack(error: unknown): { readonly kind: "rolled-back"; readonly error: unknown } {
  return { kind: "rolled-back", error };
}

/**
 * Sends until the outcome is known. The record's part is conditional on the revision that was seen, so a copy that
 * arrives late, with its ClientRequestToken long forgotten, changes nothing (D-19). And it goes with the caller's items
 * or not at all: sending the whole again never completes a record without them.
 */
async function commit<T>(records: Records, work: Commit<T>): Promise<Committed<T>> {
  const { limit, request, value } = work;
  const { id, token } = request.owner;
  const plans: StoredRecord[] = [];
  let seen: StoredRecord | undefined = records.known.get(id, token);
  let sent: Sent | undefined;
  /** A copy of what was sent on the revision seen may have been applied, or still be on its way. */
  let lost = false;
  for (let tries = 1; ; tries += 1) {
    if (limit.over) return lost ? await settle(records, work, plans) : rolledBack(limit.error);
    if (!sent) {
      let planned: Plan<T>;
      try {
        seen ??= await look(records, id);
        planned = plan(seen, work, records.now.nowMs());
      } catch (error) {
        return rolledBack(dynamoError(error, records.place));
      }
      if (planned.kind !== "write") return planned;
      plans.push(planned.write);
      sent = newSent(records, work, planned.seen, planned.write);
    }
    const answer = await sendTransaction(records, sent.input, work);
    lost ||= answer.maybeDone;
    if (answer.kind === "done") {
      records.known.put(sent.write);
      return { kind: "committed", value };
    }
    if (answer.kind === "again") {
      if (answer.freshToken) sent = newSent(records, work, sent.seen, sent.write);
    } else {
      // Some condition did not hold: perhaps because this very transaction was committed, and its answer was lost.
      let found: StoredRecord | undefined;
      try {
        found = answer.item ? fromItem(answer.item) : await look(records, id);
      } catch (error) {
        return lost ? await settle(records, work, plans) : rolledBack(answer.error ?? error);
      }
      const known = verdict(found, work, plans);
      if (known) return known;
      if (answer.error) return rolledBack(answer.error);
      // The record is still ours, and has changed: a doubt was met, a beat came between. Every copy is void by that.
      if (found?.rev !== sent.seen.rev) lost = false;
      seen = found;
      sent = undefined;
    }
    if (!limit.over) await pause(records, tries, request.signal);
  }
}

function newSent<T>(records: Records, work: Commit<T>, seen: StoredRecord, write: StoredRecord): Sent {
  const input = {
    ClientRequestToken: records.random.token(),
    // The record comes last, so that the reasons of a cancellation count as the body counted its actions.
    TransactItems: [...work.actions.map(({ item }) => item), updateAction(records.place.table, seen, write)],
  };
  return { seen, write, input };
}
