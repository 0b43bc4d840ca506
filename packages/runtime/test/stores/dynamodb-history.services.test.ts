/** Random histories of a few keys: what two stores on one table answer is what the state machine in memory answers. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Owner, Step, Store, StoredRecord } from "../../src/store.ts";
import { dynamodbStore, type DynamoTx } from "../../src/stores/dynamodb/index.ts";
import { memoryStore } from "../../src/stores/memory/index.ts";
import {
  ask,
  type Bench,
  commitOf,
  freshId,
  kindOf,
  retentionMs,
  setAttribute,
  startBench,
} from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
let bench: Bench;

const key = fc.nat(1);
const token = fc.constantFrom("a", "b", "c");
const fence = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  { kind: "plain", state: "intent", atMs: 1, open: true },
  { kind: "keyed", state: "intent", atMs: 2 },
  { kind: "plain", state: "done", atMs: 3, value: '"v"' },
  { kind: "keyed", state: "done", atMs: 4 },
);
const names = fc.constantFrom("x", "y", "__proto__");
const clear = fc.subarray(["x", "y"]);
const change = fc.record({ set: fc.dictionary(names, step, { maxKeys: 2 }), clear });
/** A transact is known again by its step, so it has one. */
const committable = fc.record({ set: fc.dictionary(names, step, { minKeys: 1, maxKeys: 2 }), clear });
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("claim" as const), key, token, noTakeover: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lapse" as const), key }) },
  fc.record({
    do: fc.constantFrom("complete" as const, "renew" as const, "release" as const),
    key,
    token,
    fence,
  }),
  fc.record({ do: fc.constantFrom("fail" as const, "checkpoint" as const), key, token, fence, change }),
  fc.record({
    do: fc.constant("commit" as const),
    key,
    token,
    fence,
    change: fc.option(committable, { nil: undefined }),
  }),
  fc.record({ do: fc.constantFrom("rerun" as const, "forget" as const), key }),
  fc.record({
    do: fc.constant("resolve" as const),
    key,
    step: fc.constantFrom("x", "y"),
    done: fc.boolean(),
  }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

async function run(store: Store<DynamoTx> | Store, ids: readonly string[], asked: Command): Promise<unknown> {
  const id = ids[asked.key] ?? "";
  const owner = (who: { token: string; fence: number }): Owner => ({
    id,
    token: `${who.token}-${id}`,
    fence: who.fence,
  });
  switch (asked.do) {
    case "claim": {
      const request = ask(id, { token: `${asked.token}-${id}`, noTakeover: asked.noTakeover });
      const [claim] = await store.claim([request]);
      const { steps, fence: won, attempts, generation } = claim as unknown as Record<string, unknown>;
      return [kindOf(claim), steps, won, attempts, generation];
    }
    case "complete":
      return (await store.complete([{ ...owner(asked), retentionMs, result: '"r"' }]))[0]?.kind;
    case "renew":
      return (await store.renew([{ ...owner(asked), retentionMs, leaseMs: 60_000 }]))[0]?.kind;
    case "release":
      return (await store.release([{ id, token: owner(asked).token, retentionMs }]))[0]?.kind;
    case "fail":
      return (await store.fail([{ ...owner(asked), retentionMs, change: asked.change }]))[0]?.kind;
    case "checkpoint":
      return (await store.checkpoint([{ ...owner(asked), retentionMs, change: asked.change }]))[0]?.kind;
    case "rerun":
      return await store.rerun([id]);
    case "forget":
      return await store.forget([id]);
    case "resolve":
      return (
        await store.resolve({
          id,
          step: asked.step,
          as: asked.done ? { done: true } : { done: false },
          force: true,
        })
      ).kind;
    default:
      return undefined;
  }
}

describe("histories on DynamoDB", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint);
  });
  afterAll(() => bench.close());

  it("P2 · P4 · P8 · every answer and every record is what the state machine says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(command, fc.boolean()), { minLength: 4, maxLength: 24 }),
        async (history) => {
          const model = memoryStore();
          const stores = [bench.store, dynamodbStore({ tableName: bench.table, client: bench.client })];
          const ids = [freshId(), freshId()];
          for (const [asked, other] of history) {
            const store = stores[other ? 1 : 0] ?? bench.store;
            const id = ids[asked.key] ?? "";
            if (asked.do === "lapse") {
              const found = model.records.get(id);
              if (!found) continue;
              (model.records as Map<string, StoredRecord>).set(id, { ...found, leaseUntilMs: 1 });
              await setAttribute(bench.client, bench.table, id, "lease_until_ms", { N: "1" });
              continue;
            }
            if (asked.do === "commit") await commit(model, store, id, asked);
            else
              expect(await run(store, ids, asked), JSON.stringify(asked)).toEqual(
                await run(model, ids, asked),
              );
            const [ours] = await store.read([id]);
            const theirs = model.records.get(id);
            expect(rough(ours), JSON.stringify(asked)).toEqual(rough(theirs));
            // A claim is written once more when the server's date was found to lag, as it does on a stalled machine.
            expect(ours?.rev ?? 0).toBeGreaterThanOrEqual(theirs?.rev ?? 0);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Memory has no transactions: a commit that is written is a completion or a checkpoint that is. */
async function commit(
  model: ReturnType<typeof memoryStore>,
  store: Store<DynamoTx>,
  id: string,
  asked: Extract<Command, { do: "commit" }>,
): Promise<void> {
  const owner = { id, token: `${asked.token}-${id}`, fence: asked.fence };
  const before = model.records.get(id);
  const names = Object.keys(asked.change?.set ?? {});
  const again = names.some(
    (name) => Object.hasOwn(before?.steps ?? {}, name) && before?.steps[name]?.state === "done",
  );
  const change = asked.change ?? { complete: {} };
  const committed = await store.transact?.(commitOf(owner, { change: () => change }), async () => {});
  const mine = before?.token === owner.token && before.fence === owner.fence && before.state === "claimed";
  expect(committed?.kind).toBe(mine && !again ? "committed" : "fenced");
  if (committed?.kind !== "committed") return;
  if (asked.change) await model.checkpoint([{ ...owner, retentionMs, change: asked.change }]);
  else await model.complete([{ ...owner, retentionMs }]);
}

/** Without what the clocks say, and the count of writes. */
function rough(record: StoredRecord | undefined) {
  if (!record) return undefined;
  const {
    leaseUntilMs: _l,
    runUntilMs: _r,
    firstAttemptAtMs: _f,
    expiresAtMs,
    heldAtMs,
    rev: _rev,
    steps,
    ...rest
  } = record;
  const named = Object.entries(steps)
    .map(([name, { atMs: _at, ...one }]) => [name, { ...one, value: one.value }])
    .sort();
  return { ...rest, steps: named, expires: expiresAtMs !== undefined, held: heldAtMs !== undefined };
}
