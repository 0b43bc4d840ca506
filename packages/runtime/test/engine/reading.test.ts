/** From a delivery to what is asked of the store, and from the store's refusal to how the delivery ends (P2, P4). */

import { describe, expect, it } from "vitest";
import { judgeFollower, readEntries, refusal, sharedScope } from "../../src/engine/items.ts";
import { isOnceError } from "../../src/index.ts";
import type { Arrival } from "../../src/source.ts";
import type { Claim } from "../../src/store.ts";
import type { Ending } from "../../src/types.ts";

const scope = { namespace: "n", name: "h", text: "n/h" };

function arrival(ref: string, more: Partial<Arrival<string>> & { messageId?: string } = {}): Arrival<string> {
  return {
    ref,
    delivery: { source: "q", messageId: more.messageId ?? ref, receiveCount: 1, sentAtMs: 1 },
    correlationId: undefined,
    lane: undefined,
    reading: { ok: true, message: `body of ${ref}`, key: "k", fingerprint: { a: 1 } },
    ...more,
  };
}
const reading = (more: object) => ({
  reading: { ok: true, message: "m", key: "k", fingerprint: { a: 1 }, ...more } as Arrival<string>["reading"],
});

describe("entries", () => {
  it("carry the message, its key as text, and who leads: the earliest of a key", () => {
    const [first, second, third, other] = readEntries(scope, [
      arrival("m1"),
      arrival("m2"),
      arrival("m3"),
      arrival("m4", reading({ key: ["eu", 7] })),
    ]);

    expect([first?.leader, second?.leader, third?.leader, other?.leader]).toEqual([
      undefined,
      first,
      first,
      undefined,
    ]);
    expect(first).toMatchObject({
      message: "body of m1",
      unread: undefined,
      answer: undefined,
      item: { label: "k", messageId: "m1", former: undefined },
    });
    expect(second?.item?.id).toBe(first?.item?.id);
    expect(other?.item?.id).not.toBe(first?.item?.id);
    expect(other?.item?.label).toBe("eu · 7");
  });

  it("carry the producer's correlation id; else one that every delivery of the key has", () => {
    const [own, none, again] = readEntries(scope, [
      arrival("m1", { correlationId: "chain-1" }),
      arrival("m2"),
      arrival("m3"),
    ]);

    expect([own?.correlationId, own?.item?.correlationId]).toEqual(["chain-1", "chain-1"]);
    expect(none?.correlationId).toBe(none?.item?.id.slice(0, 32));
    expect(none?.item?.correlationId).toBe(none?.correlationId);
    expect(again?.correlationId).toBe(none?.correlationId);
  });

  it("A-07 · have a fingerprint of the payload and of the key; none where it is switched off", () => {
    const [one, same, other, off] = readEntries(scope, [
      arrival("m1"),
      arrival("m2", reading({})),
      arrival("m3", reading({ fingerprint: { a: 2 } })),
      arrival("m4", reading({ fingerprint: false })),
    ]);

    expect(same?.item?.fingerprint).toBe(one?.item?.fingerprint);
    expect(other?.item?.fingerprint).not.toBe(one?.item?.fingerprint);
    expect(off?.item).toMatchObject({ fingerprint: undefined, messageId: "m4" });
  });

  it("F-02 · F-14 · are unread, each for its reason, and nobody's leader", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const [bad, nokey, deep, fine] = readEntries(scope, [
      arrival("m1", {
        reading: { ok: false, code: "invalid-schema", reason: "no amount", retryable: false },
      }),
      arrival("m2", reading({ key: undefined })),
      arrival("m3", { ...reading({ fingerprint: cycle }), correlationId: "chain-3" }),
      arrival("m4"),
    ]);

    expect(bad).toMatchObject({
      item: undefined,
      message: undefined,
      correlationId: "m1",
      unread: { code: "invalid-schema", message: "no amount", retryable: false },
    });
    expect(nokey).toMatchObject({ item: undefined, correlationId: "m2", unread: { code: "invalid-key" } });
    expect(deep).toMatchObject({
      item: undefined,
      correlationId: "chain-3",
      unread: { code: "invalid-body", cause: expect.any(TypeError) as TypeError },
    });
    expect(fine?.leader).toBeUndefined();
  });

  it("F-02 · a function for former records that throws makes the key unusable, and its error is the cause", () => {
    const cause = new Error("no such field");
    const formerOf = () => {
      throw cause;
    };
    const [entry] = readEntries(scope, [arrival("m1")], formerOf);

    expect(entry?.unread).toMatchObject({ code: "invalid-key", cause });
    const former = { tableName: "t" } as never;
    const asked: unknown[] = [];
    const [found] = readEntries(scope, [arrival("m1")], (message) => (asked.push(message), former));
    expect([found?.item?.former, asked]).toEqual([former, ["body of m1"]]);
  });
});

