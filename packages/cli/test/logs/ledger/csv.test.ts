/** CSV is read as RFC 4180 writes it, however the pieces of the file are cut. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { csvField, CsvParser, delimiterOf } from "../../../src/logs/ledger/csv.ts";

function read(text: string, pieces: readonly number[] = [], delimiter = ","): readonly (readonly string[])[] {
  const parser = new CsvParser(delimiter);
  const records = [];
  let from = 0;
  for (const at of [...pieces, text.length]) {
    records.push(...parser.push(text.slice(from, at)));
    from = Math.max(from, at);
  }
  records.push(...parser.end());
  return records.map(({ fields }) => fields);
}

it.each([
  [
    "a last line without a line end",
    "a,b\n1,2",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "CRLF",
    "a,b\r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "CRLF behind a quoted field",
    'a,"b"\r\n1,"2 "\r\n',
    [
      ["a", "b"],
      ["1", "2 "],
    ],
  ],
  ["a delimiter, a quote and a line end in quotes", '"a,b","c""d","e\nf"\n', [["a,b", 'c"d', "e\nf"]]],
  [
    "empty fields",
    ',\n"",x\n',
    [
      ["", ""],
      ["", "x"],
    ],
  ],
  ["empty lines, which are none", "a\n\n\r\nb\n", [["a"], ["b"]]],
  ["a quote within a field, which is a character", 'a"b,c\n', [['a"b', "c"]]],
])("reads %s", (_, text, expected) => {
  expect(read(text)).toEqual(expected);
  // Cut anywhere, it is the same.
  for (let at = 0; at <= text.length; at++) expect(read(text, [at])).toEqual(expected);
});

it("gives back every table that it was given, cut anywhere", () => {
  const field = fc.string({
    unit: fc.constantFrom("a", ",", ";", '"', "\n", "\r", " ", "é", "\t"),
    maxLength: 6,
  });
  const table = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { maxLength: 5 });
  const cuts = fc
    .array(fc.nat(80), { maxLength: 6 })
    .map((some) => some.toSorted((left, right) => left - right));
  fc.assert(
    fc.property(table, cuts, fc.constantFrom("\n", "\r\n"), (rows, at, end) => {
      const text = rows.map((row) => row.map(csvField).join(",") + end).join("");
      expect(
        read(
          text,
          at.filter((one) => one <= text.length),
        ),
      ).toEqual(rows);
    }),
    { numRuns: 500 },
  );
});

it("names the line in which a record begins, and what is wrong with its quotes", () => {
  const parser = new CsvParser(",");
  const records = [...parser.push('a,b\n"x\ny",1\n"z"q,2\n"open,3\n'), ...parser.end()];
  expect(records.map(({ line, flaw }) => [line, flaw])).toEqual([
    [1, undefined],
    [2, undefined],
    [4, "text behind a closing quote"],
    [5, "a quote that is not closed"],
  ]);
});

it("does not swallow a file behind a quote that is not closed", () => {
  const parser = new CsvParser(",");
  expect(() => parser.push(`a,b\n"open,1\n${"x,1\n".repeat(300_000)}`)).toThrow(
    /quote is not closed .* line 2/,
  );
});

it.each([
  ["id,amount", ","],
  ["id;amount;currency", ";"],
  ["id\tamount", "\t"],
  ['"a;b;c",amount', ","],
  ["id", ","],
])("tells the delimiter of %j", (header, delimiter) => {
  expect(delimiterOf(header)).toBe(delimiter);
});
