/** A store in memory, with transactions, whose every rule can be replaced by a wrong one. Unbroken, it passes everything. */

import { decide } from "../../../runtime/src/core/decide.ts";
import { applyRerun, applyResolution } from "../../../runtime/src/core/operate.ts";
import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
  isMine,
} from "../../../runtime/src/core/record.ts";
import { OnceError } from "../../../runtime/src/errors.ts";
import type {
  Claim,
  Committed,
  RecordQuery,
  Store,
  StoredRecord,
  TransactRequest,
} from "@effectively-once/runtime/store";
import type { Subject } from "@effectively-once/testkit/conformance";
import { aged } from "./support.ts";

export const RULES = {
  decide,
  complete: applyCompletion,
  fail: applyFailure,
  release: applyRelease,
  renew: applyRenewal,
  checkpoint: applyCheckpoint,
  resolve: applyResolution,
  rerun: applyRerun,
  lists: (record: StoredRecord, { scope, state, held }: RecordQuery): boolean =>
    (scope === undefined || record.scope === scope) &&
    (state === undefined || record.state === state) &&
    (held === undefined || held === (record.heldAtMs !== undefined)),
  /** What a lost answer to COMMIT is settled by. */
  settle: (record: StoredRecord | undefined, owner: StoredRecord): "committed" | "again" | "fenced" => {
    if (!record || !isMine(record, owner)) return "fenced";
    return record.state === "completed" ? "committed" : "again";
  },
};
export type Rules = typeof RULES;

/** What a transaction body of this store gets. */
export interface MoldTx {
  insert(row: string): void;
  commit(): void;
  refused(): void;
}

export interface World {
  readonly records: Map<string, StoredRecord>;
  readonly rows: string[];
}

export interface Mold {
  readonly rules?: Partial<Rules>;
  /** Replaces whole operations; gets the store that the rules make. */
  readonly wrap?: (store: Store<MoldTx>, world: World) => Partial<Store<MoldTx>>;
  /** Wrong ways of a transaction. */
  readonly transaction?: {
    readonly rowsAtOnce?: boolean;
    readonly unchecked?: boolean;
    readonly ownCommitUnseen?: boolean;
    readonly swallowedUnseen?: boolean;
    readonly endless?: boolean;
    readonly deafToAbort?: boolean;
    readonly recordFirst?: boolean;
    readonly alreadyCompletedIsWritten?: boolean;
    readonly doneStepIsWritten?: boolean;
    readonly intentIsTakenForDone?: boolean;
    readonly valueLost?: boolean;
    readonly wrapsErrors?: boolean;
  };
}

export function moldSubject(name: string, mold: Mold = {}): Subject<MoldTx> {
  const world: World = { records: new Map(), rows: [] };
  const change = (id: string, to: (record: StoredRecord) => StoredRecord): void => {
    const record = world.records.get(id);
    if (record) world.records.set(id, to(record));
  };
  return {
    name,
    store: () => moldStore(world, mold),
    shared: true,
    age: (_store, id, ms) => change(id, (record) => aged(record, ms)),
    setVersion: (_store, id, version) => change(id, (record) => ({ ...record, version })),
    transactions: {
      insert: async (tx, row) => tx.insert(row),
      count: async (row) => world.rows.filter((found) => found === row).length,
      refused: async (tx) => tx.refused(),
      commit: async (tx) => tx.commit(),
      losingCommit: (applied) => moldStore(world, mold, { applied }),
    },
  };
}

function moldStore(world: World, mold: Mold, losing?: { readonly applied: boolean }): Store<MoldTx> {
  const { records } = world;
  const rules: Rules = { ...RULES, ...mold.rules };
  const put = (record: StoredRecord | undefined): void => {
    if (record) records.set(record.id, record);
  };
  const each =
    <Item extends { readonly id: string }, Answer>(
      apply: (found: StoredRecord | undefined, item: Item, nowMs: number) => readonly [Answer, StoredRecord?],
    ) =>
    async (items: readonly Item[]): Promise<readonly Answer[]> =>
      items.map((item) => {
        const [answer, write] = apply(records.get(item.id), item, Date.now());
        put(write);
        return answer;
      });
  const store: Store<MoldTx> = {
    traits: {
      clock: "store",
      transactions: true,
      maxBatch: 1_000,
      maxResultBytes: 65_536,
      durability: "process",
    },
    claim: each((...asked) => {
      const { claim, write } = rules.decide(...asked);
      return [claim, write];
    }),
    complete: each((...asked) => answerOf(rules.complete(...asked))),
    fail: each((...asked) => answerOf(rules.fail(...asked))),
    release: each((...asked) => answerOf(rules.release(...asked))),
    renew: each((...asked) => answerOf(rules.renew(...asked))),
    checkpoint: each((...asked) => answerOf(rules.checkpoint(...asked))),
    transact: transaction(world, rules, mold.transaction ?? {}, losing),
    setup: async () => {},
    check: async () => {},
    close: async () => {},
    read: async (ids) => ids.map((id) => records.get(id)),
    async *list(query) {
      const found = [...records.values()].filter((record) => rules.lists(record, query));
      yield* found.slice(0, query.limit ?? found.length);
    },
    resolve: async (resolution) => {
      const { resolved, write } = rules.resolve(records.get(resolution.id), resolution, Date.now());
      put(write);
      return resolved;
    },
    rerun: async (ids) =>
      ids.map((id) => {
        const write = rules.rerun(records.get(id));
        put(write);
        return write !== undefined;
      }),
    forget: async (ids) => {
      for (const id of ids) records.delete(id);
    },
  };
  return { ...store, ...mold.wrap?.(store, world) };
}

