/** TransactWriteItems sent once, and what its answer says. */

import { OnceError } from "../../errors.ts";
import type { StoredRecord } from "../../store.ts";
import { Stop } from "../shared/limit.ts";
import type { Commit } from "./commit.ts";
import {
  codeMeaning,
  dynamoError,
  isRefusal,
  meaningOf,
  nameOf,
  type Place,
  says,
  statementError,
} from "./errors.ts";
import { dynamodbSchema } from "./schema.ts";
import type { Item } from "./transport.ts";
import type { Action } from "./tx.ts";
import type { Records } from "./write.ts";

/** One request, and what it makes of the record that it is conditional on. Sent again it is the same, token and all. */
export interface Sent {
  readonly seen: StoredRecord;
  readonly write: StoredRecord;
  readonly input: object;
}

export type CommitAnswer =
  | { readonly kind: "done"; readonly maybeDone: false }
  /** `freshToken`: it was cancelled, and a request with the same token might be answered the same. */
  | { readonly kind: "again"; readonly freshToken: boolean; readonly maybeDone: boolean }
  /**
   * Without an `error` it was the record's own condition that did not hold; `item` is what stands there, where the
   * server said so. With one, something else of the transaction is wrong.
   */
  | {
      readonly kind: "refused";
      readonly item?: Item | undefined;
      readonly error?: OnceError | undefined;
      readonly maybeDone: boolean;
    };

interface Reason {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
  readonly Item?: Item | undefined;
}

export async function sendTransaction<T>(
  records: Records,
  input: object,
  { limit, actions }: Commit<T>,
): Promise<CommitAnswer> {
  const controller = new AbortController();
  const stopped = limit.reached.then((): never => {
    controller.abort();
    throw new Stop(limit.error);
  });
  stopped.catch(() => {});
  const sending = records.transport.send("TransactWriteItems", input, controller.signal);
  sending.catch(() => {});
  try {
    await Promise.race([sending, stopped]);
    return { kind: "done", maybeDone: false };
  } catch (error) {
    if (error instanceof Stop) return { kind: "again", freshToken: false, maybeDone: true };
    return answerTo(error, actions, records.place);
  }
}

function answerTo(error: unknown, actions: readonly Action[], place: Place): CommitAnswer {
  // The SDK may have sent it several times, and this is the answer to the last.
  const maybeDone = triesOf(error) > 1;
  const name = nameOf(error);
  if (name === "TransactionCanceledException") return cancelled(error, actions, place, maybeDone);
  // Nobody else makes our tokens: a copy that was changed on its way, at worst. The record knows.
  if (name === "IdempotentParameterMismatchException") return { kind: "refused", maybeDone: true };
  switch (meaningOf(error)) {
    case "throttled":
    case "conflict":
      return { kind: "again", freshToken: false, maybeDone };
    case "unknown":
      return { kind: "again", freshToken: false, maybeDone: true };
    default:
      return { kind: "refused", error: wholeError(error, actions, place), maybeDone };
  }
}

function cancelled(
  error: unknown,
  actions: readonly Action[],
  place: Place,
  maybeDone: boolean,
): CommitAnswer {
  const reasons = reasonsOf(error);
  const own = reasons[actions.length];
  if (isRefusal(own?.Code)) return { kind: "refused", item: own?.Item, maybeDone };
  const failed = [...reasons.entries()].filter(([, reason]) => isFinal(reason.Code));
  // A transaction is cancelled for a conflict or for want of capacity too, and then may pass in a moment.
  if (failed.length === 0) return { kind: "again", freshToken: true, maybeDone };
  return { kind: "refused", error: actionsFailed(failed, actions, place, error), maybeDone };
}

function reasonsOf(error: unknown): readonly Reason[] {
  if (typeof error !== "object" || error === null || !("CancellationReasons" in error)) return [];
  return Array.isArray(error.CancellationReasons) ? (error.CancellationReasons as readonly Reason[]) : [];
}

function isFinal(code: string | undefined): boolean {
  if (code === undefined || code === "None") return false;
  const meaning = codeMeaning(code);
  return meaning === "refused" || meaning === "invalid";
}

function actionsFailed(
  failed: readonly (readonly [number, Reason])[],
  actions: readonly Action[],
  place: Place,
  cause: unknown,
): OnceError {
  const own = failed.find(([index]) => index === actions.length)?.[1];
  if (own) return statementError(own.Code ?? "", own.Message ?? "", place, cause);
  const said = failed.map(([index, { Code, Message }]) => {
    const action = actions[index];
    const what = `action ${index + 1} (${action?.kind ?? "?"} on "${action?.table ?? "?"}")`;
    return isRefusal(Code)
      ? `the condition of ${what} did not hold`
      : `${what} was refused (${Code}: ${Message ?? ""})`;
  });
  const conditions = failed.every(([, { Code }]) => isRefusal(Code));
  return new OnceError(
    conditions ? "condition-failed" : "store-error",
    `Nothing was committed: ${said.join("; ")}. The reasons, one for each action in order, are in the cause's CancellationReasons.`,
    { cause },
  );
}

/** Errors of the whole request, which may be about any of its tables. */
function wholeError(error: unknown, actions: readonly Action[], place: Place): OnceError {
  const name = nameOf(error);
  const tables = [...new Set([...actions.map(({ table }) => table), place.table])].map(
    (table) => `"${table}"`,
  );
  if (name === "ResourceNotFoundException" && actions.length > 0)
    return new OnceError(
      "table-missing",
      `One of the tables of this transaction (${tables.join(", ")}) does not exist in ${place.target} (${says(error)}). Create it, or check the client's account and region.`,
      { cause: error },
    );
  if (name === "AccessDeniedException" && actions.length > 0)
    return new OnceError(
      "store-permission",
      `DynamoDB refused the transaction (${says(error)}). Allow ${dynamodbSchema.actions.transactions.join(", ")} on "${place.table}", and ` +
        `${dynamodbSchema.actions.ownTables.join(", ")}, as far as the body asks for them, on your own tables.`,
      { cause: error },
    );
  if (name === "ValidationException" && !/exceed/i.test(says(error)))
    return new OnceError(
      "store-error",
      `DynamoDB takes an action of the transaction for an error: ${says(error)}. No two actions may touch one item, and expressions and keys must fit their tables.`,
      { cause: error },
    );
  return dynamoError(error, place);
}

function triesOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return 1;
  const metadata = error.$metadata as { readonly attempts?: unknown } | undefined;
  return typeof metadata?.attempts === "number" ? metadata.attempts : 1;
}
