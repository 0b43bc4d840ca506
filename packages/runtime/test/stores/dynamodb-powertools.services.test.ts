/** The move from Powertools: its own library writes the records, and our handler meets them. */

import { randomUUID } from "node:crypto";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { CreateTableCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from "vitest";
import {
  createOnce,
  isOnceError,
  type OnceEvent,
  type PowertoolsRecords,
  type SqsMessage,
  sqs,
} from "../../src/index.ts";
import { formerRecords } from "../../src/core/powertools.ts";
import { event, failures, lambda, type Order, orders, record } from "../engine/support.ts";
import {
  ask,
  awsError,
  type Bench,
  clientOf,
  freshId,
  freshTable,
  rawItem,
  setAttribute,
  startBench,
} from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
const WRITE = "BatchExecuteStatement";
const FUNCTION_NAME = "orders-prod";
const PATIENCE_MS = 20_000;
type Body = Record<string, unknown>;
type ConfigOptions = ConstructorParameters<typeof IdempotencyConfig>[0];
type LayerOptions = ConstructorParameters<typeof DynamoDBPersistenceLayer>[0];

let bench: Bench;
let table: string;

async function powertoolsTable(sortKey?: string): Promise<string> {
  const TableName = freshTable();
  const names = ["id", ...(sortKey === undefined ? [] : [sortKey])];
  await bench.client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: names.map((AttributeName, index) => ({ AttributeName, KeyType: index ? "RANGE" : "HASH" })),
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    }),
  );
  return TableName;
}

interface Old {
  readonly config?: ConfigOptions;
  readonly layer?: Partial<LayerOptions>;
  readonly keyPrefix?: string;
  /** What the old handler does; it answers `{ charged: orderId }` otherwise. */
  readonly fn?: (body: Body) => Promise<unknown>;
}

/** The old handler's guard: the real library, on the body of each message. */
function old({ config, layer, keyPrefix = FUNCTION_NAME, fn }: Old = {}): (body: Body) => Promise<unknown> {
  const work = fn ?? (async (body: Body) => ({ charged: body["orderId"], amount: 12.5, tags: ["a", null] }));
  return makeIdempotent(async (body: never, _context: unknown) => await work(body), {
    keyPrefix,
    persistenceStore: new DynamoDBPersistenceLayer({
      tableName: table,
      awsSdkV3Client: bench.client,
      ...layer,
    } as LayerOptions),
    config: new IdempotencyConfig({ eventKeyJmesPath: "orderId", ...config }),
  }).bind(undefined) as never;
}

/** As Lambda calls it: with its context, so that the record in progress says when the function will be gone. */
const inLambda = (guarded: (body: Body) => Promise<unknown>, body: Body): Promise<unknown> =>
  (guarded as (body: Body, context: object) => Promise<unknown>)(body, lambda(30_000));

function moved(
  options: Partial<PowertoolsRecords<SqsMessage<Order>>> = {},
  fn: (order: Order) => Promise<void> = async () => {},
) {
  const events: OnceEvent[] = [];
  const runs: string[] = [];
  const once = createOnce({
    store: bench.watched,
    namespace: randomUUID(),
    onEvent: (said) => events.push(said),
  });
  const handler = once.handler(
    sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }),
    async (m) => {
      runs.push(m.body.orderId);
      await fn(m.body);
    },
    {
      readPowertoolsRecords: {
        tableName: table,
        keyPrefix: FUNCTION_NAME,
        select: (m) => m.body.orderId,
        ...options,
      },
    },
  );
  return {
    runs,
    async deliver(...bodies: readonly object[]) {
      events.length = 0;
      runs.length = 0;
      bench.proxy.asked.length = 0;
      const reply = await handler(event(...bodies.map((body, index) => record(`m${index}`, body))), lambda());
      return { failed: failures(reply), runs: [...runs], endings: endings(), said: errors() };
    },
  };
  function endings(): readonly string[] {
    return events.flatMap((said) => (said.kind === "delivery" ? [said.ending] : []));
  }
  function errors(): readonly string[] {
    return events
      .flatMap((said) => ("error" in said ? said.error : []))
      .flatMap((error) => (isOnceError(error) ? [`${error.code}: ${error.message}`] : []));
  }
}

async function onlyRecord(): Promise<Record<string, { S?: string; N?: string } | undefined>> {
  const { Items = [] } = await bench.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  expect(Items).toHaveLength(1);
  return Items[0] as Record<string, { S?: string; N?: string }>;
}

