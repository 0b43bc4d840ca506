import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { OnceError } from "../../src/errors.ts";
import type { Owner, Step } from "../../src/store.ts";
import { dynamodbStore } from "../../src/stores/dynamodb/index.ts";
import { dynamodbSchema } from "../../src/schema.ts";
import {
  ask,
  type Asked,
  awsError,
  type Bench,
  clientOf,
  type Fault,
  freshId,
  freshTable,
  kindOf,
  lapse,
  ownTable,
  rawItem,
  requests,
  retentionMs,
  startBench,
  win,
} from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
let bench: Bench;

const done: Step = { kind: "keyed", state: "done", atMs: 1, value: "1" };

/** The fault for the first requests of one operation of the API. */
function first(count: number, operation: string, fault: Fault): (asked: Asked) => Fault | undefined {
  return (asked) => (asked.operation === operation && asked.index < count ? fault : undefined);
}

type Response = { Error?: { Code: string; Message?: string; Item?: object } };
/** Statements are answered by `change` instead, and the server never did them when it says so. */
function answers(change: (responses: Response[]) => Response[]): Fault {
  return {
    change: (output) => ({ ...output, Responses: change((output["Responses"] ?? []) as Response[]) }),
  };
}
function refusedBy(code: string, count: number): Fault {
  const refusal: Response = { Error: { Code: code, Message: `${code} of a test` } };
  return { status: 200, body: { Responses: Array.from({ length: count }, () => refusal) } };
}

