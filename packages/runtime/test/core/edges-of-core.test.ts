/** The core at its edges: what is said of a bad key, the very instant of an expiry, what an operator's change leaves. */

import { describe, expect, it } from "vitest";
import { differingFields, fingerprint } from "../../src/core/fingerprint.ts";
import { checkKey, keyLabel, printable, scopeText } from "../../src/core/key.ts";
import { applyRerun, applyResolution } from "../../src/core/operate.ts";
import { changeSteps, isExpired, openSteps } from "../../src/core/record.ts";
import { RECORD_VERSION, type Step, type StoredRecord } from "../../src/store.ts";

const intent: Step = { kind: "plain", state: "intent", atMs: 1, open: true };
const done: Step = { kind: "keyed", state: "done", atMs: 1, value: "1" };
const record = (more: Partial<StoredRecord> = {}): StoredRecord => ({
  id: "i",
  version: RECORD_VERSION,
  scope: "s",
  label: "l",
  state: "claimed",
  token: "t",
  fence: 1,
  attempts: 1,
  rev: 7,
  leaseUntilMs: 1_000,
  runUntilMs: 5_000,
  expiresAtMs: undefined,
  fingerprint: undefined,
  messageId: undefined,
  functionName: undefined,
  correlationId: undefined,
  generation: 0,
  verdict: "first",
  firstAttemptAtMs: 1,
  heldAtMs: 2,
  steps: { mail: intent },
  result: undefined,
  ...more,
});

describe("keys", () => {
  it.each([
    [null, "no key: got null"],
    [undefined, "no key: got undefined"],
    [[], "no key: got an empty list of parts"],
    ["", "the key is an empty string"],
    [["a", undefined], "key part 2 of 2 is undefined"],
    [[null], "key part 1 of 1 is null, not a string, number or bigint"],
    [[["a"]], "key part 1 of 1 is an array, not a string, number or bigint"],
    [true, "the key is a value of type boolean, not a string, number or bigint"],
    [Number.POSITIVE_INFINITY, "the key is Infinity, not a finite number"],
    [2 ** 53, "the key is a number too large to be exact: JSON.parse has rounded it; send it as a string"],
  ])("F-01 · %j: %s", (key, reason) => {
    expect(checkKey(key)).toEqual({ ok: false, reason });
  });

  it("F-16 · a label is its parts in one line, cut at its length and marked where it was; a scope is namespace and name", () => {
    expect(keyLabel(["a", 1, 2n])).toBe("a · 1 · 2");
    expect(printable("abc", 3)).toBe("abc");
    expect(printable("abcd", 3)).toBe("abc…");
    expect(printable("a\u2028b\u2029c\u0000d\u202ee", 99)).toBe("a\uFFFDb\uFFFDc\uFFFDd\uFFFDe");
    expect(printable("a b-c", 99)).toBe("a b-c");
    expect(scopeText("n", "h")).toBe("n/h");
  });
});

describe("fingerprints", () => {
  it("A-07 · the fields that differ, that are missing on either side, sorted; nothing where it cannot be told", () => {
    const one = fingerprint({ b: 1, a: 1, same: 1, gone: 1 }, "s");
    const other = fingerprint({ a: 2, b: 2, same: 1, here: 1 }, "s");

    expect(differingFields(one, other)).toEqual(["a", "b", "gone", "here"]);
    expect(differingFields(other, one)).toEqual(["a", "b", "gone", "here"]);
    for (const nothing of [undefined, "", "no JSON", fingerprint([1], "s")]) {
      expect(differingFields(nothing, other)).toEqual([]);
      expect(differingFields(one, nothing)).toEqual([]);
    }
  });
});

describe("records", () => {
  it("D-12 · expired at its very instant, not before, and never while it has none", () => {
    expect(isExpired(record({ expiresAtMs: 10 }), 9)).toBe(false);
    expect(isExpired(record({ expiresAtMs: 10 }), 10)).toBe(true);
    expect(isExpired(record(), Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it("a step moves forward only: a done one is neither cleared nor an intent again", () => {
    expect(openSteps({ mail: intent, charge: done })).toEqual(["mail"]);
    expect(changeSteps({ mail: intent, charge: done }, { clear: ["mail", "charge", "none"] })).toEqual({
      charge: done,
    });
    expect(changeSteps({ charge: done }, { set: { charge: intent } })).toEqual({ charge: done });
    expect(changeSteps({ charge: done }, { set: { charge: { ...done, value: "2" } } })).toEqual({
      charge: { ...done, value: "2" },
    });
    expect(changeSteps({ mail: intent }, {})).toEqual({ mail: intent });
  });
});

describe("what an operator may do", () => {
  const notDone = { id: "i", step: "mail", as: { done: false } } as const;

  it("B-05 · not done: too early while the owner may live, from the instant on when it cannot; by force at once", () => {
    expect(applyResolution(record(), notDone, 4_999).resolved).toEqual({
      kind: "too-early",
      runUntilMs: 5_000,
    });
    expect(applyResolution(record(), notDone, 5_000).resolved).toEqual({ kind: "resolved" });
    expect(applyResolution(record(), { ...notDone, force: true }, 0).resolved).toEqual({ kind: "resolved" });
  });

  it("the record gets back the retention that it had, or 29 days, from now on; one revision more", () => {
    const day = 86_400_000;
    const { write } = applyResolution(record(), notDone, 5_000);
    expect(write).toMatchObject({
      state: "failed",
      token: "",
      rev: 8,
      steps: {},
      expiresAtMs: 5_000 + 29 * day,
    });
    const long = applyResolution(record({ expiresAtMs: 1_000 + 40 * day }), notDone, 5_000);
    expect(long.write?.expiresAtMs).toBe(5_000 + 40 * day);
  });

  it("a completed record runs again as failed, under a new generation and one revision more; no other does", () => {
    const again = applyRerun(record({ state: "completed", steps: {}, result: "1", generation: 3 }));
    expect(again).toMatchObject({ state: "failed", token: "", generation: 4, rev: 8, result: undefined });
    expect(applyRerun(record())).toBeUndefined();
    expect(applyRerun(undefined)).toBeUndefined();
  });
});