async function statuses(): Promise<readonly (string | undefined)[]> {
  const { Items = [] } = await bench.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return Items.map(({ status }) => status?.S);
}

const DONE = { failed: [], runs: [], endings: ["duplicate"] };
const RAN = { failed: [], runs: ["o1"], endings: ["completed"] };
const BUSY = { failed: ["m0"], runs: [], endings: ["busy"] };
const o1 = { orderId: "o1", amount: 3 };

describe("a handler that reads Powertools' records", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint);
  });
  beforeEach(async () => {
    bench.proxy.fault = undefined;
    table = await powertoolsTable();
  });
  afterAll(() => bench.close());

  it("A-03 · does not run what Powertools has finished, and acknowledges it", async () => {
    await inLambda(old(), o1);
    expect((await onlyRecord())["status"]?.S).toBe("COMPLETED");

    const { deliver } = moved();
    expect(await deliver(o1)).toMatchObject(DONE);
    expect(await deliver({ orderId: "o2" })).toMatchObject({ ...RAN, runs: ["o2"] });
  });

  it("A-01 · what Powertools has in progress is busy, and done when it is done", async () => {
    let finish = () => {};
    let begun = () => {};
    const running = new Promise<void>((resolve) => (begun = resolve));
    const guarded = old({
      fn: async () => {
        begun();
        await new Promise<void>((resolve) => (finish = resolve));
      },
    });
    const run = inLambda(guarded, o1);
    await running;

    const { deliver } = moved();
    expect(await deliver(o1)).toMatchObject(BUSY);
    finish();
    await run;
    expect(await deliver(o1)).toMatchObject(DONE);
  });

  it("a run of Powertools' that its function did not outlive is over: the message runs", async () => {
    void inLambda(old({ fn: () => new Promise(() => {}) }), o1);
    await expect.poll(statuses, { timeout: PATIENCE_MS }).toEqual(["INPROGRESS"]);
    const { id } = await onlyRecord();
    const { deliver } = moved();

    const over = Date.now() - 60_000;
    await setAttribute(bench.client, table, id?.S ?? "", "in_progress_expiration", { N: String(over) });
    expect(await deliver(o1)).toMatchObject(RAN);
  });

  it("R-11 · a run without a Lambda context is busy until its record expires, as for Powertools", async () => {
    void old({ fn: () => new Promise(() => {}) })(o1);
    await expect.poll(statuses, { timeout: PATIENCE_MS }).toEqual(["INPROGRESS"]);
    const { id, in_progress_expiration: until } = await onlyRecord();
    expect(until).toBeUndefined();
    const { deliver } = moved();
    expect(await deliver(o1)).toMatchObject(BUSY);

    const over = Math.floor(Date.now() / 1_000) - 60;
    await setAttribute(bench.client, table, id?.S ?? "", "expiration", { N: String(over) });
    expect(await deliver(o1)).toMatchObject(RAN);
  });

  it("a run in progress stays busy although its record is past its expiry: the function may still be alive", async () => {
    void inLambda(old({ fn: () => new Promise(() => {}) }), o1);
    await expect.poll(statuses, { timeout: PATIENCE_MS }).toEqual(["INPROGRESS"]);
    const { id } = await onlyRecord();
    const over = Math.floor(Date.now() / 1_000) - 60;
    await setAttribute(bench.client, table, id?.S ?? "", "expiration", { N: String(over) });

    expect(await moved().deliver(o1)).toMatchObject(BUSY);
  });

  it("what Powertools has forgotten runs: an expired record, in seconds", async () => {
    await inLambda(old(), o1);
    const { id, expiration } = await onlyRecord();
    expect(Number(expiration?.N) - Date.now() / 1_000).toBeLessThan(3_700);

    const over = Math.floor(Date.now() / 1_000) - 60;
    await setAttribute(bench.client, table, id?.S ?? "", "expiration", { N: String(over) });
    expect(await moved().deliver(o1)).toMatchObject(RAN);
  });

  it("what failed under Powertools runs: it deletes the record", async () => {
    const failing = old({
      fn: async () => {
        throw new Error("declined");
      },
    });
    await expect(inLambda(failing, o1)).rejects.toThrow("declined");

    expect(await moved().deliver(o1)).toMatchObject(RAN);
  });

  it("a record of another function is another's: the message runs", async () => {
    await inLambda(old({ keyPrefix: "invoices-prod" }), o1);

    expect(await moved().deliver(o1)).toMatchObject(RAN);
  });

  it("without a keyPrefix of its own, Powertools' prefix is the function's name", async () => {
    const before = process.env["AWS_LAMBDA_FUNCTION_NAME"];
    onTestFinished(() => {
      if (before === undefined) delete process.env["AWS_LAMBDA_FUNCTION_NAME"];
      else process.env["AWS_LAMBDA_FUNCTION_NAME"] = before;
    });
    process.env["AWS_LAMBDA_FUNCTION_NAME"] = FUNCTION_NAME;
    await inLambda(old({ keyPrefix: "" }), o1);

    expect((await onlyRecord())["id"]?.S).toMatch(/^orders-prod#/);
    expect(await moved().deliver(o1)).toMatchObject(DONE);
  });

  it("knows another hash, other attribute names, and a composite key", async () => {
    table = await powertoolsTable("sort");
    const names = {
      sortKeyAttr: "sort",
      staticPkValue: "idempotency#mine",
      statusAttr: "s",
      expiryAttr: "e",
      inProgressExpiryAttr: "p",
      dataAttr: "d",
    };
    await inLambda(old({ config: { hashFunction: "sha256" }, layer: names }), o1);

    expect(await moved({ hash: "sha256", ...names }).deliver(o1)).toMatchObject(DONE);
  });

  it("D-14 · attribute names that do not fit are an error that says so, and nothing runs", async () => {
    await inLambda(old({ layer: { statusAttr: "s" } }), o1);

    const { endings, runs, failed, said } = await moved().deliver(o1);
    expect({ endings, runs, failed }).toEqual({ endings: ["store-error"], runs: [], failed: ["m0"] });
    expect(said.join()).toMatch(/record-unreadable: .* no text in its attribute "status"/);
  });

  it("a finished record with another validated payload is a mismatch where that is asked", async () => {
    await inLambda(old({ config: { payloadValidationJmesPath: "amount" } }), o1);
    const validation = (m: SqsMessage<Order>) => m.body.amount;

    expect(await moved({ validation }).deliver(o1)).toMatchObject(DONE);
    const other = await moved({ validation }).deliver({ ...o1, amount: 4 });
    expect(other).toMatchObject({ failed: ["m0"], runs: [], endings: ["mismatch"] });
    expect(await moved().deliver({ ...o1, amount: 4 })).toMatchObject(DONE);
  });

  it("R-01 · the record that all messages without a key share says nothing about any of them", async () => {
    const guarded = old({ config: { eventKeyJmesPath: "[a, b]" } });
    await inLambda(guarded, o1);
    await onlyRecord();

    const { deliver } = moved({ select: () => [undefined, null] });
    expect(await deliver(o1)).toMatchObject(RAN);
  });

  it("hands the stored result over", async () => {
    await inLambda(old(), o1);
    const former = formerRecords<Order>({
      tableName: table,
      keyPrefix: FUNCTION_NAME,
      select: (o) => o.orderId,
    })(o1);

    const [claim] = await bench.store.claim([{ ...ask(freshId()), former }]);
    expect(claim).toMatchObject({ kind: "duplicate" });
    expect(claim?.kind === "duplicate" && JSON.parse(claim.result ?? "")).toEqual({
      charged: "o1",
      amount: 12.5,
      tags: ["a", null],
    });
  });

  it("our own record stands first: what failed here and was finished there meanwhile is not run again", async () => {
    let fail = true;
    const { deliver } = moved({}, async () => {
      if (fail) throw new Error("not yet");
    });
    expect(await deliver(o1)).toMatchObject({ failed: ["m0"], endings: ["failed"] });
    fail = false;
    await inLambda(old(), o1);

    expect(await deliver(o1)).toMatchObject(DONE);
  });

  it("A-02 · a run of ours that is going on is busy, although Powertools has finished the same meanwhile", async () => {
    const former = formerRecords<Order>({
      tableName: table,
      keyPrefix: FUNCTION_NAME,
      select: (o) => o.orderId,
    })(o1);
    const id = freshId();
    expect(await bench.store.claim([{ ...ask(id), former }])).toMatchObject([{ kind: "won" }]);
    await inLambda(old(), o1);

    // Ours may still die, and its message must come again then.
    expect(await bench.store.claim([{ ...ask(id), former }])).toMatchObject([{ kind: "busy" }]);
  });

  it("both kinds of records may lie in one table", async () => {
    table = bench.table;
    await inLambda(old(), o1);

    const { deliver } = moved();
    expect(await deliver(o1, { orderId: "o2" })).toMatchObject({ runs: ["o2"], failed: [] });
    expect(await deliver(o1, { orderId: "o2" })).toMatchObject({ runs: [], failed: [] });
  });

  describe("what it costs", () => {
    const ten = Array.from({ length: 10 }, (_, index) => ({ orderId: `o${index}` }));

    it("ten new: one read more; ten of ours again: one request; ten of Powertools': one request", async () => {
      const { deliver } = moved();
      await deliver(...ten);
      expect(bench.proxy.counts()).toEqual({ BatchGetItem: 1, [WRITE]: 2 });

      await deliver(...ten);
      expect(bench.proxy.counts()).toEqual({ BatchGetItem: 1 });

      const guarded = old();
      for (let index = 10; index < 20; index += 1) await inLambda(guarded, { orderId: `o${index}` });
      await deliver(...ten.map((_, index) => ({ orderId: `o${10 + index}` })));
      expect(bench.proxy.counts()).toEqual({ BatchGetItem: 1 });
    });

    it("ten that failed come again: no more requests than without the option", async () => {
      let fail = true;
      const { deliver } = moved({}, async () => {
        if (fail) throw new Error("not yet");
      });
      await deliver(...ten);
      fail = false;
      await deliver(...ten);
      expect(bench.proxy.counts()).toEqual({ BatchGetItem: 1, [WRITE]: 2 });
    });

    it("a handler without the option asks as before", async () => {
      const once = createOnce({ store: bench.watched, namespace: randomUUID(), onEvent: () => {} });
      const handler = once.handler(
        sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }),
        async () => {},
      );
      bench.proxy.asked.length = 0;
      await handler(orders(10), lambda());
      expect(bench.proxy.counts()).toEqual({ [WRITE]: 2 });
    });
  });

  describe("a former record that cannot be read", () => {
    const unread = { failed: ["m0"], runs: [], endings: ["store-error"] };

    it.each([
      ["throttled", awsError("ProvisionedThroughputExceededException"), "store-error"],
      ["not allowed", awsError("AccessDeniedException", "not authorized"), "store-permission"],
      ["a server's failure", awsError("InternalServerError", "sorry", 500), "store-error"],
    ])("D-01 · %s: nothing runs", async (_name, answer, code) => {
      await inLambda(old(), o1);
      bench.proxy.fault = ({ operation }) => (operation === "BatchGetItem" ? answer : undefined);

      const told = await moved().deliver(o1);
      expect(told).toMatchObject(unread);
      expect(told.said.join()).toContain(`${code}: `);
      bench.proxy.fault = undefined;
      expect(await moved().deliver(o1)).toMatchObject(DONE);
    });

    it("no such table: nothing runs, and the error names it and what to allow", async () => {
      const told = await moved({ tableName: "no-such-table" }).deliver(o1);
      expect(told).toMatchObject(unread);
      expect(told.said.join()).toMatch(/table-missing: .*"no-such-table".*dynamodb:BatchGetItem on both/);
    });

    it("half an answer is asked for the other half", async () => {
      await inLambda(old(), o1);
      bench.proxy.fault = ({ operation, input, index }) =>
        operation === "BatchGetItem" && index === 0
          ? {
              status: 200,
              body: {
                Responses: {},
                UnprocessedKeys: input["RequestItems"] as object,
              },
            }
          : undefined;

      expect(await moved().deliver(o1)).toMatchObject(DONE);
      expect(bench.proxy.counts()).toEqual({ BatchGetItem: 2 });
    });
  });

  it("does not take somebody else's item for its own record", async () => {
    const id = freshId();
    await bench.client.send(
      new PutItemCommand({ TableName: bench.table, Item: { id: { S: id }, status: { S: "?" } } }),
    );
    const former = { ...formerKey(), tableName: table };
    const [claim] = await bench.store.claim([{ ...ask(id), former }]);
    expect(claim?.kind === "error" && claim.error.code).toBe("record-unreadable");
    expect(await rawItem(bench.client, bench.table, { id })).toMatchObject({ status: { S: "?" } });
  });
});

