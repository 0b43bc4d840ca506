import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differingFields, fingerprint } from "../../src/core/fingerprint.ts";
import { checkKey, derivedKey, keyLabel, type KeyPart, recordId } from "../../src/core/key.ts";
import type { ClaimRequest } from "../../src/store.ts";
import { memoryStore } from "../../src/stores/memory/index.ts";

const id = (...parts: KeyPart[]) => recordId("n", "h", parts);

describe("keys", () => {
  it("F-01 · F-02 · a missing or empty key, or part of one, is refused and named", () => {
    for (const key of [undefined, null, "", [], ["a", undefined], ["a", ""], [null], {}, true, Number.NaN])
      expect(checkKey(key), String(key)).toMatchObject({ ok: false });
    expect(checkKey(["a", ""])).toEqual({ ok: false, reason: "key part 2 of 2 is an empty string" });
  });

  it('F-05 · a number that JSON has rounded is refused, 1 and "1" differ, 1.0 and 1e3 are their values, -0 is 0', () => {
    expect(checkKey(JSON.parse("9007199254740993"))).toMatchObject({ ok: false });
    expect(id(1)).not.toBe(id("1"));
    expect(id(1)).not.toBe(id(1n));
    expect(id(JSON.parse("1.0") as number)).toBe(id(1));
    expect(id(1e3)).toBe(id(1000));
    expect(id(-0)).toBe(id(0));
  });

  it("F-06 · text is compared by its code units: NFC and NFD, case, lone surrogates and U+0000 stay apart", () => {
    const texts = ["é", "e\u0301", "a", "A", "ß", "ss", "\ud800", "\ud801", "\ufffd", "a\u0000", "a ", "😀"];
    expect(new Set(texts.map((text) => id(text))).size).toBe(texts.length);
    expect(keyLabel(["a\n\u001b[31m\u0000\u202eb\ud800"])).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  it("F-07 · F-10 · a key of any length becomes 64 hexadecimal characters, its label stays short", () => {
    for (const length of [1, 2_048, 1_048_576]) {
      expect(id("x".repeat(length))).toMatch(/^[0-9a-f]{64}$/);
      expect(keyLabel(["x".repeat(length)]).length).toBeLessThanOrEqual(121);
    }
  });

  it("F-08 · F-09 · no two different scopes or lists of parts have one id", () => {
    expect(recordId("a#b", "h", ["c"])).not.toBe(recordId("a", "h", ["b#c"]));
    expect(recordId("a", "bc", ["d"])).not.toBe(recordId("ab", "c", ["d"]));
    const part = fc.oneof(
      fc.string({ maxLength: 3, unit: "binary" }),
      fc.integer({ min: -3, max: 3 }),
      fc.bigInt(-3n, 3n),
    );
    const list = fc.array(part, { minLength: 1, maxLength: 3 });
    const typed = (parts: readonly KeyPart[]) =>
      JSON.stringify(parts.map((one) => [typeof one, String(one)]));
    fc.assert(
      fc.property(
        list,
        list,
        (one, other) => (id(...one) === id(...other)) === (typed(one) === typed(other)),
      ),
    );
  });

  it("F-10 · a derived key has 36 characters, and differs by message, name and generation", () => {
    const keys = [
      derivedKey("a", 0, "x"),
      derivedKey("a", 0, "y"),
      derivedKey("a", 1, "x"),
      derivedKey("b", 0, "x"),
    ];
    expect(new Set(keys).size).toBe(4);
    for (const key of keys)
      expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("fingerprints", () => {
  it("F-03 · payloads that differ only under __proto__ have different fingerprints", () => {
    const of = (order: number) => fingerprint(JSON.parse(`{"a":1,"__proto__":{"order":${order}}}`), "s");
    expect(new Set(Array.from({ length: 10 }, (_, order) => of(order))).size).toBe(10);
  });

  it("F-04 · the order of properties does not matter, their case does", () => {
    expect(fingerprint({ aa: 1, Aa: 2 }, "s")).toBe(fingerprint({ Aa: 2, aa: 1 }, "s"));
    expect(fingerprint({ aa: 1, Aa: 2 }, "s")).not.toBe(fingerprint({ aa: 2, Aa: 1 }, "s"));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        return fingerprint(value, "s") === fingerprint(turned, "s");
      }),
    );
  });

  it("A-07 · differing fields are named, values are not in the fingerprint", () => {
    const one = fingerprint({ orderId: "o", card: "4111111111111111", amount: 1 }, "s");
    expect(
      differingFields(one, fingerprint({ orderId: "o", card: "4111111111111111", amount: 2 }, "s")),
    ).toEqual(["amount"]);
    expect(one).not.toContain("4111");
  });
});

describe("the memory store", () => {
  const ask = (name: string): ClaimRequest => ({
    id: name,
    scope: "s",
    label: name,
    token: name,
    leaseMs: 1_000,
    runMs: 1_000,
    retentionMs: 1_000,
  });

  it("F-18 · is bounded: it refuses when full of live records, and makes room from expired ones", async () => {
    let nowMs = 0;
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };
    const store = memoryStore({ clock, maxRecords: 2 });
    await store.claim([ask("a"), ask("b")]);
    expect((await store.claim([ask("c")]))[0]).toMatchObject({ kind: "error" });
    nowMs = 10_000;
    expect((await store.claim([ask("c")]))[0]).toMatchObject({ kind: "won" });
  });

  it("C-15 · a lapsed claim is taken over at the very next delivery", async () => {
    let nowMs = 0;
    const store = memoryStore({
      clock: { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} },
    });
    await store.claim([ask("a")]);
    nowMs = 1_000;
    expect((await store.claim([{ ...ask("a"), token: "next" }]))[0]).toMatchObject({
      kind: "won",
      verdict: "takeover",
    });
  });
});