describe("a claim that was not won", () => {
  const item = { id: "i", label: "order 1", messageId: "m1", fingerprint: undefined };
  const busy = { kind: "busy", nowMs: 1_000, leaseUntilMs: 4_000, runUntilMs: 9_000 } as const;

  it("A-04 · says whether it is a redelivery or a producer's resend, where both have a message id", () => {
    const origin = (mine: string | undefined, theirs: string | undefined) =>
      refusal({ ...item, messageId: mine }, { ...busy, messageId: theirs }).more.origin;

    expect([origin("m1", "m1"), origin("m2", "m1")]).toEqual(["redelivery", "resend"]);
    expect([origin(undefined, "m1"), origin("m1", undefined), origin(undefined, undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each<[Claim, object]>([
    [
      { kind: "duplicate", messageId: "m1", functionName: "f", result: "7" },
      {
        end: { ending: "duplicate", value: "7" },
        more: { verdict: "duplicate", origin: "redelivery" },
      },
    ],
    [
      { ...busy, messageId: "m2" },
      {
        end: { ending: "busy" },
        more: { verdict: "busy", origin: "resend", busy: { leftMs: 3_000, runLeftMs: 8_000 } },
      },
    ],
    [
      { kind: "mismatch", messageId: "m2", fingerprint: undefined },
      {
        end: { ending: "mismatch", error: { code: "mismatch", retryable: false } },
        more: { verdict: "mismatch", origin: "resend" },
      },
    ],
    [
      { kind: "in-doubt", messageId: "m1", steps: ["mail", "call"], heldAtMs: 1 },
      {
        end: { ending: "in-doubt", error: { code: "in-doubt", retryable: false } },
        more: { verdict: "in-doubt", origin: "redelivery" },
      },
    ],
    [{ kind: "refused" }, { end: { ending: "fenced" }, more: {} }],
    [
      { kind: "lapsed", attempts: 2 },
      { end: { ending: "fenced" }, more: {} },
    ],
  ])("%j ends its delivery", (claim, judged) => {
    expect(refusal(item, claim)).toMatchObject(judged);
  });

  it("names every step that is in doubt, and every field that differs", () => {
    const held = refusal(item, { kind: "in-doubt", messageId: "m1", steps: ["mail", "call"], heldAtMs: 1 });
    expect(String(held.end.error)).toContain('"order 1" is held: whether "mail", "call" happened');

    const print = (payload: object) =>
      readEntries(scope, [arrival("m1", reading({ fingerprint: payload }))])[0]?.item?.fingerprint;
    const mismatch = (ours: object, theirs: string | undefined) =>
      String(
        refusal(
          { ...item, fingerprint: print(ours) },
          { kind: "mismatch", messageId: "m1", fingerprint: theirs },
        ).end.error,
      );
    expect(mismatch({ amount: 1, to: "a" }, print({ amount: 2, to: "b" }))).toContain(
      '"order 1" came before with another payload (differing in: amount, to). It',
    );
    expect(mismatch({ amount: 1 }, undefined)).toContain("with another payload. It was not run");
  });
});

describe("a follower", () => {
  const leader = { id: "i", label: "k", messageId: "m1", fingerprint: "one" };
  const same = { ...leader, messageId: "m2" };
  const other = { ...leader, fingerprint: "two" };
  const judged = (item: typeof leader, ending: Ending | undefined) => {
    const { end, more } = judgeFollower(item, leader, ending);
    expect(more.verdict).toBe(end.ending);
    return end.ending;
  };

  it.each<[Ending | undefined, string, string]>([
    ["completed", "duplicate", "mismatch"],
    ["duplicate", "duplicate", "mismatch"],
    ["failed", "busy", "mismatch"],
    ["in-doubt", "busy", "mismatch"],
    ["busy", "busy", "busy"],
    ["fenced", "busy", "busy"],
    ["deadline", "busy", "busy"],
    ["store-error", "busy", "busy"],
    ["mismatch", "busy", "busy"],
    [undefined, "busy", "busy"],
  ])(
    "A-06 · A-07 · of a leader that ended %s: %s with the same payload, %s with another",
    (ending, ofSame, ofOther) => {
      expect([judged(same, ending), judged(other, ending)]).toEqual([ofSame, ofOther]);
    },
  );

  it("A-07 · differs only where both have a fingerprint", () => {
    const without = { ...other, fingerprint: undefined };
    expect(judgeFollower(without, leader, "completed").end.ending).toBe("duplicate");
    expect(judgeFollower(leader, without, "completed").end.ending).toBe("duplicate");
  });

  it("A-04 · is a redelivery of its leader or a resend, whatever its verdict", () => {
    const origins = (item: typeof leader) =>
      (["completed", "busy"] as const).map((ending) => judgeFollower(item, leader, ending).more.origin);
    expect([origins(same), origins(leader)]).toEqual([
      ["resend", "resend"],
      ["redelivery", "redelivery"],
    ]);
    const { end, more } = judgeFollower(other, leader, "completed");
    expect([isOnceError(end.error, "mismatch"), more.origin]).toEqual([true, "redelivery"]);
  });
});

it("A-05 · functions that share keys are told of with a code of their own", () => {
  expect(sharedScope("n/h", "a", "b")).toMatchObject({ code: "scope-shared", retryable: false });
});