describe("what docs/powertools.md says of Powertools", () => {
  let client: ReturnType<typeof clientOf>;
  beforeAll(async () => {
    bench = await startBench(endpoint);
    client = clientOf(bench.proxy.url, { maxAttempts: 2 });
  });
  beforeEach(async () => {
    table = await powertoolsTable();
  });
  afterAll(async () => {
    client.destroy();
    await bench.close();
  });

  /** A run that began, froze past its function's end, and was taken over by one that finished: how the frozen one ends. */
  async function afterTakeover(
    end: (resolve: (value: string) => void, reject: (error: Error) => void) => void,
  ) {
    let thaw = () => {};
    let runs = 0;
    const guarded = old({
      fn: () => {
        runs += 1;
        if (runs > 1) return Promise.resolve(`run ${runs}`);
        return new Promise((resolve, reject) => (thaw = () => end(resolve, reject)));
      },
    }) as (body: Body, context: object) => Promise<unknown>;
    const frozen = guarded(o1, lambda(30_000));
    const { id } = await vi.waitUntil(
      async () => {
        const { Items = [] } = await bench.client.send(new ScanCommand({ TableName: table }));
        return Items[0];
      },
      { timeout: PATIENCE_MS },
    );
    await setAttribute(bench.client, table, id?.S ?? "", "in_progress_expiration", { N: "1" });
    expect(await guarded(o1, lambda())).toBe("run 2");
    thaw();
    await frozen.catch(() => {});
    return { guarded, runs: () => runs };
  }

  it("R-10 · a completion that comes after a takeover overwrites the newer result", async () => {
    await afterTakeover((resolve) => resolve("run 1"));

    expect((await onlyRecord())["data"]?.S).toBe("run 1");
  });

  it("R-09 · a failure that comes after a takeover deletes the finished record, and the work is done again", async () => {
    const { guarded, runs } = await afterTakeover((_resolve, reject) => reject(new Error("late")));

    expect(await guarded(o1, lambda())).toBe("run 3");
    expect(runs()).toBe(3);
  });

  it("R-07 · a first write whose answer is lost locks the key until its function's end", async () => {
    let runs = 0;
    const guarded = old({ layer: { awsSdkV3Client: client }, fn: async () => void (runs += 1) });
    bench.proxy.fault = ({ operation, index }) =>
      operation === "PutItem" && index === 0 ? "cut-after" : undefined;

    await expect(inLambda(guarded, o1)).rejects.toThrow("already an execution in progress");
    expect(runs).toBe(0);
  });
});

