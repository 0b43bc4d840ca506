/** The parts of the DynamoDB store that need no server. */

import { marshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/ports.ts";
import type { Step, StoredRecord } from "../../src/store.ts";
import { CLOCK_MARGIN_MS, CLOCK_TOLERANCE_MS, ServerClock } from "../../src/stores/dynamodb/clock.ts";
import { changes, fromItem, itemBytes, toItem } from "../../src/stores/dynamodb/item.ts";
import { Known } from "../../src/stores/dynamodb/known.ts";
import { marshal, marshalItem } from "../../src/stores/dynamodb/marshal.ts";
import type { Item } from "../../src/stores/dynamodb/transport.ts";
import { Actions } from "../../src/stores/dynamodb/tx.ts";
import { record } from "./stored-record.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\u0000", "\ud800", "json:", "#", "__proto__", "constructor", "é😀"),
);
const step = fc.record(
  {
    kind: fc.constantFrom("keyed", "repeatable", "plain", "transact", "handler"),
    state: fc.constantFrom("intent", "done"),
    atMs: fc.integer({ min: 0, max: 2e12 }),
    open: fc.boolean(),
    value: text,
  },
  { requiredKeys: ["kind", "state", "atMs"] },
) as fc.Arbitrary<Step>;
const records = fc
  .record({
    scope: text,
    label: text,
    state: fc.constantFrom("claimed", "failed", "released", "completed"),
    token: fc.constantFrom("", "t", "u"),
    fence: fc.nat(),
    rev: fc.nat(),
    leaseUntilMs: fc.integer({ min: 0, max: 2e12 }),
    expiresAtMs: fc.option(fc.integer({ min: 0, max: 2e12 }), { nil: undefined }),
    fingerprint: fc.option(text, { nil: undefined }),
    messageId: fc.option(text, { nil: undefined }),
    heldAtMs: fc.option(fc.nat(), { nil: undefined }),
    result: fc.option(text, { nil: undefined }),
    steps: fc.array(fc.tuple(text, step), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  })
  .map((given) => record(given as Partial<StoredRecord>));

describe("records as items", () => {
  it("F-06 · what went in comes out, whatever the text, and an item never carries an attribute without a value", () => {
    fc.assert(
      fc.property(records, (given) => {
        const item = toItem(given);

        expect(fromItem(item)).toEqual(given);
        expect(Object.values(item).some((value) => "NULL" in value)).toBe(false);
      }),
    );
  });

  it("the changes between two records turn the one item into the other", () => {
    fc.assert(
      fc.property(records, records, (before, after) => {
        const changed = { ...toItem(before), ...Object.fromEntries(changes(before, after)) };

        expect(fromItem(changed)).toEqual(after);
        expect(changes(after, after)).toEqual([]);
      }),
    );
  });

  it("D-14 · an item that something else wrote is an error", () => {
    const item = toItem(record());
    const broken: Item[] = [
      { ...item, state: { S: "done" } },
      { ...item, fence: { S: "one" } },
      { ...item, steps: { S: "{}" } },
      { ...item, steps: { M: { charge: { S: "x" } } } },
      { ...item, lease_until_ms: { L: [] } },
      { id: { S: "only" } },
    ];
    for (const wrong of broken)
      expect(() => fromItem(wrong)).toThrow(expect.objectContaining({ code: "record-unreadable" }));
  });

  it("sizes are never estimated too small: names, text in UTF-8, nested values", () => {
    expect(itemBytes({ id: { S: "é" } })).toBe(4);
    expect(itemBytes({ n: { N: "1700000000000" } })).toBeGreaterThanOrEqual(1 + 8);
    expect(itemBytes({ m: { M: { a: { L: [{ BOOL: true }, { NULL: true }] } } } })).toBeGreaterThanOrEqual(
      1 + 3 + 1 + 1 + 3 + 2,
    );
  });
});

describe("the corrected clock", () => {
  const at = (wallMs: number): { clock: Clock; set(ms: number): void } => {
    let now = wallMs;
    return {
      clock: { wallMs: () => now, monotonicMs: () => 0, after: () => () => {} },
      set: (ms) => {
        now = ms;
      },
    };
  };

  it("C-07 · a clock that is right is left alone by any answer, fast or slow", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100_000), fc.nat(20_000), fc.double({ min: 0, max: 1, noNaN: true })), {
          maxLength: 20,
        }),
        (answers) => {
          const { clock, set } = at(0);
          const server = new ServerClock(clock);
          for (const [sentAtMs, tookMs, part] of answers) {
            const dateMs = Math.floor((sentAtMs + tookMs * part) / 1_000) * 1_000;
            server.observe(dateMs, sentAtMs, sentAtMs + tookMs);
          }
          set(500);
          expect([server.nowMs(), server.epoch]).toEqual([500, 0]);
        },
      ),
    );
  });

  it("C-07 · D-07 · after one answer no clock is further off than a second and what the answer took", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e7, max: 1e7 }),
        fc.nat(1_500),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (offMs, tookMs, part) => {
          const { clock, set } = at(0);
          const server = new ServerClock(clock);
          const sentAtMs = 1_700_000_000_123;
          const dateMs = Math.floor((sentAtMs + tookMs * part) / 1_000) * 1_000;
          server.observe(dateMs, sentAtMs + offMs, sentAtMs + offMs + tookMs);

          set(sentAtMs + offMs + tookMs);
          const wrongByMs = Math.abs(server.nowMs() - (sentAtMs + tookMs));
          expect(wrongByMs).toBeLessThanOrEqual(1_001 + tookMs);
          // Two workers, each as wrong as this, still differ by no more than the margin.
          expect(2 * wrongByMs).toBeLessThanOrEqual(CLOCK_MARGIN_MS + 2);
          expect(server.epoch).toBe(
            Math.abs(server.nowMs() - sentAtMs - offMs - tookMs) > CLOCK_TOLERANCE_MS ? 1 : 0,
          );
        },
      ),
    );
  });

  it("C-08 · an answer during which the clock was set back tells nothing", () => {
    const { clock, set } = at(0);
    const server = new ServerClock(clock);
    server.observe(10_000_000, 10_000_000, 10_000_000 - 3_600_000);
    set(7);
    expect([server.nowMs(), server.epoch]).toEqual([7, 0]);
  });
});

