/** Rows come from CSV, JSON lines and SQLite; what cannot be used is counted and named. */

import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { folder, rowsOf } from "./support.ts";

const { write } = folder();

it("reads the columns that were named, and the first one as the key", async () => {
  const file = write("a.csv", "order_id,amount,currency\nA,10.50,EUR\nB,3,USD\n");
  const { rows } = await rowsOf(file, { amount: "amount", currency: "Currency" });
  expect(rows).toEqual([
    { line: 2, key: "A", amount: "10.50", currency: "EUR" },
    { line: 3, key: "B", amount: "3", currency: "USD" },
  ]);
});

it("reads what spreadsheets write: a byte order mark, semicolons, CRLF, UTF-16, gzip", async () => {
  const text = '\uFEFForder;note\r\nA;"x;y"\r\n';
  for (const [name, content] of [
    ["bom.csv", text],
    ["utf16.csv", Buffer.from(text, "utf16le")],
    ["packed.csv.gz", gzipSync(text)],
  ] as const) {
    const { rows, bad } = await rowsOf(write(name, content), { key: "order" });
    expect(rows.map(({ key }) => key)).toEqual(["A"]);
    expect(bad.count).toBe(0);
  }
});

it("counts bad rows and names the first of them, and uses all others", async () => {
  const file = write("bad.csv", 'id,amount\nA,1\nB\n,3\n"C"x,4\nD,5\nE,6,7\n');
  const { rows, bad } = await rowsOf(file);
  expect(rows.map(({ key }) => key)).toEqual(["A", "D"]);
  expect(bad.count).toBe(4);
  expect(bad.examples).toEqual([
    { line: 3, reason: "1 fields, and the header has 2" },
    { line: 4, reason: "its key is empty" },
    { line: 5, reason: "text behind a closing quote" },
    { line: 7, reason: "3 fields, and the header has 2" },
  ]);
});

it("keeps a JSON number as it is written, where a float would round it", async () => {
  const file = write(
    "a.jsonl",
    '{"id":"A","amount":12345678901234567.89,"by":{"currency":"EUR"}}\n\n{"id":7,"amount":"1.10"}\nhalf{\n[1]\n{"other":1}',
  );
  const { rows, bad } = await rowsOf(file, { amount: "amount", currency: "by.currency" });
  expect(rows).toEqual([
    { line: 1, key: "A", amount: "12345678901234567.89", currency: "EUR" },
    { line: 3, key: "7", amount: "1.10", currency: undefined },
  ]);
  expect(bad.examples.map(({ line }) => line)).toEqual([4, 5, 6]);
});

it.each([
  [
    "a column that is not there",
    "c.csv",
    "id,amount\n",
    { key: "idd" },
    /--ledger-key: .* has no column "idd"\. Did you mean "id"\? It has: id, amount/,
  ],
  ["an empty file", "e.csv", "", {}, /is empty/],
  [
    "a gzip that was cut off",
    "t.csv.gz",
    gzipSync(`id\n${"x\n".repeat(9_000)}`).subarray(0, 40),
    {},
    /cut off or damaged/,
  ],
  [
    "JSON lines without the key",
    "k.jsonl",
    '{"a":1}\n',
    { key: "b" },
    /no row could be used; line 1: its key is empty/,
  ],
  [
    "an unclosed quote",
    "q.csv",
    `id,x\n"a,1\n${"b,2\n".repeat(400_000)}`,
    {},
    /--ledger .*quote is not closed .* line 2/,
  ],
])("says what is wrong with %s", async (_, name, content, columns, sentence) => {
  await expect(rowsOf(write(name, content), columns)).rejects.toThrow(sentence);
});

it("says that a file is not there", async () => {
  await expect(rowsOf("/not/here.csv")).rejects.toThrow(/--ledger \/not\/here\.csv cannot be read/);
});

it("reads an SQLite table, exact to the last digit, and cannot change it", async () => {
  const path = write("shop.db", "");
  const database = new DatabaseSync(path);
  database.exec(
    "CREATE TABLE payments (id TEXT, cents INTEGER); INSERT INTO payments VALUES ('A', 9007199254740993), ('B', 2), (NULL, 3)",
  );
  database.close();

  const { rows, bad } = await rowsOf(`sqlite:${path}#SELECT id, cents FROM payments`, { amount: "cents" });
  expect(rows.map(({ key, amount }) => [key, amount])).toEqual([
    ["A", "9007199254740993"],
    ["B", "2"],
  ]);
  expect(bad.count).toBe(1);
  await expect(
    rowsOf(`sqlite:${path}#WITH x AS (SELECT 1) DELETE FROM payments RETURNING id`),
  ).rejects.toThrow(/readonly/);
  await expect(rowsOf(`sqlite:${path}#SELECT nope FROM payments`)).rejects.toThrow(/no such column/);
  await expect(rowsOf(`sqlite:${path}.missing#SELECT 1`)).rejects.toThrow(/cannot be read/);
});

it.each([
  ["postgres://u:s3cret@h/db", /needs its query behind a "#"/],
  ["postgres://u:s3cret@h/db#DELETE FROM payments", /needs its query/],
  ["mysql://u:s3cret@h/db#SELECT 1", /got "mysql:…"/],
  ["postgres://u:s3cret@h:port/db#SELECT 1", /not a URL/],
  ["orders.xlsx", /got "orders\.xlsx"/],
])("refuses %s and never repeats a password", async (ledger, sentence) => {
  const error = await rowsOf(ledger).catch((reason: Error) => reason);
  expect((error as Error).message).toMatch(sentence);
  expect((error as Error).message).not.toContain("s3cret");
});

it("reads a million rows as a stream", { timeout: 60_000 }, async () => {
  const file = write(
    "million.csv",
    `id,amount\n${Array.from({ length: 1_000_000 }, (_, at) => `order-${at},1.05\n`).join("")}`,
  );
  const { rows, bad } = await rowsOf(file, { amount: "amount" });
  expect(rows).toHaveLength(1_000_000);
  expect(rows.at(-1)).toEqual({ line: 1_000_001, key: "order-999999", amount: "1.05", currency: undefined });
  expect(bad.count).toBe(0);
});
