/** The engine on DynamoDB, from an SQS event to the reply: counted, killed, frozen. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { createOnce, type OnceEvent, sqs } from "../../src/index.ts";
import type { StoredRecord } from "../../src/store.ts";
import { dynamodbStore } from "../../src/stores/dynamodb/index.ts";
import { event, failures, lambda, type Order, orders, record } from "../engine/support.ts";
import { type Bench, freshTable, lapse, ownTable, rawItem, startBench } from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
const worker = join(import.meta.dirname, "dynamodb-worker.ts");
const write = "BatchExecuteStatement";
let bench: Bench;

describe("the engine on DynamoDB", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint);
  });
  beforeEach(() => {
    bench.proxy.fault = undefined;
    bench.proxy.asked.length = 0;
  });
  afterAll(() => bench.close());

  describe("a batch of ten", () => {
    function guarded(name: string, fn: (order: Order) => Promise<void> = async () => {}) {
      const events: OnceEvent[] = [];
      const once = createOnce({
        store: bench.watched,
        namespace: name,
        onEvent: (said) => events.push(said),
      });
      const handler = once.handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (m) =>
        fn(m.body),
      );
      return {
        handler,
        endings: () => events.flatMap((said) => (said.kind === "delivery" ? [said.ending] : [])),
      };
    }

    it("new: two requests; again: two requests, and nothing runs", async () => {
      let runs = 0;
      const { handler, endings } = guarded("budget", async () => void (runs += 1));

      const first = await handler(orders(10), lambda());
      expect([failures(first), runs, bench.proxy.counts()]).toEqual([[], 10, { [write]: 2 }]);

      bench.proxy.asked.length = 0;
      const again = await handler(orders(10), lambda());
      expect([failures(again), runs]).toEqual([[], 10]);
      expect(bench.proxy.counts()).toEqual({ [write]: 1, BatchGetItem: 1 });
      expect(endings().slice(10)).toEqual(Array(10).fill("duplicate"));
    });

    it("all failed and delivered again: four requests", async () => {
      let fail = true;
      const { handler } = guarded("retries", async () => {
        if (fail) throw new Error("not yet");
      });
      expect(failures(await handler(orders(10), lambda()))).toHaveLength(10);

      fail = false;
      bench.proxy.asked.length = 0;
      expect(failures(await handler(orders(10), lambda()))).toEqual([]);
      expect(bench.proxy.counts()).toEqual({ [write]: 3, BatchGetItem: 1 });
    });

    it("D-01 · D-11 · while the table is throttled nothing runs and nothing is acknowledged; afterwards all of it does", async () => {
      let runs = 0;
      const { handler, endings } = guarded("throttled", async () => void (runs += 1));
      bench.proxy.fault = ({ operation, input }) =>
        operation === write
          ? {
              status: 200,
              body: { Responses: input.Statements?.map(() => ({ Error: { Code: "ThrottlingError" } })) },
            }
          : undefined;

      expect(failures(await handler(orders(5), lambda()))).toHaveLength(5);
      expect([runs, new Set(endings())]).toEqual([0, new Set(["store-error"])]);

      bench.proxy.fault = undefined;
      expect(failures(await handler(orders(5), lambda()))).toEqual([]);
      expect(runs).toBe(5);
    });

    it("F-11 · a keyed result that is larger than a record may hold is not repeated and does not fail the message", async () => {
      let calls = 0;
      const warnings: string[] = [];
      const once = createOnce({
        store: bench.watched,
        namespace: "large",
        onEvent: (said) => said.kind === "warning" && warnings.push(said.error.code),
      });
      const handler = once.handler(
        sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }),
        async (_m, ctx) => {
          const { length } = await ctx.keyed("report", async ({ key }) => {
            calls += 1;
            return key + "x".repeat(340_000);
          });
          expect(length).toBe(340_036);
        },
      );

      expect(failures(await handler(orders(1), lambda()))).toEqual([]);
      expect(failures(await handler(orders(1), lambda()))).toEqual([]);
      expect(calls).toBe(1);
      expect(warnings).toEqual(["unstorable-value"]);
    });

    it("F-11 · when steps have filled the record, a plain effect is refused before it happens", async () => {
      const mails: string[] = [];
      const events: OnceEvent[] = [];
      const once = createOnce({
        store: bench.watched,
        namespace: "full",
        onEvent: (said) => said.kind === "delivery" && events.push(said),
      });
      const handler = once.handler(
        sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }),
        async (m, ctx) => {
          await ctx.keyed("report", async ({ key }) => key + "x".repeat(299_800));
          await ctx.plain("mail".repeat(30), async () => void mails.push(m.body.orderId));
        },
      );

      expect(failures(await handler(orders(1), lambda()))).toHaveLength(1);
      expect(mails).toEqual([]);
      // Not "ask again": the record has no more room the next time either.
      expect(events).toMatchObject([
        { kind: "delivery", ending: "failed", error: { code: "unstorable-value", retryable: false } },
      ]);
    });
  });

  describe("a process killed with SIGKILL, and its message delivered again", () => {
    let folder = "";
    let ledger = "";
    let table = "";
    let rows = "";

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "effectively-once-dynamodb-"));
      ledger = join(folder, "ledger");
      writeFileSync(ledger, "");
      table = freshTable();
      await dynamodbStore({ tableName: table, client: bench.client }).setup();
      rows = await ownTable(bench.client);
      return () => rmSync(folder, { recursive: true, force: true });
    });

    const args = (point: string) => [
      "--disable-warning=ExperimentalWarning",
      worker,
      endpoint,
      table,
      rows,
      ledger,
      point,
    ];
    function deliver(point: string): Promise<{ signal: string | null; out: string }> {
      return new Promise((resolve, reject) => {
        execFile(process.execPath, args(point), (error, stdout, stderr) => {
          if (error && error.signal !== "SIGKILL") return reject(new Error(stderr));
          resolve({ signal: error?.signal ?? null, out: stdout });
        });
      });
    }
    const records = async (): Promise<StoredRecord[]> => {
      const found: StoredRecord[] = [];
      for await (const one of dynamodbStore({ tableName: table, client: bench.client }).list({}))
        found.push(one);
      return found;
    };
    /** The lease of the dead is over: what waiting would do, without the wait. */
    async function expireLeases(): Promise<void> {
      for (const { id, state } of await records())
        if (state === "claimed") await lapse(bench.client, table, id);
    }
    const count = async () => Number((await rawItem(bench.client, rows, { pk: "o1" }))?.["n"]?.N ?? 0);
    const asked = () => readFileSync(ledger, "utf8").split("\n").filter(Boolean);

    it.each([
      ["B-01 · before the claim", "before-claim", "first/completed"],
      ["B-02 · after the claim", "after-claim", "takeover/completed"],
      ["B-02 · before a keyed effect", "before-keyed", "takeover/completed"],
      ["B-04 · B-06 · in a keyed effect that was applied", "in-keyed", "takeover/completed"],
      ["B-08 · between two effects", "between", "takeover/completed"],
      ["B-03 · in a transaction", "in-transaction", "takeover/completed"],
      ["D-06 · B-07 · after the commit, before its answer", "unanswered-commit", "duplicate/duplicate"],
      ["B-07 · after the commit", "after-commit", "duplicate/duplicate"],
    ])("%s: counted once, one charge, acknowledged", async (_says, point, verdict) => {
      expect((await deliver(point)).signal).toBe("SIGKILL");
      await expireLeases();
      const again = await deliver("none");

      expect(again.out).toContain(verdict);
      expect(again.out).toContain("failures 0");
      expect(await count()).toBe(1);
      expect(new Set(asked()).size).toBe(1);
      expect((await deliver("none")).out).toContain("duplicate/duplicate");
      expect(await count()).toBe(1);
    });

    it("B-02 · while the lease of the dead still holds, the message is busy and not acknowledged", async () => {
      await deliver("after-claim");
      const again = await deliver("none");

      expect(again.out).toContain("busy/busy");
      expect(again.out).toContain("failures 1");
      expect(await count()).toBe(0);
    });

    it.each(["before-complete", "after-complete"])(
      "B-06 · B-07 · %s: the keyed effect is asked for once by key",
      async (point) => {
        expect((await deliver(point)).signal).toBe("SIGKILL");
        await expireLeases();
        const again = await deliver("other-complete");

        expect(again.out).toContain("failures 0");
        expect(new Set(asked()).size).toBe(1);
      },
    );

    it.each([
      ["before the effect", "plain-before", 0],
      ["after the effect", "plain-after", 1],
    ])("B-05 · %s of a plain verb: never twice, held instead", async (_says, point, mails) => {
      expect((await deliver(point)).signal).toBe("SIGKILL");
      await expireLeases();
      const again = await deliver("plain");

      expect(again.out).toContain("in-doubt/in-doubt");
      expect(again.out).toContain("failures 1");
      expect(asked().filter((line) => line === "mail")).toHaveLength(mails);
    });

    it("C-01 · a process frozen in a transaction's body, and thawed after another has committed, is fenced", async () => {
      const zombie: ChildProcess = spawn(process.execPath, args("freeze-in-transaction"), {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      const ended = new Promise<void>((resolve) => zombie.once("exit", () => resolve()));
      try {
        await new Promise<void>((resolve) =>
          zombie.stdout?.on("data", (chunk: Buffer) => {
            out += chunk.toString();
            if (out.includes("frozen")) resolve();
          }),
        );
        await expireLeases();
        expect((await deliver("none")).out).toContain("takeover/completed");
        zombie.kill("SIGCONT");
        await ended;
      } finally {
        zombie.kill("SIGKILL");
      }

      expect(out).toContain("first/fenced");
      expect(out).toContain("failures 1");
      expect(await count()).toBe(1);
    });
  });

  it("a context without transactions has no commit, and this one has", async () => {
    const once = createOnce({ store: bench.store, namespace: "types" });
    const rows = await ownTable(bench.client);
    const handler = once.handler(
      sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }),
      async (m, ctx) => {
        await ctx.transact("row", async (tx) =>
          tx.put({ TableName: rows, Item: { pk: m.body.orderId, ...m.body } }),
        );
        await ctx.commit(async (tx) => {
          // @ts-expect-error a put without its item
          const wrong = () => tx.put({ TableName: rows });
          expect(wrong).toThrow(/Item must be a plain object/);
        });
      },
    );
    expect(failures(await handler(event(record("m1", { orderId: "o1", amount: 3 })), lambda()))).toEqual([]);
    expect((await bench.client.send(new ScanCommand({ TableName: rows }))).Items).toEqual([
      { pk: { S: "o1" }, orderId: { S: "o1" }, amount: { N: "3" } },
    ]);
  });
});