describe("known records", () => {
  it("are given to their owner only, the newest revision of them, and not once they have ended", () => {
    const known = new Known();
    known.put(record({ rev: 3 }));
    known.put(record({ rev: 2 }));

    expect(known.get("a".repeat(64), "t")?.rev).toBe(3);
    expect(known.get("a".repeat(64), "other")).toBeUndefined();
    known.put(record({ rev: 1, token: "u" }));
    expect(known.get("a".repeat(64), "u")?.rev).toBe(1);
    known.put(record({ rev: 2, token: "u", state: "completed" }));
    expect(known.get("a".repeat(64), "u")).toBeUndefined();
  });

  it("F-18 · are bounded in number and in size, oldest first out", () => {
    const known = new Known();
    for (let n = 0; n < 1_500; n += 1) known.put(record({ id: `id-${n}` }));
    expect(known.get("id-0", "t")).toBeUndefined();
    expect(known.get("id-1499", "t")).toBeDefined();

    const value = "x".repeat(300_000);
    const steps = { big: { kind: "keyed", state: "done", atMs: 1, value } } as const;
    for (let n = 0; n < 100; n += 1) known.put(record({ id: `large-${n}`, steps }));
    const kept = Array.from({ length: 100 }, (_, n) => known.get(`large-${n}`, "t")).filter(Boolean);
    expect(kept.length).toBeGreaterThan(5);
    expect(kept.length).toBeLessThan(20);
  });
});

