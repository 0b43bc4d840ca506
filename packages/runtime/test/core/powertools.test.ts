/** The key that Powertools would have made, against keys worked out by hand; that they are its own is tested beside DynamoDB. */

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formerRecords, type PowertoolsRecords } from "../../src/core/powertools.ts";
import { isOnceError } from "../../src/errors.ts";

const base = { tableName: "t", keyPrefix: "f", select: (m: unknown) => m } as const;
const md5 = (text: string): string => createHash("md5").update(text, "utf8").digest("base64");

describe("the key", () => {
  it("is the prefix and the digest of the JSON, properties in Powertools' order, at every depth", () => {
    const of = formerRecords({ ...base, keyPrefix: " f " });

    expect(of("o-1")?.key).toEqual({ id: `f#${md5('"o-1"')}` });
    expect(of({ b: [{ d: 1, C: 2 }], A: null })?.key).toEqual({
      id: `f#${md5('{"A":null,"b":[{"C":2,"d":1}]}')}`,
    });
    expect(of(JSON.parse('{"a":1,"__proto__":{"x":2}}'))?.key).toEqual({ id: `f#${md5('{"a":1}')}` });
    expect(of(0)?.key).toEqual({ id: `f#${md5("0")}` });
    expect(of(false)?.key).toEqual({ id: `f#${md5("false")}` });
  });

  it("is in the attributes that Powertools was given, behind the partition key where the table has two", () => {
    const plain = formerRecords(base)("x");
    expect(plain).toEqual({
      tableName: "t",
      key: { id: `f#${md5('"x"')}` },
      attributes: {
        status: "status",
        expiry: "expiration",
        inProgressExpiry: "in_progress_expiration",
        data: "data",
        validation: "validation",
      },
      validation: undefined,
    });
    const own = formerRecords({
      ...base,
      keyAttr: "pk",
      sortKeyAttr: "sk",
      staticPkValue: "idempotency#f",
      statusAttr: "a",
      expiryAttr: "b",
      inProgressExpiryAttr: "c",
      dataAttr: "d",
      validationKeyAttr: "e",
      hash: (text) => `<${text}>`,
      validation: () => undefined,
    })("x");
    expect(own).toEqual({
      tableName: "t",
      key: { pk: "idempotency#f", sk: 'f#<"x">' },
      attributes: { status: "a", expiry: "b", inProgressExpiry: "c", data: "d", validation: "e" },
      validation: "<null>",
    });
    const sha = formerRecords({ ...base, hash: "sha256", validation: (m) => [m] })("x");
    const digest = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64");
    expect([sha?.key["id"], sha?.validation]).toEqual([`f#${digest('"x"')}`, digest('["x"]')]);
  });

  it("F-01 · of nothing there is none: what Powertools would share between messages is not looked for", () => {
    const of = formerRecords(base);

    for (const nothing of [undefined, null, "", [], {}, [null, ""], { a: undefined, b: null }])
      expect(of(nothing)).toBeUndefined();
    for (const something of [0, false, [0], { a: "", b: 0 }]) expect(of(something)).toBeDefined();
  });
});

describe("options", () => {
  const refused = (more: object): string | undefined => {
    try {
      formerRecords({ ...base, ...more } as PowertoolsRecords);
      return undefined;
    } catch (error) {
      return isOnceError(error) ? `${error.code}: ${error.message}` : String(error);
    }
  };

  it.each([
    [{ tableName: "" }, "`tableName` must be a non-empty string, got an empty one"],
    [{ tableName: undefined }, "`tableName` must be a non-empty string, got undefined"],
    [{ keyPrefix: undefined }, "`keyPrefix` must be a string, got undefined"],
    [{ keyPrefix: 1 }, "`keyPrefix` must be a string, got a number"],
    [{ dataAttr: 5 }, "`dataAttr` must be a non-empty string, got a number"],
    [{ select: "a" }, "`select` must be a function"],
    [{ validation: "a" }, "`validation` must be a function"],
    [{ sortKeyAttr: "sk" }, "`sortKeyAttr` and `staticPkValue` go together"],
    [{ staticPkValue: "pk" }, "`sortKeyAttr` and `staticPkValue` go together"],
    [{ hash: "md6" }, 'got "md6"'],
    [{ hash: 5 }, "got a number"],
  ])("%j is refused", (more, text) => {
    expect(refused(more)).toMatch(/^invalid-option: handler: `readPowertoolsRecords`/);
    expect(refused(more)).toContain(text);
  });

  it("an unknown one is named, with those that there are; an empty prefix is one", () => {
    expect(refused({ keyattr: "x" })).toMatch(
      /^unknown-option: .*"keyattr".*tableName, keyPrefix, keyAttr.*validation\.$/,
    );
    expect(() => formerRecords(null as never)).toThrow(/must be an object.*got null/);
    expect(() => formerRecords("t" as never)).toThrow(/must be an object.*got a string/);
    expect(refused({ keyPrefix: "" })).toBeUndefined();
    expect(refused({ sortKeyAttr: "sk", staticPkValue: "pk", hash: "sha1" })).toBeUndefined();
  });
});
