/** What is made of keys and payloads is stored: the next release must make the same of them. */

import { describe, expect, it } from "vitest";
import { differingFields, fingerprint } from "../../src/core/fingerprint.ts";
import { checkKey, derivedKey, recordId, scopeText } from "../../src/core/key.ts";

describe("values that a release must not change, or every stored key is new", () => {
  it("F-06 · F-08 · a record's id", () => {
    expect(recordId("orders", "default", ["é", 42, 7n, "\ud800"])).toBe(
      "ff4382b5f043c4f4201a2ec4c724bcbb510cdcaa87c650b9ce4fb096e8507241",
    );
  });

  it("B-04 · a derived key", () => {
    expect(derivedKey("ab".repeat(32), 3, "charge")).toBe("335bad46-6a12-8568-8d6f-d1a246f89496");
  });

  it("A-07 · a fingerprint, of an object with its fields, and of anything else without", () => {
    const value = { amount: 1, list: ["a", true, null, 2n], nested: { at: new Date(0) } };
    expect(fingerprint(value, "salt")).toBe(
      '{"h":"f730c3f19caf6403d94210d2dc021b707ec11c7e5ccfe213359d374ea6659e73","f":{"amount":"f982","list":"8613","nested":"5358"}}',
    );
    expect(fingerprint("text", "salt")).toBe(
      '{"h":"1410c0bb69f491ac4145e05435d1d175baafd628d13b206740a09ebacb80bb86"}',
    );
  });

  it("F-09 · a scope, and the parts of a key as they were given", () => {
    expect(scopeText("orders", "refunds")).toBe("orders/refunds");
    expect(checkKey(["a", 1, 2n])).toEqual({ ok: true, parts: ["a", 1, 2n] });
    expect(checkKey(7n)).toEqual({ ok: true, parts: [7n] });
    expect(checkKey([["a"]])).toEqual({
      ok: false,
      reason: "key part 1 of 1 is an array, not a string, number or bigint",
    });
  });
});

describe("fingerprints", () => {
  const fieldsOf = (value: unknown) => (JSON.parse(fingerprint(value, "s")) as { f?: object }).f;
  const named = (length: number) => ({ ["n".repeat(length)]: 1 });
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, index]));

  it("A-07 · name up to 32 fields with names of up to 64 characters; a larger object has none", () => {
    expect(Object.keys(fieldsOf(named(64)) ?? {})).toHaveLength(1);
    expect(fieldsOf(named(65))).toEqual({});
    expect(Object.keys(fieldsOf(many(32)) ?? {})).toHaveLength(32);
    expect(fieldsOf(many(33))).toBeUndefined();
    expect(fieldsOf([1])).toBeUndefined();
    expect(fieldsOf(new Date(0))).toBeUndefined();
    expect(fieldsOf(null)).toBeUndefined();
  });

  it("A-07 · where one has no fields, or cannot be read, no difference is named", () => {
    const fields = fingerprint({ a: 1 }, "s");
    for (const other of [undefined, "not JSON", fingerprint("text", "s")]) {
      expect(differingFields(fields, other)).toEqual([]);
      expect(differingFields(other, fields)).toEqual([]);
    }
    expect(differingFields(fields, fingerprint({ b: 1 }, "s"))).toEqual(["a", "b"]);
  });

  it("F-12 · see a value as JSON does: what it leaves out does not count, what it turns into null is null", () => {
    const same = (a: unknown, b: unknown) => fingerprint(a, "s") === fingerprint(b, "s");
    expect(same({ a: 1, gone: undefined, fn: () => {}, sym: Symbol("x") }, { a: 1 })).toBe(true);
    expect(same([Number.NaN, Infinity, undefined], [null, null, null])).toBe(true);
    expect(same({ at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" })).toBe(true);
    expect(same({ toJSON: "no function" }, { toJSON: "another" })).toBe(false);
    expect(same([1n], [1])).toBe(false);
    expect(same([true], [false])).toBe(false);
    expect(same([""], [null])).toBe(false);
    const twice = { x: 1 };
    expect(same([twice, twice], [{ x: 1 }, { x: 1 }])).toBe(true);
  });

  it("F-12 · refuse what contains itself, and say so", () => {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    expect(() => fingerprint(value, "s")).toThrow("a value that contains itself has no fingerprint");
  });
});