describe("plain values of a transaction's own items", () => {
  it("are written as the SDK's own marshaller writes them", () => {
    // Theirs loses a property of this name, and ours must not.
    const name = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__");
    const values = fc.oneof(
      fc.string(),
      fc.integer(),
      fc
        .double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 })
        .filter((value) => value === 0 || Math.abs(value) >= 1e-130),
      fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
      fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }).map((parts) => new Set(parts)),
      fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 3 }).map((parts) => new Set(parts)),
    );
    const nested = fc.oneof(values, fc.array(values), fc.dictionary(name, values));
    fc.assert(
      fc.property(fc.dictionary(name, nested), (given) => {
        const item = { ...given };
        let theirs: unknown;
        try {
          theirs = marshall(item, { removeUndefinedValues: true });
        } catch {
          // What theirs refuses ours may refuse too: numbers that are not exact.
          return;
        }
        // They write -0 as it is; as a key or in a set it is 0 like any other.
        expect(JSON.stringify(marshalItem("Item", item)).replaceAll('"-0"', '"0"')).toBe(
          JSON.stringify(theirs).replaceAll('"-0"', '"0"'),
        );
      }),
    );
  });

  it("undefined properties are left out, Maps and bytes are taken, and later changes of a value are not written", () => {
    const tags = ["a"];
    const item = marshalItem("Item", {
      gone: undefined,
      map: new Map([["k", 1n]]),
      bytes: new Uint8Array([1, 2]).buffer,
      tags,
      none: Object.assign(Object.create(null) as object, { x: 1 }),
    });
    tags.push("b");
    expect(item).toEqual({
      map: { M: { k: { N: "1" } } },
      bytes: { B: new Uint8Array([1, 2]) },
      tags: { L: [{ S: "a" }] },
      none: { M: { x: { N: "1" } } },
    });
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  it.each([
    ["a date", { when: new Date(0) }, /Item\.when is a Date object/],
    ["a class", { a: { b: [new URL("https://x.example")] } }, /Item\.a\.b\[0\] is a URL object/],
    ["a function", { f: () => {} }, /Item\.f is a function/],
    ["undefined in a list", { list: [1, undefined] }, /Item\.list\[1\] is undefined/],
    ["not a number", { n: Number.NaN }, /Item\.n is NaN/],
    ["an integer that is not exact", { n: 2 ** 53 }, /Item\.n .*bigint/],
    ["a number out of range", { n: 1e126 }, /Item\.n .*range/],
    ["too many digits", { n: 10n ** 40n }, /Item\.n has more than 38 digits/],
    ["an empty set", { s: new Set() }, /Item\.s is an empty Set/],
    ["a mixed set", { s: new Set([1, "1"]) }, /Item\.s is a Set of mixed/],
    ["a lone surrogate", { s: "\ud800" }, /Item\.s has a lone surrogate/],
    ["a key that is no string", { m: new Map([[1, 1]]) }, /Item\.m has a key that is a number/],
    ["a cycle", { cycle }, /contains itself/],
  ])("%s is refused by its path", (_what, value, said) => {
    expect(() => marshalItem("Item", value)).toThrow(
      expect.objectContaining({ code: "unstorable-value", message: expect.stringMatching(said) }),
    );
  });

  it("a value that is no object is refused as an item", () => {
    for (const value of [undefined, null, "x", [1], new Date(0)])
      expect(() => marshalItem("tx.put: Item", value)).toThrow(/tx\.put: Item must be a plain object/);
    expect(marshal("x", [])).toEqual({ L: [] });
  });
});

describe("a transaction's actions", () => {
  const put = { TableName: "orders", Item: { pk: "1" } };

  it("99 of them are taken, and the hundredth is an error that says what to do", () => {
    const { tx } = new Actions();
    for (let n = 0; n < 99; n += 1) tx.put(put);
    expect(() => tx.put(put)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/99 actions.*transact/s) }),
    );
  });

  it("a call after the body has ended throws", () => {
    const actions = new Actions();
    actions.tx.put(put);
    expect(actions.end()).toHaveLength(1);
    expect(() => actions.tx.delete({ TableName: "orders", Key: { pk: "1" } })).toThrow(
      expect.objectContaining({ code: "verb-after-end" }),
    );
  });

  it("a misspelt or missing field is an error, not silently nothing", () => {
    const { tx } = new Actions();
    const wrong = (work: () => void, said: RegExp) =>
      expect(work).toThrow(
        expect.objectContaining({ code: "invalid-option", message: expect.stringMatching(said) }),
      );
    wrong(() => tx.put({ ...put, Condition: "x" } as typeof put), /no field Condition/);
    wrong(() => tx.put({ Item: {} } as typeof put), /TableName must be a string/);
    wrong(() => tx.update({ TableName: "t", Key: {} } as never), /UpdateExpression must be a string/);
    wrong(() => tx.check({ TableName: "t", Key: {} } as never), /ConditionExpression must be a string/);
    wrong(() => tx.put(null as never), /takes an object, got null/);
  });
});