function formerKey() {
  const former = formerRecords<string>({
    tableName: "abc",
    keyPrefix: FUNCTION_NAME,
    select: (text) => text,
  })("x");
  if (!former) throw new Error("there is a payload, and no former record");
  return former;
}

describe("Powertools' keys", () => {
  /** The library's own way from a payload to its key. */
  class Layer extends DynamoDBPersistenceLayer {
    keyOf(payload: unknown, hashFunction: string): string {
      this.configure({ config: new IdempotencyConfig({ hashFunction }), keyPrefix: " p " });
      return this.getHashedIdempotencyKey(payload as never);
    }
  }

  it("R-04 · R-06 · are made alike for every payload that JSON can hold", () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text) as unknown),
        fc.constantFrom("md5", "sha256"),
        (value, hash) => {
          // A list, so that neither library takes it for missing.
          const payload = ["x", value];
          const former = formerRecords({ tableName: "abc", keyPrefix: " p ", select: () => payload, hash })(
            0,
          );
          const layer = new Layer({ tableName: "abc" });
          expect(former?.key).toEqual({ id: layer.keyOf(payload, hash) });
        },
      ),
    );
  });

  it.each([
    [{ b: 1, A: 2, a: 3, B: { d: 1, C: 2 } }],
    [{ "2": 1, "10": 2, b: 1 }],
    [JSON.parse('{"a": 1, "__proto__": {"b": 2}}')],
    ["a text"],
    [42],
    [[1, { z: 1, y: [{ q: 1, P: 2 }] }]],
  ])("of %j", (payload) => {
    const former = formerRecords({ tableName: "abc", keyPrefix: "p", select: () => payload })(0);
    expect(former?.key).toEqual({ id: new Layer({ tableName: "abc" }).keyOf(payload, "md5") });
  });

  it("may be made by a function of the user's", () => {
    const former = formerRecords({
      tableName: "abc",
      keyPrefix: "p",
      select: () => "x",
      hash: (t) => `<${t}>`,
    });
    expect(former(0)?.key).toEqual({ id: 'p#<"x">' });
  });

  it.each([[undefined], [null], [""], [[]], [{}], [[null, undefined]], [{ a: "", b: null }]])(
    "there is none for %j",
    (payload) => {
      expect(formerRecords({ tableName: "abc", keyPrefix: "p", select: () => payload })(0)).toBeUndefined();
    },
  );

  it.each([[0], [false], [[0, null]]])("there is one for %j", (payload) => {
    expect(formerRecords({ tableName: "abc", keyPrefix: "p", select: () => payload })(0)).toBeDefined();
  });
});
