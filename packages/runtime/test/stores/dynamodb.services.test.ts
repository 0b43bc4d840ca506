import { DynamoDB, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { Owner, Step, Store, StoredRecord } from "../../src/store.ts";
import { decideLate } from "../../src/stores/dynamodb/claim.ts";
import { CLOCK_MARGIN_MS, dynamodbStore, type DynamoTx } from "../../src/stores/dynamodb/index.ts";
import {
  ask,
  type Bench,
  clientOf,
  freshId,
  kindOf,
  lapse,
  rawItem,
  requests,
  retentionMs,
  setAttribute,
  startBench,
  win,
} from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
let bench: Bench;

const done = (value: string, kind: Step["kind"] = "keyed"): Step => ({ kind, state: "done", atMs: 1, value });
const intent = (kind: Step["kind"] = "plain"): Step => ({ kind, state: "intent", atMs: 1, open: true });

describe("DynamoDB", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint);
  });
  beforeEach(() => {
    bench.proxy.fault = undefined;
    bench.proxy.asked.length = 0;
  });
  afterAll(() => bench.close());

  describe("requests, counted at the server", () => {
    const counts = () => bench.proxy.counts();
    const ownersOf = (asked: ReturnType<typeof requests>, fence: number) =>
      asked.map(({ id, token }) => ({ id, token, fence, retentionMs }));

    it("ten new messages take two requests, and ten duplicates two", async () => {
      const { watched } = bench;
      const asked = requests(10);

      const claims = await watched.claim(asked);
      const completed = await watched.complete(ownersOf(asked, 1));

      expect(claims.every(({ kind }) => kind === "won")).toBe(true);
      expect(completed.every(({ kind }) => kind === "written")).toBe(true);
      expect(counts()).toEqual({ BatchExecuteStatement: 2 });

      bench.proxy.asked.length = 0;
      const again = await watched.claim(asked.map((request) => ({ ...request, token: freshId() })));

      expect(again.every(({ kind }) => kind === "duplicate")).toBe(true);
      expect(counts()).toEqual({ BatchExecuteStatement: 1, BatchGetItem: 1 });
    });

    it("a batch of ten retries and a batch of ten takeovers take four requests each", async () => {
      const { watched, store } = bench;
      const failed = requests(10);
      await store.claim(failed);
      await store.fail(ownersOf(failed, 1));
      const lapsed = requests(10);
      await store.claim(lapsed);
      for (const { id } of lapsed) await lapse(bench.client, bench.table, id);

      for (const [before, verdict] of [
        [failed, "won retry"],
        [lapsed, "won takeover"],
      ] as const) {
        bench.proxy.asked.length = 0;
        const asked = before.map((request) => ({ ...request, token: freshId() }));
        const claims = await watched.claim(asked);
        const completed = await watched.complete(ownersOf(asked, 2));

        expect(claims.map(kindOf)).toEqual(Array(10).fill(verdict));
        expect(completed.every(({ kind }) => kind === "written")).toBe(true);
        expect(counts(), verdict).toEqual({ BatchExecuteStatement: 3, BatchGetItem: 1 });
      }
    });

    it("a beat, ten memos and a commit of a process that made the claim take one request each", async () => {
      const { watched } = bench;
      const asked = requests(10);
      await watched.claim(asked);
      const owners = ownersOf(asked, 1);
      bench.proxy.asked.length = 0;

      await watched.renew(owners.map((owner) => ({ ...owner, leaseMs: 30_000 })));
      await watched.checkpoint(owners.map((owner) => ({ ...owner, change: { set: { charge: done("1") } } })));
      expect(counts()).toEqual({ BatchExecuteStatement: 2 });
      await watched.transact?.(
        {
          owner: owners[0] as Owner,
          retentionMs,
          change: () => ({ complete: {} }),
          timeLimitMs: 5_000,
          signal: new AbortController().signal,
        },
        async () => {},
      );
      expect(counts()).toEqual({ BatchExecuteStatement: 2, TransactWriteItems: 1 });
    });

    it(
      "H-01 · a thousand claims of one key: one wins, and no claim takes more than a write and a read",
      {
        timeout: 180_000,
      },
      async () => {
        const id = freshId();
        const { watched } = bench;
        const kinds: string[] = [];
        for (let wave = 0; wave < 10; wave += 1)
          kinds.push(
            ...(
              await Promise.all(
                Array.from({ length: 100 }, () => watched.claim([ask(id, { leaseMs: 600_000 })])),
              )
            )
              .flat()
              .map(kindOf),
          );

        expect(kinds.filter((kind) => kind === "won first")).toHaveLength(1);
        expect(kinds.filter((kind) => kind === "busy")).toHaveLength(999);
        expect(counts()).toEqual({ BatchExecuteStatement: 1_000, BatchGetItem: 999 });
      },
    );

    it("more keys than one request takes go in several", async () => {
      const asked = requests(60);
      expect((await bench.watched.claim(asked)).every(({ kind }) => kind === "won")).toBe(true);
      expect(counts()).toEqual({ BatchExecuteStatement: 3 });
      const records = await bench.watched.read([...asked.map(({ id }) => id), freshId()]);
      expect(records.map((record) => record?.id)).toEqual([...asked.map(({ id }) => id), undefined]);
    });
  });

  describe("clients", () => {
    const config = { endpoint, region: "eu-west-1", credentials: { accessKeyId: "x", secretAccessKey: "y" } };

    it.each([
      ["a DynamoDBClient", () => new DynamoDBClient(config)],
      ["a DynamoDB", () => new DynamoDB(config)],
      ["a DynamoDBDocumentClient", () => DynamoDBDocumentClient.from(new DynamoDBClient(config))],
      ["a DynamoDBDocument", () => DynamoDBDocument.from(new DynamoDBClient(config))],
      ["a function that gives one later", () => async () => new DynamoDBClient(config)],
    ])("%s serves", async (_what, make) => {
      const store = dynamodbStore({ tableName: bench.table, client: make() });
      const owner = await win(store);
      expect(await store.complete([{ ...owner, retentionMs, result: '{"a":1}' }])).toEqual([
        { kind: "written" },
      ]);
      expect(await store.claim([ask(owner.id)])).toMatchObject([{ kind: "duplicate", result: '{"a":1}' }]);
    });

    it("the clock is corrected through each of them, and the user's own requests are left alone", async () => {
      for (const client of [
        new DynamoDB(config),
        DynamoDBDocumentClient.from(new DynamoDBClient(config)),
        new DynamoDBClient(config),
      ]) {
        const before = JSON.stringify(client.middlewareStack.identify());
        const clock = {
          wallMs: () => Date.now() + 600_000,
          monotonicMs: () => performance.now(),
          after: () => () => {},
        };
        const store = dynamodbStore({ tableName: bench.table, client, clock });
        const [claim] = await store.claim([ask(freshId())]);

        expect(Math.abs((claim?.kind === "won" ? claim.nowMs : 0) - Date.now())).toBeLessThan(3_000);
        expect(JSON.stringify(client.middlewareStack.identify())).toBe(before);
      }
    });

    /** A store without a client, so that it makes its own of these variables. */
    async function ofEnvironment(url: string, use: (store: Store<DynamoTx>) => Promise<void>): Promise<void> {
      const values = {
        AWS_ENDPOINT_URL_DYNAMODB: url,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "x",
        AWS_SECRET_ACCESS_KEY: "y",
      };
      for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
      const store = dynamodbStore({ tableName: bench.table });
      try {
        await use(store);
      } finally {
        vi.unstubAllEnvs();
        await store.close();
      }
    }

    it("without a client one is made of the environment, and given back at the end", async () => {
      await ofEnvironment(endpoint, async (store) => {
        await win(store);
        await store.close();
        expect(await store.claim([ask(freshId())])).toMatchObject([
          { kind: "error", error: { code: "store-closed" } },
        ]);
      });
    });

    it(
      "D-04 · its own client gives up on an answer that does not come, and asks again with the same token",
      { timeout: 30_000 },
      async () => {
        let answer = (): void => {};
        const never = new Promise<void>((resolve) => (answer = resolve));
        bench.proxy.fault = ({ index }) => (index === 0 ? { after: never } : undefined);
        const startedMs = performance.now();
        try {
          await ofEnvironment(bench.proxy.url, async (store) => void (await win(store)));
        } finally {
          answer();
          await bench.proxy.idle();
        }
        expect(performance.now() - startedMs).toBeLessThan(15_000);
        expect(bench.proxy.counts()).toEqual({ BatchExecuteStatement: 2 });
      },
    );

    it("closing the store leaves the user's client open", async () => {
      const client = clientOf(endpoint);
      const one = dynamodbStore({ tableName: bench.table, client });
      await win(one);
      await one.close();
      await win(dynamodbStore({ tableName: bench.table, client }));
    });

    it("what is not a client, not a table's name or not an option is an error at once", () => {
      const made = (options: object) => () => dynamodbStore(options as { tableName: string });
      expect(made({ tableName: "ab" })).toThrow(/tableName.*3 to 255/s);
      expect(made({ tableName: 'records" SET "x' })).toThrow(/tableName/);
      expect(made({ tableName: "arn:aws:dynamodb:eu-west-1:1:table/x" })).toThrow(/ARN/);
      expect(made({ tableName: "records", client: {} })).toThrow(/client/);
      expect(made({ tableName: "records", table: "x" })).toThrow(/no option "table"/);
    });
  });

  describe("records", () => {
    it("D-13 · the TTL attribute is past the lease's end and moves with each renewal; an open step takes it away", async () => {
      const owner = await win(bench.store);
      const ttl = async () => {
        const item = await rawItem(bench.client, bench.table, { id: owner.id });
        const value = item?.["expires_at_seconds"];
        return value?.N === undefined ? value : Number(value.N) * 1_000;
      };
      const record = async () => (await bench.store.read([owner.id]))[0] as StoredRecord;
      const first = await ttl();
      expect(first).toBeGreaterThanOrEqual(((await record()).expiresAtMs ?? 0) + 60_000);
      expect(first).toBeGreaterThan((await record()).leaseUntilMs + CLOCK_MARGIN_MS);

      await bench.store.renew([{ ...owner, leaseMs: 120_000, retentionMs }]);
      const renewed = await ttl();
      expect(renewed).toBeGreaterThanOrEqual(Number(first) + 60_000);

      await bench.store.checkpoint([{ ...owner, retentionMs, change: { set: { mail: intent() } } }]);
      expect(await ttl()).toEqual({ NULL: true });
      await bench.store.renew([{ ...owner, leaseMs: 120_000, retentionMs }]);
      expect(await ttl()).toEqual({ NULL: true });

      await bench.store.checkpoint([{ ...owner, retentionMs, change: { clear: ["mail"] } }]);
      expect(await ttl()).toBeGreaterThanOrEqual(Number(renewed));
    });

    it("D-12 · a record that time to live has not removed yet is absent once it has expired, and not before", async () => {
      const owner = await win(bench.store);
      await bench.store.complete([{ ...owner, retentionMs }]);
      const expire = (ms: number) =>
        setAttribute(bench.client, bench.table, owner.id, "expires_at_ms", { N: String(Date.now() + ms) });

      await expire(-1_000);
      expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["duplicate"]);
      await expire(-CLOCK_MARGIN_MS - 2_000);
      expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["won first"]);
    });

    it("D-14 · an item that is no record fails its own claim only, and is never a duplicate", async () => {
      const [good, bad, foreign] = requests(3);
      if (!good || !bad || !foreign) throw new Error("three requests");
      await win(bench.store, bad);
      await setAttribute(bench.client, bench.table, bad.id, "state", { S: "finished" });
      await setAttribute(bench.client, bench.table, foreign.id, "name", { S: "somebody" });

      const claims = await bench.store.claim([ask(bad.id), good, foreign]);

      expect(claims.map(kindOf)).toEqual(["error record-unreadable", "won first", "error record-unreadable"]);
    });

    it("D-08 · what a refused claim reads is read consistently", async () => {
      const owner = await win(bench.watched);
      await bench.watched.claim([ask(owner.id)]);

      const reads = bench.proxy.asked.filter(({ operation }) => operation === "BatchGetItem");
      expect(reads.map(({ input }) => input["RequestItems"])).toEqual([
        { [bench.table]: { ConsistentRead: true, Keys: [{ id: { S: owner.id } }] } },
      ]);
    });

    it("the claim table holds for every record, with the margin for clocks on lease and expiry", () => {
      const now = 1_700_000_000_000;
      const near = fc.integer({ min: now - 20_000, max: now + 20_000 });
      const arbitrary = fc.record({
        state: fc.constantFrom("claimed", "failed", "released", "completed"),
        token: fc.constantFrom("mine", "other"),
        leaseUntilMs: near,
        expiresAtMs: fc.option(near, { nil: undefined }),
        fingerprint: fc.constantFrom("f", "g", undefined),
        verdict: fc.constantFrom("first", "retry", "takeover"),
        open: fc.boolean(),
        heldAtMs: fc.constantFrom(9, undefined),
        noTakeover: fc.boolean(),
      });
      fc.assert(
        fc.property(arbitrary, ({ open, noTakeover, ...given }) => {
          const found = {
            ...blank(given.token),
            ...given,
            expiresAtMs: open ? undefined : given.expiresAtMs,
            steps: open ? { x: intent() } : {},
          } as StoredRecord;
          const asked = ask(found.id, { token: "mine", fingerprint: "f", noTakeover });
          const later = {
            ...found,
            leaseUntilMs: found.leaseUntilMs + CLOCK_MARGIN_MS,
            expiresAtMs: found.expiresAtMs && found.expiresAtMs + CLOCK_MARGIN_MS,
          };

          const { answer, write } = decideLate(found, asked, now);

          const expected = decide(later, asked, now);
          expect(answer.kind).toBe(expected.claim.kind);
          if (answer.kind === "won")
            expect({ answer, write }).toEqual({ answer: expected.claim, write: expected.write });
          else if (write) {
            const { heldAtMs, rev, ...rest } = write;
            expect(heldAtMs).toBe(now);
            expect(rev).toBe(found.rev + 1);
            expect({ ...rest, heldAtMs: undefined, rev: found.rev }).toEqual({
              ...found,
              heldAtMs: undefined,
            });
          }
          if (answer.kind === "busy") {
            expect(answer.leaseUntilMs).toBe(found.leaseUntilMs);
            const leftMs = found.leaseUntilMs + CLOCK_MARGIN_MS - now;
            const toldMs = answer.leaseUntilMs - answer.nowMs;
            expect(toldMs).toBe(found.leaseUntilMs > now ? leftMs - CLOCK_MARGIN_MS : leftMs);
            expect(toldMs).toBeGreaterThan(0);
          }
        }),
        { numRuns: 2_000 },
      );
    });

    it("D-04 · claims through the server leave the record that the claim table says", async () => {
      const arbitrary = fc.record({
        state: fc.constantFrom("claimed", "failed", "released", "completed"),
        token: fc.constantFrom("mine", "other"),
        leaseOver: fc.boolean(),
        expired: fc.constantFrom(false, false, true),
        fingerprint: fc.constantFrom("f", "g", undefined),
        verdict: fc.constantFrom("first", "retry", "takeover"),
        open: fc.boolean(),
        held: fc.boolean(),
        noTakeover: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(arbitrary, async (given) => {
          const before = await placed(given);
          const asked = ask(before.id, { token: "mine", fingerprint: "f", noTakeover: given.noTakeover });

          const [claim] = await bench.store.claim([asked]);

          const expected = decide(before, asked, Date.now());
          const [after] = await bench.store.read([before.id]);
          expect(kindOf(claim)).toBe(kindOf(expected.claim));
          expect(rough(after)).toEqual(rough(expected.write ?? before));
        }),
        { numRuns: 120 },
      );
    });
  });

  describe("F-11 · sizes", () => {
    const json = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));

    it("a result that leaves no room in the item is dropped, and the completion is written", async () => {
      const owner = await win(bench.store);

      expect(await bench.store.complete([{ ...owner, retentionMs, result: json(500_000) }])).toEqual([
        { kind: "written" },
      ]);

      expect(await bench.store.claim([ask(owner.id)])).toMatchObject([
        { kind: "duplicate", result: undefined },
      ]);
    });

    it("a completion after 300 KB of steps is written: it removes them", async () => {
      const owner = await win(bench.store);
      const steps = Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`s${n}`, done(json(21_000))]));
      expect(await bench.store.checkpoint([{ ...owner, retentionMs, change: { set: steps } }])).toEqual([
        { kind: "written" },
      ]);

      expect(
        await bench.store.complete([
          { ...owner, retentionMs, result: json(bench.store.traits.maxResultBytes) },
        ]),
      ).toEqual([{ kind: "written" }]);
      expect((await bench.store.read([owner.id]))[0]).toMatchObject({ state: "completed", steps: {} });
    });

    it("past 300 KB of steps a memo is answered unstorable-value and nothing is written; the intent of a plain effect too", async () => {
      const owner = await win(bench.store);
      const fill = { set: { full: done(json(299_500)) } };
      await bench.store.checkpoint([{ ...owner, retentionMs, change: fill }]);
      const [before] = await bench.store.read([owner.id]);

      for (const change of [{ set: { more: done(json(1_000)) } }, { set: { ["m".repeat(500)]: intent() } }]) {
        const [written] = await bench.store.checkpoint([{ ...owner, retentionMs, change }]);
        expect(written).toMatchObject({
          kind: "error",
          error: {
            code: "unstorable-value",
            retryable: false,
            message: expect.stringMatching(/300 KB.*Return less/s),
          },
        });
      }
      expect((await bench.store.read([owner.id]))[0]).toEqual(before);
    });

    it("what fits of a checkpoint is written: a memo too large does not take an intent with it, a plain effect stays known", async () => {
      const owner = await win(bench.store);
      const change = {
        set: {
          big: done(json(310_000)),
          mail: intent(),
          note: done(json(305_000), "plain"),
          small: done("1"),
        },
      };

      expect(await bench.store.checkpoint([{ ...owner, retentionMs, change }])).toEqual([
        { kind: "written" },
      ]);

      const [record] = await bench.store.read([owner.id]);
      expect(record?.steps).toEqual({
        mail: intent(),
        note: { kind: "plain", state: "done", atMs: 1 },
        small: done("1"),
      });
    });

    it("a failure is written whatever it was to remember, and keeps every doubt", async () => {
      const owner = await win(bench.store);
      await bench.store.checkpoint([
        { ...owner, retentionMs, change: { set: { full: done(json(299_900)) } } },
      ]);
      const doubt = "d".repeat(200);
      const set = { memo: done(json(200_000)), [doubt]: intent("handler") };

      expect(await bench.store.fail([{ ...owner, retentionMs, change: { set } }])).toEqual([
        { kind: "written" },
      ]);

      const [record] = await bench.store.read([owner.id]);
      expect(Object.keys(record?.steps ?? {}).sort()).toEqual([doubt, "full"]);
      expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["in-doubt"]);
    });

    it("a claim that is too large for an item fails alone, and says so", async () => {
      const [good, bad] = [ask(freshId()), ask(freshId(), { label: "x".repeat(450_000) })];

      const claims = await bench.store.claim([bad, good]);

      expect(claims.map(kindOf)).toEqual(["error unstorable-value", "won first"]);
    });

    it(
      "records that are larger together than one answer holds are all read",
      { timeout: 180_000 },
      async () => {
        const asked = requests(50);
        await bench.store.claim(asked);
        const result = json(350_000);
        await bench.store.complete(
          asked.map(({ id, token }) => ({ id, token, fence: 1, retentionMs, result })),
        );

        const records = await bench.watched.read(asked.map(({ id }) => id));

        expect(records.every((record) => record?.result?.length === 350_000)).toBe(true);
        expect(bench.proxy.counts()["BatchGetItem"]).toBeGreaterThan(1);
      },
    );
  });
});

