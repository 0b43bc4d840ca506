/** Answers that come after their time: past the lease they grant, past the deadline, into a later invocation. */

import { describe, expect, it } from "vitest";
import { sqs } from "../../src/index.ts";
import { bench, failures, lambda, lambdaOn, type Order, orders, recordingClient } from "./support.ts";

const source = (more: object = {}) =>
  sqs<Order>({ key: (m) => m.body.orderId, client: recordingClient().client, ...more });

/** Opens once; everybody who waits goes on then. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const only = (b: ReturnType<typeof bench>) => [...b.store.records.values()][0];
/** Lets everything that was waiting for a gate come to its end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

describe("an answer later than the lease that it grants", () => {
  it("C-06 · D-07 · grants nothing: the effect waits until a renewal is answered in time", async () => {
    const b = bench();
    const renewals: number[] = [];
    b.faults.after = (operation) => {
      if (operation !== "renew") return;
      renewals.push(b.clock.wallMs());
      // The process stands still while the answer is on its way: once, for longer than the lease.
      if (renewals.length === 1) b.clock.advance(31_000);
    };
    let startedAtMs = 0;
    const handler = b.once().handler(source(), async (_m, ctx) => {
      b.clock.advance(31_000);
      await ctx.keyed("charge", async ({ key }) => {
        startedAtMs = b.clock.wallMs();
        return key;
      });
    });

    expect(failures(await handler(orders(1), lambda(600_000)))).toEqual([]);
    expect(renewals).toHaveLength(2);
    expect(startedAtMs).toBeLessThan((only(b)?.leaseUntilMs ?? 0) + 1);
  });

  it("C-06 · is not begun on at all when every renewal comes too late", async () => {
    const b = bench();
    b.faults.after = (operation) => {
      if (operation === "renew") b.clock.advance(31_000);
    };
    let effects = 0;
    const handler = b.once().handler(source(), async (_m, ctx) => {
      b.clock.advance(31_000);
      await ctx.keyed("charge", async ({ key }) => {
        effects += 1;
        return key;
      });
    });

    expect(failures(await handler(orders(1), lambda(600_000)))).toEqual(["m0"]);
    expect(effects).toBe(0);
    expect(b.endings()).toEqual(["fenced"]);
  });
});

describe("an answer later than the deadline", () => {
  it("C-05 · does not start a plain effect in a later invocation: the intent is taken back", async () => {
    const b = bench();
    const asked = gate();
    const answer = gate();
    b.faults.after = (operation) => {
      if (operation !== "checkpoint") return;
      asked.open();
      return answer.opened;
    };
    let effects = 0;
    const handler = b.once().handler(source({ deadlineMarginMs: 1_000 }), async (_m, ctx) => {
      await ctx.plain("mail", async () => {
        effects += 1;
      });
    });

    const reply = handler(orders(1), lambdaOn(b.clock, 20_000));
    await asked.opened;
    // Past the deadline, and before the store is no longer waited for.
    b.clock.elapse(19_600);
    expect(failures(await reply)).toEqual(["m0"]);
    expect(only(b)?.steps["mail"]).toMatchObject({ state: "intent", open: true });
    answer.open();
    await settled();

    expect(effects).toBe(0);
    expect(only(b)).toMatchObject({ state: "failed", steps: {} });
  });

  it("C-05 · does not start a keyed effect either, nor completes a handler that swallows the refusal", async () => {
    const b = bench();
    const answer = gate();
    const asked = gate();
    let charged = 0;
    const handler = b.once().handler(source({ deadlineMarginMs: 1_000 }), async (_m, ctx) => {
      await ctx.repeatable("slow", () => (asked.open(), answer.opened));
      try {
        await ctx.keyed("charge", async ({ key }) => {
          charged += 1;
          return key;
        });
      } catch {
        // As if all were well.
      }
    });

    const reply = handler(orders(1), lambdaOn(b.clock, 20_000));
    await asked.opened;
    // Past the deadline, and before the store is no longer waited for.
    b.clock.elapse(19_600);
    expect(failures(await reply)).toEqual(["m0"]);
    answer.open();
    await settled();

    expect(charged).toBe(0);
    expect(only(b)?.state).not.toBe("completed");
  });

  it("C-13 · a claim whose run never began, because its lease could not be confirmed, is given back", async () => {
    const b = bench();
    const answer = gate();
    let runs = 0;
    b.faults.after = (operation) => {
      // The claim is answered when its lease is over, and the renewal not before the deadline.
      if (operation === "claim") b.clock.advance(31_000);
      return operation === "renew" ? answer.opened : undefined;
    };
    const handler = b.once().handler(source({ deadlineMarginMs: 100 }), async () => {
      runs += 1;
    });

    // The lease is as long as the function may still run, so its time must be longer than the clock is moved by.
    const context = lambda(32_000);
    const left = (): number => (b.calls.includes("claim") ? 250 : context.getRemainingTimeInMillis());
    const reply = await handler(orders(1), { ...context, getRemainingTimeInMillis: left });
    answer.open();
    await settled();

    expect(failures(reply)).toEqual(["m0"]);
    expect(runs).toBe(0);
    expect(only(b)).toMatchObject({ state: "released", attempts: 0 });
  });
});
