/** `once.run`: what its caller is answered, and what it leaves behind (P2, P4). */

import { describe, expect, it } from "vitest";
import { OnceError } from "../../src/index.ts";
import type { Claim, Store } from "../../src/store.ts";
import { lasting, settled, stillWorld } from "./still-world.ts";

const answering = (claim: Claim): Partial<Store<never>> => ({
  claim: async (requests) => requests.map(() => claim),
});

describe("what run answers", () => {
  it("F-01 · a key that is none: invalid, for its reason, and the store is not asked", async () => {
    const w = stillWorld();
    const outcome = await w.once.run("", async () => 1);

    expect(outcome).toMatchObject({ ran: false, verdict: "invalid" });
    expect(!outcome.ran && "reason" in outcome && outcome.reason).toMatch(/empty/);
    expect([w.asked.claim, w.deliveries()]).toEqual([[], []]);
  });

  it("A-08 · the first, a retry and a takeover, each by its verdict", async () => {
    const w = stillWorld();
    const failing = w.once.run("k", async () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const retry = await w.once.run("k", async (ctx) => ctx.verdict);
    void w.once.run("other", () => new Promise(() => {}));
    await settled();
    w.clock.forget();
    w.clock.move(60_000);
    const takeover = await w.once.run("other", async (ctx) => [ctx.verdict, ctx.attempt]);

    expect(retry).toEqual({ ran: true, verdict: "retry", value: "retry" });
    expect(takeover).toEqual({ ran: true, verdict: "takeover", value: ["takeover", 2] });
  });

  it("A-09 · busy: when to ask again is when the lease is over, and now where it is", async () => {
    const claim = {
      kind: "busy",
      messageId: undefined,
      nowMs: 1_000,
      leaseUntilMs: 4_000,
      runUntilMs: 1,
    } as const;
    const left = async (leaseUntilMs: number): Promise<number> => {
      const w = stillWorld({ store: answering({ ...claim, leaseUntilMs }) });
      const outcome = await w.once.run("k", async () => 1);
      return outcome.ran || outcome.verdict !== "busy" ? Number.NaN : outcome.retryAtMs - w.clock.wallMs();
    };

    expect([await left(4_000), await left(500)]).toEqual([3_000, 0]);
  });

  it("A-03 · a duplicate: with the stored result, or saying that there is none", async () => {
    const duplicate = { kind: "duplicate", messageId: undefined, functionName: undefined } as const;
    const outcome = (result: string | undefined) =>
      stillWorld({ store: answering({ ...duplicate, result }) }).once.run("k", async () => 1);

    expect(await outcome('{"a":1}')).toEqual({
      ...{ ran: false, verdict: "duplicate", stored: true, value: { a: 1 } },
    });
    expect(await outcome(undefined)).toEqual({
      ...{ ran: false, verdict: "duplicate", stored: false, value: undefined },
    });
  });

  it("A-07 · a mismatch and a doubt: not run, and the steps that are in doubt by name", async () => {
    const mismatch = stillWorld({
      store: answering({ kind: "mismatch", messageId: undefined, fingerprint: undefined }),
    });
    const doubt = stillWorld({
      store: answering({ kind: "in-doubt", messageId: undefined, steps: ["mail", "call"], heldAtMs: 1 }),
    });

    expect(await mismatch.once.run("k", async () => 1)).toMatchObject({ ran: false, verdict: "mismatch" });
    expect(await doubt.once.run("k", async () => 1)).toMatchObject({
      ran: false,
      verdict: "in-doubt",
      reason: expect.stringContaining("mail, call") as string,
    });
    expect(String(doubt.deliveries()[0]?.error)).toContain('"k" is held');
    expect([mismatch.deliveries()[0]?.ending, doubt.deliveries()[0]?.ending]).toEqual([
      "mismatch",
      "in-doubt",
    ]);
  });

  it("D-01 · what the store cannot say is thrown, and can be asked again where that helps", async () => {
    const error = new OnceError("table-missing", "set it up");
    const broken = stillWorld({ store: answering({ kind: "error", error }) });
    await expect(broken.once.run("k", async () => 1)).rejects.toBe(error);
    expect(broken.deliveries()).toMatchObject([{ ending: "store-error", acknowledged: false, error }]);

    const refused = stillWorld({ store: answering({ kind: "refused" }) });
    await expect(refused.once.run("k", async () => 1)).rejects.toMatchObject({
      code: "store-error",
      retryable: true,
    });
    const short = stillWorld({ store: { claim: async () => [] } });
    await expect(short.once.run("k", async () => 1)).rejects.toMatchObject({
      code: "store-error",
      retryable: false,
    });
    expect(short.asked.release).toEqual([]);
  });

  it("B-12 · of a process that is being ended: refused before the store is asked, to be asked elsewhere", async () => {
    const w = stillWorld({ shutdown: AbortSignal.abort() });
    await expect(w.once.run("k", async () => 1)).rejects.toMatchObject({ code: "shutdown", retryable: true });
    expect(w.asked.claim).toEqual([]);
  });

  it("E-08 · what its function throws, also where that is nothing", async () => {
    const w = stillWorld();
    const thrown = w.once
      .run("k", () => Promise.reject(undefined))
      .then(
        () => "answered",
        (error: unknown) => [error],
      );
    expect(await thrown).toEqual([undefined]);
    expect(w.record("k")?.state).toBe("failed");
  });
});

describe("what run tells", () => {
  it("its attempt, its times and what was left of them", async () => {
    const w = stillWorld();
    await w.once.run(
      ["eu", 7],
      async () => {
        w.clock.move(10_000);
        await settled();
        w.clock.move(250);
      },
      { name: "job", context: lasting(60_000) },
    );

    const id = [...w.records.keys()][0] ?? "";
    expect(w.deliveries()).toEqual([
      {
        kind: "delivery",
        scope: "still/job",
        key: "eu · 7",
        messageId: undefined,
        receiveCount: undefined,
        correlationId: id.slice(0, 32),
        verdict: "first",
        origin: undefined,
        ending: "completed",
        attempt: 1,
        fence: 1,
        durationMs: 10_250,
        acknowledged: true,
        error: undefined,
        source: "run",
        ageMs: undefined,
        leaseLeftMs: 29_750,
        visibilityLeftMs: undefined,
        deadlineLeftMs: 49_750,
        renewals: 1,
        traceparent: undefined,
      },
    ]);
    expect(w.invocations).toMatchObject([{ deliveries: 1, requestId: "request-1", functionName: "orders" }]);
  });

  it("what it belongs to, where a handler calls it: the handler's correlation id and trace", async () => {
    const w = stillWorld();
    w.run = async () => {
      await w.once.run("inner", async (ctx) => ctx.correlationId, { name: "inner" });
    };
    await w.handle([{ ref: "a", correlationId: "chain-1", carrier: { traceparent: "00-1-2-01" } }]);

    expect(w.deliveries().map((said) => [said.key, said.correlationId, said.traceparent])).toEqual([
      ["inner", "chain-1", "00-1-2-01"],
      ["a", "chain-1", "00-1-2-01"],
    ]);
    expect(w.record("inner")).toMatchObject({ correlationId: "chain-1", result: '"chain-1"' });
  });

  it("of a run outside Lambda no deadline, and of one that was never begun no lease", async () => {
    const w = stillWorld();
    await w.once.run("k", async () => 1);
    await w.once.run("k", async () => 1);

    expect(w.deliveries()).toMatchObject([
      { deadlineLeftMs: undefined, leaseLeftMs: 30_000, durationMs: 0 },
      { deadlineLeftMs: undefined, leaseLeftMs: undefined, durationMs: 0, renewals: 0, acknowledged: true },
    ]);
  });
});

it("C-05 · run leaves no timer behind, whether it ran, threw or was refused", async () => {
  const w = stillWorld();
  await w.once.run("k", async () => 1, { context: lasting(60_000) });
  await w.once.run("k", async () => 1, { context: lasting(60_000) });
  const throwing = w.once.run("other", async () => Promise.reject(new Error("no")));
  await expect(throwing).rejects.toThrow("no");

  expect(w.clock.waiting()).toBe(0);
});