function answerOf<Answer>(result: {
  readonly written: Answer;
  readonly write?: StoredRecord;
}): readonly [Answer, StoredRecord?] {
  return [result.written, result.write];
}

type Wrong = NonNullable<Mold["transaction"]>;

function transaction(
  { records, rows }: World,
  rules: Rules,
  wrong: Wrong,
  losing: { readonly applied: boolean } | undefined,
) {
  return async <T>(request: TransactRequest<T>, body: (tx: MoldTx) => Promise<T>): Promise<Committed<T>> => {
    let lose = losing;
    for (;;) {
      if (request.signal.aborted && !wrong.deafToAbort)
        return { kind: "rolled-back", error: request.signal.reason };
      const state = { live: true, ended: false, doomed: false };
      const pending: string[] = [];
      const tx: MoldTx = {
        insert(row) {
          if (!state.live) throw new Error("this transaction has ended");
          (wrong.rowsAtOnce ? rows : pending).push(row);
        },
        commit() {
          rows.push(...pending.splice(0));
          state.ended = true;
        },
        refused() {
          state.doomed = true;
          throw new Error("syntax error");
        },
      };
      let write: StoredRecord | undefined;
      let value: T;
      try {
        if (wrong.recordFirst) put(records, change(records, rules, request, undefined as T).write);
        value = await bounded(request, wrong, body(tx));
        state.live = false;
        if (state.ended && !wrong.ownCommitUnseen) throw failure("own-transaction-control");
        if (state.doomed && !wrong.swallowedUnseen) throw failure("swallowed-sql-error");
        const again = !wrong.doneStepIsWritten && isStepDone(records, wrong, request, value);
        const result = change(records, rules, request, value);
        write = result.write;
        const written =
          !again &&
          result.written.kind === "written" &&
          (write !== undefined || wrong.alreadyCompletedIsWritten);
        if (!written && !wrong.unchecked && !wrong.recordFirst) return { kind: "fenced" };
      } catch (error) {
        state.live = false;
        return { kind: "rolled-back", error: wrong.wrapsErrors ? new Error("rolled back") : error };
      }
      const applied = lose?.applied ?? true;
      if (applied) {
        put(records, write);
        if (!state.doomed) rows.push(...pending);
      }
      if (lose) {
        lose = undefined;
        const found = records.get(request.owner.id);
        const settled = rules.settle(found, { ...found, ...request.owner } as StoredRecord);
        if (settled === "again") continue;
        if (settled === "fenced") return { kind: "fenced" };
        if (!applied) put(records, write);
      }
      return { kind: "committed", value: wrong.valueLost ? (undefined as T) : value };
    }
  };
}

function put(records: Map<string, StoredRecord>, record: StoredRecord | undefined): void {
  if (record) records.set(record.id, record);
}

function change<T>(
  records: ReadonlyMap<string, StoredRecord>,
  rules: Rules,
  request: TransactRequest<T>,
  value: T,
): ReturnType<Rules["complete"]> {
  const asked = request.change(value);
  const item = { ...request.owner, retentionMs: request.retentionMs };
  const found = records.get(item.id);
  return "complete" in asked
    ? rules.complete(found, { ...item, result: asked.complete.result }, Date.now())
    : rules.checkpoint(found, { ...item, change: asked }, Date.now());
}

/** Whether a step that the transaction sets is there already: then its rows are too. */
function isStepDone<T>(
  records: ReadonlyMap<string, StoredRecord>,
  wrong: Wrong,
  request: TransactRequest<T>,
  value: T,
): boolean {
  const asked = request.change(value);
  const steps = records.get(request.owner.id)?.steps ?? {};
  const isDone = (name: string): boolean =>
    wrong.intentIsTakenForDone ? Object.hasOwn(steps, name) : steps[name]?.state === "done";
  return "set" in asked && Object.keys(asked.set ?? {}).some(isDone);
}

async function bounded<T>(request: TransactRequest<T>, wrong: Wrong, running: Promise<T>): Promise<T> {
  const { signal, timeLimitMs } = request;
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => {};
  const over = new Promise<never>((_resolve, reject) => {
    // A broken store that waits for ever would hang the suite; this one gives up late, and as if all were well.
    const late = wrong.endless
      ? () => reject(new Error("hung"))
      : () => reject(failure("transaction-timeout"));
    timer = setTimeout(late, wrong.endless ? 200 : timeLimitMs);
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  over.catch(() => {});
  running.catch(() => {});
  try {
    return await Promise.race([running, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function failure(code: "own-transaction-control" | "swallowed-sql-error" | "transaction-timeout"): OnceError {
  return new OnceError(code, `the mold says ${code}`);
}

/** An answer that a store gives when it could not do it. */
export function errorAnswer(): Claim & { readonly kind: "error" } {
  return { kind: "error", error: new OnceError("store-error", "the whole batch was refused") };
}
