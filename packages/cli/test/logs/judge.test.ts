/** What the pipelines that are played do not do: the definition and the laws are in judge.truth.test.ts. */

import { expect, it } from "vitest";
import { judge } from "../../src/logs/judge.ts";
import type { Context, Delivery, Told } from "../../src/logs/model.ts";

const GUARDED: Context = {
  complete: true,
  fromMs: 0,
  toMs: 10_000,
  visibilityTimeoutSeconds: undefined,
  functions: new Map([["", { guarded: true, partialResponses: undefined, deployedAtMs: [] }]]),
};

/** One that took 100 ms, and was killed if no guard has told of it. */
function delivery(at: number, verdict?: Told["verdict"]): Delivery {
  const atMs = at * 1_000;
  const id = `request-${at}`;
  const endMs = atMs + 100;
  return {
    atMs,
    key: "order-1",
    messageId: "m",
    receiveCount: at,
    sentAtMs: undefined,
    firstReceivedAtMs: 1_000,
    source: undefined,
    failed: false,
    invocation: {
      ...{ id, requestId: id, stream: "", function: undefined, startMs: atMs, endMs, durationMs: 100 },
      ...{ outcome: verdict ? "success" : "crash", outcomeSaid: true, deliveries: 1, retry: 0 },
    },
    told: verdict && { verdict, ending: "completed", acknowledged: true, endMs },
  };
}

const verdictsOf = (...deliveries: readonly Delivery[]) =>
  judge(deliveries, GUARDED).map(({ verdict }) => verdict);

it("does not call a delivery the first that had not come to its claim: the guard has called a later one so", () => {
  expect(verdictsOf(delivery(1), delivery(2), delivery(3, "first"))).toEqual(["unknown", "unknown", "first"]);
  expect(judge([delivery(1), delivery(2, "first")], GUARDED)[0]).toMatchObject({
    ran: "unknown",
    reason:
      "a guard was there, and has called a later delivery the first: this one had not come to its claim",
  });
});

it("calls the first so that was killed after its claim, as the guard's later takeover shows", () => {
  expect(verdictsOf(delivery(1), delivery(2, "takeover"))).toEqual(["first", "takeover"]);
});

const BARE: Context = { ...GUARDED, functions: new Map() };

it("a second receive whose first is in no log was throttled, unless a run was killed in between that names no message", () => {
  const second = delivery(2);
  const killed = (fromMs: number, toMs: number): Context => ({
    ...BARE,
    functions: new Map([
      [
        "",
        {
          guarded: false,
          partialResponses: undefined,
          deployedAtMs: [],
          killedSilently: { fromMs, toMs },
        },
      ],
    ]),
  });

  expect(judge([second], BARE)[0]?.verdict).toBe("first");
  expect(judge([second], killed(3_000, 9_000))[0]?.verdict).toBe("first");
  expect(judge([second], killed(100, 900))[0]?.verdict).toBe("first");
  expect(judge([second], killed(1_200, 1_300))[0]).toMatchObject({
    verdict: "unknown",
    reason: expect.stringContaining("killed that name no message"),
  });
});

it("of two that begin together nobody knows whether they were in one batch, where one has no invocation", () => {
  const first = delivery(1, "first");
  const beside = { ...delivery(1), messageId: "m-2", invocation: undefined };
  const later = { ...beside, atMs: first.atMs + 1_001 };
  const long = { ...first, told: { ...(first.told as Told), endMs: 9_000 } };

  expect(judge([long, beside], BARE)[1]).toMatchObject({ verdict: "unknown", beside: true });
  expect(judge([long, later], BARE)[1]).toMatchObject({ verdict: "busy" });
});