function blank(token: string): StoredRecord {
  return {
    id: freshId(),
    version: 1,
    scope: "s",
    label: "l",
    state: "claimed",
    token,
    fence: 3,
    attempts: 4,
    rev: 5,
    leaseUntilMs: 0,
    runUntilMs: 0,
    expiresAtMs: undefined,
    fingerprint: undefined,
    messageId: "m",
    functionName: "fn",
    correlationId: "chain",
    generation: 1,
    verdict: "first",
    firstAttemptAtMs: 7,
    heldAtMs: undefined,
    steps: {},
    result: undefined,
  };
}

interface Given {
  readonly state: string;
  readonly token: string;
  readonly leaseOver: boolean;
  readonly expired: boolean;
  readonly fingerprint: string | undefined;
  readonly verdict: string;
  readonly open: boolean;
  readonly held: boolean;
}

/** A record of that kind on the table, put there by the store's own operations and then set attribute by attribute. */
async function placed(given: Given): Promise<StoredRecord> {
  const owner = await win(
    bench.store,
    ask(freshId(), { token: given.token, fingerprint: given.fingerprint }),
  );
  if (given.open) await bench.store.checkpoint([{ ...owner, retentionMs, change: { set: { x: intent() } } }]);
  const set = (name: string, value: { S: string } | { N: string }) =>
    setAttribute(bench.client, bench.table, owner.id, name, value);
  await set("state", { S: given.state });
  await set("verdict", { S: given.verdict });
  if (given.leaseOver) await set("lease_until_ms", { N: "1" });
  if (given.held) await set("held_at_ms", { N: "9" });
  if (given.expired && !given.open) await set("expires_at_ms", { N: "1" });
  const [record] = await bench.store.read([owner.id]);
  return record as StoredRecord;
}

/** Without what only the clock knows. */
function rough(record: StoredRecord | undefined) {
  if (!record) return undefined;
  const {
    leaseUntilMs: _lease,
    runUntilMs: _run,
    firstAttemptAtMs: _first,
    expiresAtMs,
    heldAtMs,
    ...rest
  } = record;
  return { ...rest, expires: expiresAtMs !== undefined, held: heldAtMs !== undefined };
}
