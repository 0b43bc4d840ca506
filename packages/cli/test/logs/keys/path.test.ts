/** JSONPath, as far as it names members. */

import { describe, expect, it } from "vitest";
import { needleOf, parsePath, valuesAt, withinRecord } from "../../../src/logs/keys/path.ts";
import { Usage } from "../../../src/usage.ts";

const at = (path: string, root: unknown): readonly string[] => valuesAt(parsePath("--key", path), root);

/** https://www.rfc-editor.org/rfc/rfc9535#section-1.5 */
const STORE = {
  store: {
    book: [
      { category: "reference", author: "Nigel Rees", title: "Sayings of the Century", price: 8.95 },
      { category: "fiction", author: "Evelyn Waugh", title: "Sword of Honour", price: 12.99 },
    ],
    bicycle: { color: "red", price: 399 },
  },
};

describe("as RFC 9535 has it", () => {
  it.each([
    ["$.store.book[*].author", ["Nigel Rees", "Evelyn Waugh"]],
    ["$..author", ["Nigel Rees", "Evelyn Waugh"]],
    ["$.store.*.color", ["red"]],
    ["$.store..price", ["8.95", "12.99", "399"]],
    ["$..book[1].title", ["Sword of Honour"]],
    ["$..book[-1].title", ["Sword of Honour"]],
    ["$['store']['bicycle'][\"color\"]", ["red"]],
    ["$.store.book[9].title", []],
    ["$.nothing.there", []],
    ["$.store.bicycle", []],
  ])("%s", (path, found) => {
    expect(at(path, STORE)).toEqual(found);
  });

  it.each([
    ["$['a.b']", { "a.b": 1 }, ["1"]],
    ["$['it\\'s']", { "it's": 1 }, ["1"]],
    ["$.größe", { größe: "xl" }, ["xl"]],
    ["$.order-id", { "order-id": 7 }, ["7"]],
    ["$.toString", {}, []],
    ["$.__proto__.x", {}, []],
  ])("%s", (path, root, found) => {
    expect(at(path, root)).toEqual(found);
  });
});

describe("texts that hold JSON", () => {
  it("are read on the way, however often they hold another", () => {
    const inner = JSON.stringify({ orderId: "o-1" });

    expect(at("$.body.orderId", { body: inner })).toEqual(["o-1"]);
    expect(at("$.body.Message.orderId", { body: JSON.stringify({ Message: inner }) })).toEqual(["o-1"]);
    expect(at("$.body[0].orderId", { body: `[${inner}]` })).toEqual(["o-1"]);
  });

  it("in base64 too, as Kinesis has them", () => {
    const data = Buffer.from(JSON.stringify({ orderId: "o-1" })).toString("base64");

    expect(at("$.kinesis.data.orderId", { kinesis: { data } })).toEqual(["o-1"]);
  });

  it("are texts where the path ends", () => {
    expect(at("$.body", { body: '{"a":1}' })).toEqual(['{"a":1}']);
  });

  it.each(["{", "no JSON", "eyJ", "", "[1,"])("%j holds nothing", (body) => {
    expect(at("$.body.orderId", { body })).toEqual([]);
  });
});

it("no path walks on for ever", () => {
  let value: unknown = "end";
  for (let depth = 0; depth < 5_000; depth += 1) value = { a: value };

  expect(at("$..end", value)).toEqual([]);
});

it.each([
  ["$", /at character 2, its end/],
  ["$.", /at character 2, "\."/],
  ["$.a[", /at character 4, "\["/],
  ["$.a[?(@.b)]", /at character 4, "\[\?\(@\.b\)\]"/],
  ["$.a b", /at character 4, " b"/],
  ["$a", /at character 2, "a"/],
])("%s is not understood, and the place is named", (path, message) => {
  expect(() => parsePath("--key", path)).toThrow(Usage);
  expect(() => parsePath("--key", path)).toThrow(message);
});

it.each([
  ["$.Records[*].body.orderId", 2],
  ["$.Records[0].body.orderId", 2],
  ["$.body.orderId", undefined],
  ["$.Records[*]", undefined],
])("%s within a record", (path, segments) => {
  expect(withinRecord(parsePath("--key", path))?.segments.length).toBe(segments);
});

it.each([
  ["$.body.orderId", "orderId"],
  ["$.body['größe']", "body"],
  ["$[0]", undefined],
  ["$.kinesis.data.orderId", undefined],
])("a line in which %s finds something contains %s", (path, needle) => {
  expect(needleOf(parsePath("--key", path))).toBe(needle);
});