describe("DynamoDB under faults", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint);
  });
  beforeEach(() => {
    bench.proxy.fault = undefined;
    bench.proxy.asked.length = 0;
  });
  afterAll(() => bench.close());

  const write = "BatchExecuteStatement";
  const state = async ({ id }: { readonly id: string }) => (await bench.store.read([id]))[0];

  describe("D-04 · D-05 · answers that are lost", () => {
    const operations = {
      complete: (owner: Owner) => bench.watched.complete([{ ...owner, retentionMs, result: '"r"' }]),
      fail: (owner: Owner) => bench.watched.fail([{ ...owner, retentionMs }]),
      release: (owner: Owner) => bench.watched.release([{ ...owner, retentionMs }]),
      renew: (owner: Owner) => bench.watched.renew([{ ...owner, retentionMs, leaseMs: 60_000 }]),
      checkpoint: (owner: Owner) =>
        bench.watched.checkpoint([{ ...owner, retentionMs, change: { set: { charge: done } } }]),
    };
    const ends: Record<keyof typeof operations, object> = {
      complete: { state: "completed", result: '"r"' },
      fail: { state: "failed", attempts: 1 },
      release: { state: "released", attempts: 0 },
      renew: { state: "claimed" },
      checkpoint: { state: "claimed", steps: { charge: done } },
    };

    it.each(["cut-after", "cut-before"] as const)(
      "a claim whose answer is lost (%s) is won once: same attempt, same fence",
      async (fault) => {
        const asked = requests(10);
        bench.proxy.fault = first(1, write, fault);

        const claims = await bench.watched.claim(asked);

        expect(claims.map(kindOf)).toEqual(Array(10).fill("won first"));
        for (const request of asked)
          expect(await state(request)).toMatchObject({ token: request.token, fence: 1, attempts: 1 });
      },
    );

    it("a claim that the SDK itself sent twice meets its own record, and is won", async () => {
      const asked = requests(3);
      bench.proxy.fault = first(1, write, "cut-after");
      const retrying = bench.through({ maxAttempts: 3 });

      expect((await retrying.claim(asked)).map(kindOf)).toEqual(Array(3).fill("won first"));
      expect(await state(asked[0] ?? { id: "" })).toMatchObject({ fence: 1, attempts: 1 });
    });

    for (const name of Object.keys(operations) as (keyof typeof operations)[])
      for (const fault of ["cut-after", "cut-before"] as const)
        it(`${name} whose answer is lost (${fault}) is written once`, async () => {
          const owner = await win(bench.watched);
          bench.proxy.asked.length = 0;
          bench.proxy.fault = first(1, write, fault);

          expect(await operations[name](owner)).toEqual([{ kind: "written" }]);

          expect(await state(owner)).toMatchObject(ends[name]);
        });

    it("a takeover whose answer is lost is won once, and one that another wins meanwhile is busy", async () => {
      const [mine, theirs] = [await win(bench.store), await win(bench.store)];
      await lapse(bench.client, bench.table, mine.id);
      await lapse(bench.client, bench.table, theirs.id);
      bench.proxy.fault = (asked) =>
        asked.operation === write && asked.index === 1 ? "cut-after" : undefined;
      expect((await bench.watched.claim([ask(mine.id)])).map(kindOf)).toEqual(["won takeover"]);
      expect(await state(mine)).toMatchObject({ fence: 2, attempts: 2 });

      bench.proxy.asked.length = 0;
      const other = new Promise((resolve) => setTimeout(resolve, 0)).then(() =>
        win(bench.store, ask(theirs.id)),
      );
      bench.proxy.fault = (asked) =>
        asked.operation === write && asked.index === 1 ? { after: other } : undefined;
      expect((await bench.watched.claim([ask(theirs.id)])).map(kindOf)).toEqual(["busy"]);
      expect(await state(theirs)).toMatchObject({ fence: 2, attempts: 2 });
    });

    it("D-01 · a server that stays away answers each item a retryable error, after a bounded number of requests", async () => {
      bench.proxy.fault = () => "cut-before";
      const [claim] = await bench.watched.claim([ask(freshId())]);

      expect(claim).toMatchObject({ kind: "error", error: { code: "store-error", retryable: true } });
      expect(bench.proxy.asked.length).toBeLessThanOrEqual(6);
    });

    it("D-01 · one that takes no writes is asked three times, and the record is read in between", async () => {
      const store = bench.through({ maxAttempts: 1 });
      bench.proxy.fault = ({ operation }) => (operation === write ? "cut-before" : undefined);
      const [claim] = await store.claim([ask(freshId())]);

      expect(claim).toMatchObject({ kind: "error", error: { code: "store-error", retryable: true } });
      expect(bench.proxy.counts()).toEqual({ [write]: 3, BatchGetItem: 2 });
    });
  });

  describe("C-04 · a write goes on the revision that was seen", () => {
    /** Holds back the write that follows a read until `work` is done. */
    const meanwhile = (index: number, work: () => Promise<unknown>) => {
      bench.proxy.asked.length = 0;
      bench.proxy.fault = (asked) =>
        asked.operation === write && asked.index === index ? { after: work() } : undefined;
    };

    it("a takeover judged before the owner's beat, and sent after it, takes nothing", async () => {
      const owner = await win(bench.store);
      await lapse(bench.client, bench.table, owner.id);
      meanwhile(1, () => bench.store.renew([{ ...owner, leaseMs: 30_000, retentionMs }]));

      expect((await bench.watched.claim([ask(owner.id)])).map(kindOf)).toEqual(["busy"]);

      expect(await bench.store.complete([{ ...owner, retentionMs }])).toEqual([{ kind: "written" }]);
    });

    it("a takeover judged before the owner's completion is a duplicate", async () => {
      const owner = await win(bench.store);
      await lapse(bench.client, bench.table, owner.id);
      meanwhile(1, () => bench.store.complete([{ ...owner, retentionMs }]));

      expect((await bench.watched.claim([ask(owner.id)])).map(kindOf)).toEqual(["duplicate"]);
    });

    it("a memo does not undo another of the same attempt, and a beat no doubt that was met", async () => {
      const owner = await win(bench.watched);
      const other = bench.through();
      const open: Step = { kind: "plain", state: "intent", atMs: 1, open: true };
      meanwhile(0, () => other.checkpoint([{ ...owner, retentionMs, change: { set: { mail: open } } }]));
      expect(
        await bench.watched.checkpoint([{ ...owner, retentionMs, change: { set: { charge: done } } }]),
      ).toEqual([{ kind: "written" }]);
      expect((await state(owner))?.steps).toEqual({ charge: done, mail: open });
      expect((await state(owner))?.expiresAtMs).toBeUndefined();

      await lapse(bench.client, bench.table, owner.id);
      meanwhile(0, async () => {
        expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["in-doubt"]);
      });
      expect(await bench.watched.renew([{ ...owner, leaseMs: 30_000, retentionMs }])).toEqual([
        { kind: "written" },
      ]);
      expect((await state(owner))?.heldAtMs).toBeDefined();
    });

    it("a record that was deleted and made anew, with the same revision, is another's", async () => {
      const owner = await win(bench.watched);
      await bench.store.forget([owner.id]);
      const next = await win(bench.store, ask(owner.id));

      for (const name of ["complete", "fail", "release", "renew", "checkpoint"] as const)
        expect(
          await bench.watched[name]([{ ...owner, retentionMs, ...{ leaseMs: 1, change: {} } }]),
          name,
        ).toEqual([{ kind: "fenced" }]);
      expect(await state(owner)).toMatchObject({ token: next.token, rev: 1 });
    });
  });

  describe("D-11 · throttling", () => {
    it.each(["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"])(
      "a request refused with %s passes when it is sent again",
      async (name) => {
        bench.proxy.fault = first(2, write, awsError(name));
        expect((await bench.watched.claim(requests(3))).map(kindOf)).toEqual(Array(3).fill("won first"));
        expect(bench.proxy.counts()).toEqual({ [write]: 3 });
      },
    );

    it.each([
      "ProvisionedThroughputExceeded",
      "ThrottlingError",
      "RequestLimitExceeded",
      "TransactionConflict",
    ])("a statement refused with %s is sent again alone, and the others are not", async (code) => {
      const asked = requests(3);
      bench.proxy.fault = first(1, write, refusedBy(code, 3));
      // The server does the first and the third, and refuses the second.
      bench.proxy.fault = (seen) => {
        if (seen.operation !== write || seen.index > 0) return undefined;
        return answers((responses) =>
          responses.map((response, index) => (index === 1 ? { Error: { Code: code } } : response)),
        );
      };
      const claims = await bench.watched.claim(asked);

      expect(claims.map(kindOf)).toEqual(Array(3).fill("won first"));
      expect(bench.proxy.asked.map(({ input }) => input.Statements?.length)).toEqual([3, 1, undefined, 1]);
    });

    it("reads are sent again too, and keys that stayed unprocessed are asked for", async () => {
      const owners = [await win(bench.store), await win(bench.store), await win(bench.store)];
      const ids = owners.map(({ id }) => id);
      bench.proxy.fault = (seen) => {
        if (seen.operation !== "BatchGetItem") return undefined;
        if (seen.index === 0) return awsError("ThrottlingException");
        if (seen.index > 2) return undefined;
        return {
          change: (output) => {
            const items = (output["Responses"] as Record<string, { id: { S: string } }[]>)[bench.table] ?? [];
            const [kept, ...left] = items;
            return {
              Responses: { [bench.table]: kept ? [kept] : [] },
              UnprocessedKeys: {
                [bench.table]: { Keys: left.map(({ id }) => ({ id })), ConsistentRead: true },
              },
            };
          },
        };
      };

      const records = await bench.watched.read(ids);

      expect(records.map((record) => record?.id)).toEqual(ids);
      expect(bench.proxy.counts()).toEqual({ BatchGetItem: 4 });
    });

    it("what stays throttled is a retryable store-error after a bounded number of requests, with jitter between them", async () => {
      bench.proxy.fault = (seen) =>
        seen.operation === write
          ? refusedBy("ThrottlingError", seen.input.Statements?.length ?? 0)
          : undefined;
      const startedMs = performance.now();

      const claims = await bench.watched.claim(requests(2));

      for (const claim of claims)
        expect(claim).toMatchObject({
          kind: "error",
          error: { code: "store-error", retryable: true, message: expect.stringMatching(/capacity/) },
        });
      expect(bench.proxy.counts()[write]).toBe(4);
      expect(performance.now() - startedMs).toBeGreaterThan(80);
    });

    it("keys that never get processed are a retryable error too", async () => {
      const { id } = await win(bench.store);
      bench.proxy.fault = ({ operation }) =>
        operation === "BatchGetItem"
          ? {
              status: 200,
              body: { Responses: {}, UnprocessedKeys: { [bench.table]: { Keys: [{ id: { S: id } }] } } },
            }
          : undefined;
      expect((await bench.watched.claim([ask(id)])).map(kindOf)).toEqual(["error store-error"]);
      expect(bench.proxy.counts()).toEqual({ [write]: 1, BatchGetItem: 4 });
      await expect(bench.watched.read([id])).rejects.toMatchObject({ code: "store-error", retryable: true });
    });
  });

  describe("answers that differ between servers", () => {
    it.each([
      "DuplicateItem",
      "DuplicateItemException",
      "ConditionalCheckFailed",
      "ConditionalCheckFailedException",
    ])("an insert refused as %s, without the item or with it, is judged by what is there", async (code) => {
      for (const withItem of [false, true]) {
        const owner = await win(bench.store);
        const Item = await rawItem(bench.client, bench.table, { id: owner.id });
        bench.proxy.asked.length = 0;
        const refusal: Response = { Error: { Code: code, ...(withItem && Item ? { Item } : {}) } };
        bench.proxy.fault = first(
          1,
          write,
          answers(() => [refusal]),
        );

        expect((await bench.watched.claim([ask(owner.id)])).map(kindOf)).toEqual(["busy"]);

        expect(bench.proxy.counts()).toEqual(withItem ? { [write]: 1 } : { [write]: 1, BatchGetItem: 1 });
      }
    });

    it("an update refused without the item that stood there is judged by a consistent read", async () => {
      const owner = await win(bench.watched);
      await lapse(bench.client, bench.table, owner.id);
      await win(bench.store, ask(owner.id));
      bench.proxy.asked.length = 0;
      bench.proxy.fault = ({ operation }) =>
        operation === write
          ? answers((responses) =>
              responses.map(({ Error }) => (Error ? { Error: { Code: Error.Code } } : {})),
            )
          : undefined;

      expect(await bench.watched.complete([{ ...owner, retentionMs }])).toEqual([{ kind: "fenced" }]);
      expect(bench.proxy.counts()).toEqual({ [write]: 1, BatchGetItem: 1 });
    });

    it.each(["InternalServerError", "InternalServerErrorException"])(
      "a statement that ends in %s may have been done: the record is asked",
      async (code) => {
        const [one, two] = requests(2);
        if (!one || !two) throw new Error("two requests");
        bench.proxy.fault = first(
          1,
          write,
          answers(() => [{ Error: { Code: code } }, {}]),
        );
        expect((await bench.watched.claim([one, two])).map(kindOf)).toEqual(["won first", "won first"]);
        expect(await state(one)).toMatchObject({ fence: 1, attempts: 1, token: one.token });
      },
    );

    it("a whole batch refused as a ValidationException is sent again one by one, also when some of it was written", async () => {
      const asked = requests(3);
      // What the batch did before it was refused: the second is written already, by this very request.
      await win(bench.store, asked[1]);
      const refusal = awsError("ValidationException", "one of them is wrong");
      bench.proxy.fault = ({ operation, input }) =>
        operation === write && (input.Statements?.length ?? 0) > 1 ? refusal : undefined;

      const claims = await bench.watched.claim(asked);

      expect(claims.map(kindOf)).toEqual(["won first", "won first", "won first"]);
      expect(await state(asked[1] ?? { id: "" })).toMatchObject({ fence: 1, attempts: 1 });
      expect(bench.proxy.asked.map(({ input }) => input.Statements?.length)).toEqual([
        3,
        1,
        1,
        1,
        undefined,
        1,
      ]);
    });

    it("two requests of one key in a batch spoil nothing else", async () => {
      const [one, two] = requests(2);
      if (!one || !two) throw new Error("two requests");

      const claims = await bench.watched.claim([one, two, ask(one.id)]);

      expect(claims.map(kindOf)).toEqual(["won first", "won first", "busy"]);
    });
  });

  describe("D-15 · what is wrong at the start is one error that names the fix", () => {
    const attempt = async (work: () => Promise<unknown>): Promise<OnceError> => {
      try {
        await work();
      } catch (error) {
        return error as OnceError;
      }
      throw new Error("nothing was wrong");
    };

    it("a missing table, at check and at each first call", async () => {
      const store = dynamodbStore({ tableName: freshTable(), client: bench.client });
      const error = await attempt(() => store.check());
      expect(error).toMatchObject({
        code: "table-missing",
        retryable: false,
        message: expect.stringMatching(/eu-west-1.*setup\(\).*npx effectively-once setup dynamodb:.*region/s),
      });
      const owner = { id: freshId(), token: "t", fence: 1, retentionMs };
      expect(await store.claim([ask(freshId())])).toMatchObject([
        { kind: "error", error: { code: "table-missing" } },
      ]);
      for (const name of ["complete", "fail", "release", "renew", "checkpoint"] as const)
        expect(await store[name]([{ ...owner, ...{ leaseMs: 1, change: {} } }]), name).toMatchObject([
          { kind: "error", error: { code: "table-missing" } },
        ]);
      expect((await attempt(() => store.read([freshId()]))).code).toBe("table-missing");
      expect((await attempt(() => store.forget([freshId()]))).code).toBe("table-missing");
    });

    it("a table with another key", async () => {
      const store = dynamodbStore({ tableName: await ownTable(bench.client), client: bench.client });
      for (const error of [await attempt(() => store.check()), await attempt(() => store.setup())])
        expect(error).toMatchObject({
          code: "table-mismatch",
          message: expect.stringMatching(/its key is "pk", and must be "id".*tableName/s),
        });
      expect(await store.claim([ask(freshId())])).toMatchObject([
        {
          kind: "error",
          error: { code: "table-mismatch", message: expect.stringMatching(/"id", a string/) },
        },
      ]);
    });

    it("D-20 · a global table: two regions would both win", async () => {
      bench.proxy.fault = ({ operation }) =>
        operation === "DescribeTable"
          ? {
              change: (output) => ({
                Table: { ...(output["Table"] as object), Replicas: [{ RegionName: "us-east-1" }] },
              }),
            }
          : undefined;
      expect(await attempt(() => bench.watched.check())).toMatchObject({
        code: "table-mismatch",
        message: expect.stringMatching(/global table \(us-east-1\).*one region/s),
      });
    });

    it("time to live that is off, or looks at another attribute", async () => {
      for (const [description, said] of [
        [{ TimeToLiveStatus: "DISABLED" }, /is off.*"expires_at_seconds"/s],
        [{ TimeToLiveStatus: "ENABLED", AttributeName: "ttl" }, /on the attribute "ttl"/],
      ] as const) {
        bench.proxy.fault = ({ operation }) =>
          operation === "DescribeTimeToLive"
            ? { status: 200, body: { TimeToLiveDescription: description } }
            : undefined;
        expect(await attempt(() => bench.watched.check())).toMatchObject({
          code: "table-mismatch",
          message: expect.stringMatching(said),
        });
      }
    });

    it.each([
      ["BatchGetItem", "dynamodb:BatchGetItem"],
      ["ExecuteTransaction", "dynamodb:PartiQLInsert"],
      ["TransactWriteItems", "dynamodb:UpdateItem"],
      ["DescribeTable", "dynamodb:DescribeTable"],
      ["DescribeTimeToLive", "dynamodb:DescribeTimeToLive"],
    ])("a role that may not %s: check() names the actions that a role needs", async (operation, action) => {
      bench.proxy.fault = (seen) =>
        seen.operation === operation
          ? awsError(
              "AccessDeniedException",
              `User: x is not authorized to perform: ${action} on resource: y`,
            )
          : undefined;
      const error = await attempt(() => bench.watched.check());
      expect(error).toMatchObject({ code: "store-permission", retryable: false });
      for (const needed of [action, ...dynamodbSchema.actions.handler])
        expect(error.message).toContain(needed);
    });

    it("a role that may not write by PartiQL: each first call names it, a statement's own code too", async () => {
      for (const fault of [
        awsError("AccessDeniedException", "not authorized"),
        refusedBy("AccessDenied", 1),
      ]) {
        bench.proxy.fault = ({ operation }) => (operation === write ? fault : undefined);
        const [claim] = await bench.watched.claim([ask(freshId())]);
        expect(claim).toMatchObject({
          kind: "error",
          error: {
            code: "store-permission",
            retryable: false,
            message: expect.stringMatching(/dynamodb:PartiQLInsert.*grantReadWriteData/s),
          },
        });
      }
    });

    it.each([
      ["UnrecognizedClientException", "The security token included in the request is invalid."],
      ["ExpiredTokenException", "The security token included in the request is expired"],
      ["InvalidSignatureException", "The request signature we calculated does not match"],
    ])("credentials that are refused as %s", async (name, said) => {
      bench.proxy.fault = () => awsError(name, said);
      expect(await attempt(() => bench.watched.check())).toMatchObject({
        code: "store-permission",
        retryable: false,
        message: expect.stringMatching(/credentials/),
      });
    });

    it("no credentials at all", async () => {
      const client = new DynamoDBClient({
        endpoint,
        region: "eu-west-1",
        credentials: () =>
          Promise.reject(
            Object.assign(new Error("Could not load credentials from any providers"), {
              name: "CredentialsProviderError",
            }),
          ),
      });
      const store = dynamodbStore({ tableName: bench.table, client });
      expect(await attempt(() => store.check())).toMatchObject({
        code: "store-permission",
        retryable: false,
      });
      expect(await store.claim([ask(freshId())])).toMatchObject([
        { kind: "error", error: { code: "store-permission", retryable: false } },
      ]);
    });

    it("no region", async () => {
      const client = new DynamoDBClient({
        endpoint,
        region: async () => {
          throw new Error("Region is missing");
        },
        credentials: { accessKeyId: "x", secretAccessKey: "y" },
      });
      expect(await attempt(() => dynamodbStore({ tableName: bench.table, client }).check())).toMatchObject({
        code: "invalid-option",
        message: expect.stringMatching(/AWS_REGION/),
      });
    });

    it.each([
      ["nobody listens", "http://127.0.0.1:1"],
      ["the name does not exist", "http://dynamodb.invalid"],
    ])("an endpoint where %s", async (_what, url) => {
      const client = clientOf(url, { maxAttempts: 1 });
      expect(await attempt(() => dynamodbStore({ tableName: bench.table, client }).check())).toMatchObject({
        code: "store-unreachable",
        retryable: true,
        message: expect.stringMatching(/region and endpoint/),
      });
      client.destroy();
    });

    it("a client function that gives none or throws is an error, and is asked again at the next use", async () => {
      const given = [() => undefined as never, () => Promise.reject(new Error("no secrets yet"))];
      const store = dynamodbStore({
        tableName: bench.table,
        client: () => (given.shift() ?? (() => bench.client))(),
      });
      const asked = ask(freshId());

      expect((await store.claim([asked])).map(kindOf)).toEqual(["error client-missing"]);
      expect(await store.claim([asked])).toMatchObject([
        { kind: "error", error: { code: "store-error", message: expect.stringMatching(/no secrets yet/) } },
      ]);
      expect((await store.claim([asked])).map(kindOf)).toEqual(["won first"]);
    });

    it("setup that races itself makes one table, switches time to live on, and check is content", async () => {
      const tableName = freshTable();
      const stores = Array.from({ length: 4 }, () => dynamodbStore({ tableName, client: bench.client }));
      await Promise.all(stores.map((store) => store.setup()));
      for (const store of stores) await store.check();
      await stores[0]?.setup();
      await win(stores[1] ?? bench.store);
    });

    it("check() writes nothing", async () => {
      const tableName = freshTable();
      const store = dynamodbStore({ tableName, client: bench.client });
      await store.setup();
      await store.check();
      const all: unknown[] = [];
      for await (const record of store.list({})) all.push(record);
      expect(all).toEqual([]);
    });
  });
});
