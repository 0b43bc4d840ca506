import { type TransactWriteItemsCommandInput, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { OnceError } from "../../src/errors.ts";
import type { Committed, Owner, Step } from "../../src/store.ts";
import type { DynamoTx } from "../../src/stores/dynamodb/index.ts";
import {
  ask,
  type Asked,
  awsError,
  type Bench,
  commitOf,
  type Fault,
  freshId,
  kindOf,
  lapse,
  ownTable,
  patientClock,
  rawItem,
  retentionMs,
  startBench,
  win,
} from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
const send = "TransactWriteItems";
let bench: Bench;
let rows = "";

describe("transactions on DynamoDB", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint, patientClock());
    rows = await ownTable(bench.client);
  });
  beforeEach(() => {
    bench.proxy.fault = undefined;
    bench.proxy.asked.length = 0;
  });
  afterAll(() => bench.close());

  const row = (pk: string) => rawItem(bench.client, rows, { pk });
  const record = async (id: string) => (await bench.store.read([id]))[0];
  const revision = async ({ id }: Owner): Promise<number> =>
    Number((await rawItem(bench.client, bench.table, { id }))?.["rev"]?.N);
  const sends = () => bench.proxy.counts()[send] ?? 0;
  const count = (owner: Owner) => (tx: DynamoTx) =>
    Promise.resolve(
      tx.update({
        TableName: rows,
        Key: { pk: owner.id },
        UpdateExpression: "ADD #n :one",
        ExpressionAttributeNames: { "#n": "n" },
        ExpressionAttributeValues: { ":one": 1 },
      }),
    );
  const counted = async (owner: Owner) => (await row(owner.id))?.["n"]?.N;
  const memo = (value = '"m"'): Step => ({ kind: "transact", state: "done", atMs: Date.now(), value });
  const step = (name = "order", made = memo()) => ({ change: () => ({ set: { [name]: made } }) });
  const firstSend = (fault: Fault) => (asked: Asked) =>
    asked.operation === send && asked.index === 0 ? fault : undefined;
  const failing = (committed: Committed<unknown> | undefined): OnceError => {
    if (committed?.kind !== "rolled-back" && committed?.kind !== "unsettled")
      throw new Error(`${committed?.kind} and not rolled back`);
    return committed.error as OnceError;
  };

  it("D-05 · P8 · refuses a change without a step: a lost answer to it could not be settled", async () => {
    const owner = await win(bench.store);
    const committed = await bench.store.transact?.(
      commitOf(owner, { change: () => ({ set: {} }) }),
      count(owner),
    );
    expect(failing(committed)).toMatchObject({ code: "invalid-option", retryable: false });
    expect(await counted(owner)).toBeUndefined();
  });

  it("put, update, delete and check with plain values commit together with the record", async () => {
    const owner = await win(bench.watched);
    const pk = (name: string) => `${name}-${owner.id}`;
    await bench.store.transact?.(commitOf(await win(bench.store)), async (tx) => {
      tx.put({ TableName: rows, Item: { pk: pk("stock"), left: 3 } });
      tx.put({ TableName: rows, Item: { pk: pk("cart"), full: true } });
    });

    const committed = await bench.watched.transact?.(
      commitOf(owner, { change: (value) => ({ complete: { result: JSON.stringify(value) } }) }),
      async (tx) => {
        tx.put({
          TableName: rows,
          Item: { pk: pk("order"), lines: [{ sku: "a", n: 2n }], tags: new Set(["x"]), note: undefined },
          ConditionExpression: "attribute_not_exists(pk)",
        });
        tx.update({
          TableName: rows,
          Key: { pk: pk("stock") },
          UpdateExpression: "SET #left = #left - :n",
          ConditionExpression: "#left >= :n",
          ExpressionAttributeNames: { "#left": "left" },
          ExpressionAttributeValues: { ":n": 2 },
        });
        tx.delete({ TableName: rows, Key: { pk: pk("cart") } });
        tx.check({
          TableName: rows,
          Key: { pk: pk("ban") },
          ConditionExpression: "attribute_not_exists(pk)",
        });
        return { order: 1 };
      },
    );

    expect(committed).toEqual({ kind: "committed", value: { order: 1 } });
    expect(await row(pk("order"))).toEqual({
      pk: { S: pk("order") },
      lines: { L: [{ M: { sku: { S: "a" }, n: { N: "2" } } }] },
      tags: { SS: ["x"] },
    });
    expect(await row(pk("stock"))).toMatchObject({ left: { N: "1" } });
    expect(await row(pk("cart"))).toBeUndefined();
    expect(await record(owner.id)).toMatchObject({ state: "completed", result: '{"order":1}', steps: {} });
    expect(bench.proxy.counts()).toEqual({ BatchExecuteStatement: 1, [send]: 1 });
  });

  it("a condition of the body's own that does not hold commits nothing, and the error names its action", async () => {
    const owner = await win(bench.store);
    const body = async (tx: DynamoTx) => {
      tx.put({ TableName: rows, Item: { pk: `kept-${owner.id}` } });
      tx.check({ TableName: rows, Key: { pk: "nobody" }, ConditionExpression: "attribute_exists(pk)" });
    };

    const committed = await bench.store.transact?.(commitOf(owner), body);

    expect(failing(committed)).toMatchObject({
      code: "condition-failed",
      retryable: false,
      message: expect.stringMatching(
        new RegExp(`the condition of action 2 \\(check on "${rows}"\\) did not hold`),
      ),
    });
    expect(await row(`kept-${owner.id}`)).toBeUndefined();
    expect(await record(owner.id)).toMatchObject({ state: "claimed", steps: {} });
    expect(await bench.store.transact?.(commitOf(owner), count(owner))).toMatchObject({ kind: "committed" });
  });

  it("B-08 · a step commits with its rows once: the same step a second time writes no rows", async () => {
    const owner = await win(bench.store);

    const once = await bench.store.transact?.(commitOf(owner, step()), count(owner));
    const twice = await bench.store.transact?.(commitOf(owner, step()), count(owner));
    const other = await bench.store.transact?.(commitOf(owner, step("mail")), count(owner));

    expect([once?.kind, twice?.kind, other?.kind]).toEqual(["committed", "fenced", "committed"]);
    expect(await counted(owner)).toBe("2");
    expect(Object.keys((await record(owner.id))?.steps ?? {}).sort()).toEqual(["mail", "order"]);
  });

  it("C-01 · a superseded attempt is fenced, whatever else is wrong with its transaction", async () => {
    const owner = await win(bench.store);
    await lapse(bench.client, bench.table, owner.id);
    await win(bench.store, ask(owner.id));

    const committed = await bench.store.transact?.(commitOf(owner), async (tx) => {
      await count(owner)(tx);
      tx.check({ TableName: rows, Key: { pk: "nobody" }, ConditionExpression: "attribute_exists(pk)" });
    });

    expect(committed).toEqual({ kind: "fenced" });
    expect(await counted(owner)).toBeUndefined();
  });

  it("a record that its own owner's other writes moved on meanwhile is committed all the same", async () => {
    const request = ask(freshId());
    const owner = await win(bench.watched, request);

    const committed = await bench.watched.transact?.(commitOf(owner), async (tx) => {
      await count(owner)(tx);
      // By another process of the same owner, as a late copy of a beat would.
      await bench.through().renew([{ ...owner, retentionMs, leaseMs: 60_000 }]);
      await bench.through().checkpoint([{ ...owner, retentionMs, change: { set: { a: memo() } } }]);
    });

    expect(committed).toMatchObject({ kind: "committed" });
    expect(await counted(owner)).toBe("1");
    expect(await record(owner.id)).toMatchObject({ state: "completed" });
    expect(sends()).toBe(2);
  });

  describe("D-06 · answers that are lost", () => {
    it.each([
      ["cut-after", 1],
      ["cut-after", 3],
      ["cut-before", 1],
      ["cut-before", 3],
    ] as const)(
      "%s with %d tries of the SDK's own: committed once, the body ran once",
      async (fault, maxAttempts) => {
        for (const more of [{}, step()]) {
          bench.proxy.asked.length = 0;
          bench.proxy.fault = firstSend(fault);
          const store = bench.through({ maxAttempts });
          const owner = await win(store);
          let bodies = 0;

          const committed = await store.transact?.(commitOf(owner, more), async (tx) => {
            bodies += 1;
            await count(owner)(tx);
            return "value";
          });

          expect(committed).toEqual({ kind: "committed", value: "value" });
          expect([bodies, await counted(owner), sends()]).toEqual([1, "1", 2]);
        }
      },
    );

    it("D-19 · a copy that was applied and whose ClientRequestToken is forgotten is recognised by the record", async () => {
      for (const more of [{}, step()]) {
        bench.proxy.asked.length = 0;
        const owner = await win(bench.watched);
        bench.proxy.fault = ({ operation, index }) => {
          if (operation !== send) return undefined;
          return index === 0
            ? "cut-after"
            : { rewrite: (input) => ({ ...input, ClientRequestToken: freshId().slice(0, 32) }) };
        };

        const committed = await bench.watched.transact?.(commitOf(owner, more), async (tx) => {
          await count(owner)(tx);
          tx.put({
            TableName: rows,
            Item: { pk: `once-${owner.id}` },
            ConditionExpression: "attribute_not_exists(pk)",
          });
        });

        expect(committed).toMatchObject({ kind: "committed" });
        expect(await counted(owner)).toBe("1");
      }
    });

    it("a copy that was applied is recognised also when only the body's own condition is said to have failed", async () => {
      const owner = await win(bench.watched);
      bench.proxy.fault = ({ operation, index }) => {
        if (operation !== send) return undefined;
        if (index === 0) return "cut-after";
        const reasons = [{ Code: "ConditionalCheckFailed" }, { Code: "None" }];
        return cancelledFor(reasons);
      };

      const committed = await bench.watched.transact?.(commitOf(owner), async (tx) => {
        tx.put({
          TableName: rows,
          Item: { pk: `once-${owner.id}` },
          ConditionExpression: "attribute_not_exists(pk)",
        });
      });

      expect(committed).toMatchObject({ kind: "committed" });
    });

    it("D-19 · a late copy of a commit, of a step and of one that was given up changes nothing", async () => {
      const owner = await win(bench.watched);
      await bench.watched.transact?.(commitOf(owner, step()), count(owner));
      bench.proxy.fault = ({ operation }) =>
        operation === send ? awsError("ThrottlingException") : undefined;
      const given = await bench.watched.transact?.(
        commitOf(owner, { ...step("late"), timeLimitMs: 60 }),
        count(owner),
      );
      expect(given?.kind).toBe("rolled-back");
      bench.proxy.fault = undefined;
      await bench.watched.transact?.(commitOf(owner), count(owner));
      const copies = bench.proxy.asked.filter(({ operation }) => operation === send);
      expect(copies.length).toBeGreaterThanOrEqual(3);

      for (const { input } of copies) {
        const copy = { ...input, ClientRequestToken: freshId().slice(0, 32) };
        const late = bench.client.send(
          new TransactWriteItemsCommand(copy as unknown as TransactWriteItemsCommandInput),
        );
        await expect(late).rejects.toMatchObject({ name: "TransactionCanceledException" });
      }

      expect(await counted(owner)).toBe("2");
    });

    it("at the time limit a copy still on its way is shut out: rolled back, and nothing of it comes later", async () => {
      const owner = await win(bench.watched);
      let arrive = () => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      bench.proxy.fault = firstSend({ after: arrived });
      const before = await revision(owner);

      const committed = await bench.watched.transact?.(commitOf(owner, { timeLimitMs: 150 }), count(owner));

      expect(failing(committed)).toMatchObject({ code: "transaction-timeout", retryable: true });
      // Onwards: a revision that was there before might be the one that an older copy asks for.
      expect(await revision(owner)).toBe(before + 1);
      arrive();
      await bench.proxy.idle();
      expect(await counted(owner)).toBeUndefined();
      expect(await record(owner.id)).toMatchObject({ state: "claimed", token: owner.token });
      expect(await bench.watched.fail([{ ...owner, retentionMs }])).toEqual([{ kind: "written" }]);
    });

    it("at the time limit a copy that was applied, and whose answer is still on its way, is committed", async () => {
      for (const more of [{}, step()]) {
        bench.proxy.asked.length = 0;
        const owner = await win(bench.watched);
        const controller = new AbortController();
        let goOn = () => {};
        const answered = () => {
          controller.abort(new Error("deadline"));
          return new Promise<void>((resolve) => {
            goOn = resolve;
          });
        };
        bench.proxy.fault = firstSend({ answered });

        const committed = await bench.watched.transact?.(
          commitOf(owner, { ...more, signal: controller.signal }),
          count(owner),
        );

        goOn();
        expect(committed).toMatchObject({ kind: "committed" });
        expect(await counted(owner)).toBe("1");
      }
    });

    it("at the time limit what was applied is committed, although all that came after it was refused", async () => {
      // Without tries of its own: after one the SDK, too, knows that an earlier one may have been done.
      const store = bench.through({ maxAttempts: 1 });
      const owner = await win(store);
      bench.proxy.fault = ({ operation, index }) =>
        operation === send ? (index === 0 ? "cut-after" : awsError("ThrottlingException")) : undefined;

      const committed = await store.transact?.(commitOf(owner, { timeLimitMs: 300 }), count(owner));

      expect(sends()).toBeGreaterThan(1);
      expect(committed).toMatchObject({ kind: "committed" });
      expect(await counted(owner)).toBe("1");
    });

    it("a copy that may be on its way is shut out, whatever refuses the later ones on a record that has not changed", async () => {
      const owner = await win(bench.watched);
      const before = await revision(owner);
      bench.proxy.fault = ({ operation, index }) =>
        operation === send
          ? index === 0
            ? "cut-before"
            : awsError("IdempotentParameterMismatchException")
          : undefined;

      const committed = await bench.watched.transact?.(commitOf(owner, { timeLimitMs: 300 }), count(owner));

      expect(failing(committed)).toMatchObject({ code: "transaction-timeout" });
      expect(await revision(owner)).toBe(before + 1);
    });

    it("the attempt's signal in mid-flight settles it in the same way", async () => {
      const owner = await win(bench.watched);
      const controller = new AbortController();
      bench.proxy.fault = (asked) => {
        if (asked.operation !== send) return undefined;
        controller.abort(new Error("deadline"));
        return "cut-before";
      };

      const committed = await bench.watched.transact?.(
        commitOf(owner, { signal: controller.signal }),
        count(owner),
      );

      expect(failing(committed).message).toBe("deadline");
      expect(await counted(owner)).toBeUndefined();
    });

    it("what cannot be found out is unsettled, and says that the record knows", async () => {
      const owner = await win(bench.watched);
      let sent = false;
      bench.proxy.fault = ({ operation }) => {
        sent ||= operation === send;
        return sent ? "cut-after" : undefined;
      };

      const committed = await bench.watched.transact?.(commitOf(owner, { timeLimitMs: 200 }), count(owner));

      expect(committed?.kind).toBe("unsettled");
      expect(failing(committed)).toMatchObject({ code: "store-error", retryable: true });
      expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["duplicate"]);
      expect(await counted(owner)).toBe("1");
    });
  });

  describe("D-19 · refusals that pass", () => {
    it.each([
      [
        "a conflict on an item of the body",
        cancelledFor([{ Code: "TransactionConflict" }, { Code: "None" }]),
        "another",
      ],
      [
        "a conflict on the record",
        cancelledFor([{ Code: "None" }, { Code: "TransactionConflict" }]),
        "another",
      ],
      ["throttling of one item", cancelledFor([{ Code: "ThrottlingError" }, { Code: "None" }]), "another"],
      [
        "want of capacity",
        cancelledFor([{ Code: "None" }, { Code: "ProvisionedThroughputExceeded", Message: "x" }]),
        "another",
      ],
      ["a copy in progress", awsError("TransactionInProgressException"), "the same"],
      ["throttling of the request", awsError("ThrottlingException"), "the same"],
      ["an error of the server", awsError("InternalServerError", "x", 500), "the same"],
    ] as const)("%s, and the token it is sent again with", async (_what, fault, token) => {
      const owner = await win(bench.watched);
      bench.proxy.asked.length = 0;
      bench.proxy.fault = ({ operation, index }) => (operation === send && index < 2 ? fault : undefined);

      expect(await bench.watched.transact?.(commitOf(owner), count(owner))).toMatchObject({
        kind: "committed",
      });

      expect([await counted(owner), sends()]).toEqual(["1", 3]);
      // What was cancelled might be answered the same under its token; what may have been done is known by it.
      const tokens = bench.proxy.asked.flatMap(({ operation, input }) =>
        operation === send ? [input["ClientRequestToken"]] : [],
      );
      expect(new Set(tokens).size).toBe(token === "another" ? 3 : 1);
    });

    it("a conflict that does not pass is rolled back at the time limit", async () => {
      const owner = await win(bench.watched);
      bench.proxy.fault = ({ operation }) =>
        operation === send ? cancelledFor([{ Code: "TransactionConflict" }, { Code: "None" }]) : undefined;

      const before = await revision(owner);
      const committed = await bench.watched.transact?.(commitOf(owner, { timeLimitMs: 300 }), count(owner));

      expect(failing(committed)).toMatchObject({ code: "transaction-timeout" });
      expect(sends()).toBeLessThan(12);
      // What was cancelled for certain is on no way any more: there is nothing to shut out.
      expect(await revision(owner)).toBe(before);
    });

    it.each([
      ["and nothing was done", (mismatch: ReturnType<typeof awsError>): Fault => mismatch],
      ["after it was done", (mismatch: ReturnType<typeof awsError>): Fault => ({ instead: mismatch })],
    ])("IdempotentParameterMismatch %s: the record says which", async (_what, faultOf) => {
      const owner = await win(bench.watched);
      bench.proxy.fault = firstSend(faultOf(awsError("IdempotentParameterMismatchException")));

      expect(await bench.watched.transact?.(commitOf(owner), count(owner))).toMatchObject({
        kind: "committed",
      });

      expect(await counted(owner)).toBe("1");
    });

    it("claims of the same key and beats of others go on beside twenty commits", async () => {
      const owners = await Promise.all(Array.from({ length: 20 }, () => win(bench.store)));
      const work = owners.map(async (owner) => {
        const committed = await bench.store.transact?.(commitOf(owner), count(owner));
        return committed?.kind;
      });
      const claims = owners.map((owner) => bench.store.claim([ask(owner.id)]));

      expect(new Set(await Promise.all(work))).toEqual(new Set(["committed"]));
      for (const claim of (await Promise.all(claims)).flat())
        expect(["busy", "duplicate"]).toContain(claim.kind);
    });
  });

  describe("transactions that DynamoDB cannot take", () => {
    it("99 actions are committed with the record", async () => {
      const owner = await win(bench.store);
      const committed = await bench.store.transact?.(commitOf(owner), async (tx) => {
        for (let n = 0; n < 99; n += 1) tx.put({ TableName: rows, Item: { pk: `${n}-${owner.id}` } });
      });
      expect(committed).toMatchObject({ kind: "committed" });
      expect(await row(`98-${owner.id}`)).toBeDefined();
    });

    it("two actions on one item", async () => {
      const owner = await win(bench.store);
      const committed = await bench.store.transact?.(commitOf(owner), async (tx) => {
        await count(owner)(tx);
        tx.delete({ TableName: rows, Key: { pk: owner.id } });
      });
      expect(failing(committed).message).toMatch(/multiple operations on one item.*No two actions/s);
      expect(await record(owner.id)).toMatchObject({ state: "claimed" });
    });

    it("an item larger than 400 KB", async () => {
      const owner = await win(bench.store);
      const committed = await bench.store.transact?.(commitOf(owner), async (tx) =>
        tx.put({ TableName: rows, Item: { pk: owner.id, x: "x".repeat(420_000) } }),
      );
      expect(failing(committed).message).toMatch(/400 KB|exceeded/);
      expect(await record(owner.id)).toMatchObject({ state: "claimed" });
    });

    it("a table that is not there: the error names the tables of the transaction", async () => {
      const owner = await win(bench.store);
      const committed = await bench.store.transact?.(commitOf(owner), async (tx) =>
        tx.put({ TableName: "nowhere-at-all", Item: { pk: "1" } }),
      );
      expect(failing(committed)).toMatchObject({
        code: "table-missing",
        message: expect.stringMatching(/"nowhere-at-all".*does not exist/s),
      });
    });

    it("a table that the role may not write", async () => {
      const owner = await win(bench.watched);
      bench.proxy.fault = firstSend(
        awsError("AccessDeniedException", "not authorized to perform: dynamodb:PutItem"),
      );
      expect(failing(await bench.watched.transact?.(commitOf(owner), count(owner)))).toMatchObject({
        code: "store-permission",
        message: expect.stringMatching(/dynamodb:PutItem.*own tables/s),
      });
    });

    it("an expression that is wrong", async () => {
      const owner = await win(bench.store);
      const committed = await bench.store.transact?.(commitOf(owner), async (tx) =>
        tx.update({ TableName: rows, Key: { pk: "1" }, UpdateExpression: "SET nothing" }),
      );
      expect(failing(committed)).toMatchObject({ code: "store-error", retryable: false });
    });

    it("F-11 · a result and a memo that have no room: nothing is sent", async () => {
      const owner = await win(bench.watched);
      const large = JSON.stringify("x".repeat(410_000));
      for (const change of [
        () => ({ complete: { result: large } }),
        () => ({ set: { order: memo(JSON.stringify("x".repeat(310_000))) } }),
      ])
        expect(
          failing(await bench.watched.transact?.(commitOf(owner, { change }), count(owner))),
        ).toMatchObject({
          code: "unstorable-value",
        });
      expect(sends()).toBe(0);
      expect(await record(owner.id)).toMatchObject({ state: "claimed", steps: {} });
    });

    it("a body that goes on after it has returned finds its transaction closed", async () => {
      const owner = await win(bench.store);
      let kept: DynamoTx | undefined;
      await bench.store.transact?.(commitOf(owner), async (tx) => {
        kept = tx;
      });
      expect(() => kept?.put({ TableName: rows, Item: { pk: "late" } })).toThrow(
        /after the transaction's body had ended/,
      );
    });
  });
});

function cancelledFor(reasons: readonly { Code: string; Message?: string }[]): {
  status: number;
  body: object;
} {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return {
    status: 400,
    body: {
      __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      CancellationReasons: reasons,
    },
  };
}
