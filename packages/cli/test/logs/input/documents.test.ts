/** JSON documents, taken apart while they are read. Constructed. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginsDocument, DocumentSplitter } from "../../../src/logs/input/documents.ts";
import { newReadCounts } from "../../../src/logs/input/open.ts";

function split(chunks: readonly Buffer[], maxBytes?: number) {
  const counts = newReadCounts();
  const splitter = new DocumentSplitter(counts, maxBytes);
  const elements = [...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), ...splitter.end()];
  return {
    counts,
    texts: elements.flatMap(({ texts }) => texts),
    headings: elements.map(({ heading }) => heading),
  };
}

const parsed = (text: string): unknown => JSON.parse(text);

it("any list of any values comes out one by one, however it is printed and wherever chunks are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.jsonValue(), fc.record({ message: fc.string({ unit: "binary" }) }))),
      fc.constantFrom("events", "results", "logEvents", ""),
      fc.constantFrom(0, 2, 4),
      fc.integer({ min: 1, max: 7 }),
      (values, name, indent, size) => {
        const document = name === "" ? values : { nextToken: 'a"[{', [name]: values, after: { events: [1] } };
        const bytes = Buffer.from(`${JSON.stringify(document, null, indent)}\n`);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );

        const { texts, counts } = split(chunks);

        expect(texts.map(parsed)).toEqual(values.map((value) => parsed(JSON.stringify(value))));
        expect(counts.unreadable).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

it("a document says of which group and stream its events are", () => {
  const document = (logStream: string) =>
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      logGroup: "g",
      logStream,
      logEvents: [{ id: 1 }, { id: 2 }],
    });

  const { texts, headings } = split([Buffer.from(document("s") + document("t"))]);

  expect(texts).toEqual(['{"id":1}', '{"id":2}', '{"id":1}', '{"id":2}']);
  expect(headings).toEqual([
    { logGroup: "g", logStream: "s" },
    { logGroup: "g", logStream: "t" },
  ]);
});

it("a document without a list is given as a whole, and text between documents line by line", () => {
  const { texts } = split([
    Buffer.from('{\n"a": [1, {"b": "}"}]\n}\nSTART RequestId: 1\r\n[INFO] x\n{"c":2}'),
  ]);

  expect(texts).toEqual(['{\n"a": [1, {"b": "}"}]\n}', "START RequestId: 1", "[INFO] x", '{"c":2}']);
});

describe("what is wrong", () => {
  it("a value that is cut off is counted", () => {
    const { texts, counts } = split([Buffer.from('{"events":[{"a":1},{"b":')]);

    expect(texts).toEqual(['{"a":1}']);
    expect(counts.unreadable).toBe(1);
  });

  it("one that is too long is counted, and what comes on the next line is read", () => {
    const { texts, counts } = split(
      [Buffer.from('{"events":[{"a":1},{"b":"'), Buffer.alloc(200, "x"), Buffer.from('"}]}\n{"c":2}\n')],
      100,
    );

    expect(texts).toContain('{"a":1}');
    expect(texts).toContain('{"c":2}');
    expect(counts.unreadable).toBeGreaterThan(0);
  });
});

it.each([
  ['{\n    "events": [', true],
  ['{"events":[{"timestamp":1', true],
  ['{"searchedLogStreams":[],"events":[', true],
  [
    '{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[',
    true,
  ],
  ['[[{"field":', true],
  ["\uFEFF[\r\n  {", true],
  ["[INFO]\t2026-09-25T12:00:00.000Z\t1\tx", false],
  ['{"time":"2026-09-25T12:00:00.000Z","type":"platform.start"}\n', false],
  ["START RequestId: 1", false],
  ["", false],
])("%j begins a document: %s", (head, expected) => {
  expect(beginsDocument(head)).toBe(expected);
});
