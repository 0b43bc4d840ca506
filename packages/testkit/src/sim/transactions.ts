/** The rows of a body and its record, together or not at all, and what a lost answer to COMMIT is settled by (P8). */

import type { Committed, Owner, StoredRecord, TransactRequest } from "@effectively-once/runtime/store";
import type { Environment } from "./environment.ts";
import { AFTER, BEFORE, failure, type Faults, LATE_MS, STORE_FAULTS } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

export interface SimTx {
  /** @returns the row. */
  insert(work: string, name: string): string;
}

export interface TransactionWorld {
  readonly world: World;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly records: ReadonlyMap<string, StoredRecord>;
  /** The fenced write, under the conditions of every write; whether it changed the record. */
  readonly write: (owner: Owner, change: Change) => boolean;
}

type Change = ReturnType<TransactRequest<unknown>["change"]>;
type Settled = "committed" | "fenced" | "again" | "unsettled";

interface Sent {
  readonly owner: Owner;
  readonly change: Change;
  readonly rows: readonly { readonly work: string; readonly name: string }[];
  /** Still on its way: a read that waits for it would wait longer than a transaction may take. */
  pending: boolean;
}

/** How often a body runs that was found not committed. */
const TRIES = 3;

export async function transact<T>(
  environment: Environment,
  options: TransactionWorld,
  request: TransactRequest<T>,
  body: (tx: SimTx) => Promise<T>,
): Promise<Committed<T>> {
  for (let tries = 1; ; tries += 1) {
    const rows: { readonly work: string; readonly name: string }[] = [];
    let value: T;
    let change: Change;
    try {
      value = await body({
        insert: (work, name) => {
          rows.push({ work, name });
          return `row of ${work}/${name}`;
        },
      });
      change = request.change(value);
    } catch (error) {
      return { kind: "rolled-back", error };
    }
    if (request.signal.aborted) return { kind: "rolled-back", error: request.signal.reason };
    const sent: Sent = { owner: request.owner, change, rows, pending: false };
    const answered = await commit(environment, options, sent);
    if (answered === "rolled back") return { kind: "rolled-back", error: failure() };
    const known = answered === "unknown" ? await settle(environment, options, sent) : answered;
    if (known === "committed") return { kind: "committed", value };
    if (known === "fenced") return { kind: "fenced" };
    if (known === "unsettled" || tries === TRIES) return { kind: "unsettled", error: failure() };
  }
}

function commit(
  environment: Environment,
  options: TransactionWorld,
  sent: Sent,
): Promise<"committed" | "fenced" | "rolled back" | "unknown"> {
  const { faults, world } = options;
  const fault = faults.at(STORE_FAULTS);
  const says = `commit: ${fault}`;
  const late = (): string => `late commit ${JSON.stringify(sent)}`;
  return environment.asks<"committed" | "fenced" | "rolled back" | "unknown">({
    says,
    what: () => `${says} ${JSON.stringify(sent)}`,
    before: BEFORE[fault],
    happens: () => {
      const noted = (text: string): void =>
        environment.note(
          `commit ${sent.owner.id.slice(0, 4)}: ${text}${fault === "none" ? "" : `, ${fault}`}`,
        );
      // A serialisation failure is known for one; a connection that is cut leaves open what became of COMMIT.
      if (fault === "some items failed, some written") {
        noted("rolled back");
        return { says, value: "rolled back" };
      }
      if (fault === "store failed, nothing written") {
        noted("not done");
        return { says, value: "unknown" };
      }
      if (fault === "answered with an error, and written later") {
        noted("on its way");
        sent.pending = true;
        world.in(
          faults.span(LATE_MS),
          undefined,
          () => {
            sent.pending = false;
            environment.note(`a late commit: ${applied(options, sent)}`);
          },
          late,
        );
        return { says, value: "unknown" };
      }
      const value = applied(options, sent);
      noted(value);
      if (fault === "written, and a copy arrives later")
        world.in(
          faults.span(LATE_MS),
          undefined,
          () => environment.note(`a late copy of a commit: ${applied(options, sent)}`),
          late,
        );
      if (fault === "written, answer lost") return { says, value: "unknown" };
      const after = AFTER[fault];
      const afterMs = fault === "written, answer late" ? faults.span(LATE_MS.slice(0, 2)) : 1;
      return after ? { says, value, after } : { says, value, afterMs };
    },
  });
}

/** Everything in one moment. A copy finds its step done: that, and no token of a request, is what keeps it out. */
function applied({ records, write, ledger }: TransactionWorld, sent: Sent): "committed" | "fenced" {
  const { owner, change, rows } = sent;
  const found = records.get(owner.id);
  if (found?.state !== "claimed" || isDone(found, change)) return "fenced";
  if (!write(owner, change)) return "fenced";
  for (const { work, name } of rows) ledger.rows(work, [name]);
  return "committed";
}

function isDone({ state, steps }: StoredRecord, change: Change): boolean {
  if ("complete" in change) return state === "completed";
  return Object.keys(change.set ?? {}).some((name) => steps[name]?.state === "done");
}

/** A locking read of the record, asked twice. */
async function settle(environment: Environment, options: TransactionWorld, sent: Sent): Promise<Settled> {
  for (let tries = 1; ; tries += 1) {
    const fault = options.faults.at(STORE_FAULTS);
    const unanswered =
      fault === "store failed, nothing written" ||
      fault === "some items failed, some written" ||
      fault === "written, answer lost" ||
      fault === "answered with an error, and written later";
    const says = `settle: ${fault}`;
    const settled = await environment.asks<Settled>({
      says,
      before: BEFORE[fault],
      happens: () => {
        const value = unanswered || sent.pending ? "unsettled" : read(options, sent);
        environment.note(
          `settle ${sent.owner.id.slice(0, 4)}: ${value}${fault === "none" ? "" : `, ${fault}`}`,
        );
        const after = AFTER[fault];
        return after ? { says, value, after } : { says, value };
      },
    });
    if (settled !== "unsettled" || tries === 2) return settled;
  }
}

function read({ records }: TransactionWorld, { owner, change }: Sent): Settled {
  const found = records.get(owner.id);
  if (!found || found.token !== owner.token || found.fence !== owner.fence) return "fenced";
  if (isDone(found, change)) return "committed";
  return found.state === "claimed" ? "again" : "fenced";
}
