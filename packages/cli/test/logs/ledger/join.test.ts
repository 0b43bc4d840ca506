/** Duplicates are joined with their rows: which were booked twice, and how much that is. */

import { expect, it } from "vitest";
import { compensationLines } from "../../../src/logs/ledger/compensation.ts";
import { ledgerJson } from "../../../src/logs/ledger/json.ts";
import { doubled, folder, joined, judged } from "./support.ts";

const { write } = folder();
const COLUMNS = { key: "order", amount: "amount", currency: "currency" };

it("tells booked twice from defended, missing and never repeated", async () => {
  const file = write(
    "orders.csv",
    "order,amount,currency\nA,10.50,EUR\nA,10.50,EUR\nB,7,EUR\nX,1,EUR\nX,1,EUR\nY,2,EUR\n",
  );
  const report = await joined(
    [doubled("A"), doubled("B"), doubled("C"), [judged("Y", "first")]],
    file,
    COLUMNS,
  );
  expect(ledgerJson(report)).toMatchObject({
    rows: 6,
    summary: { doubled: 1, doubledByRetries: 0, defended: 1, missing: 1, unexplained: 1 },
    excess: [{ currency: "EUR", rows: 1, amount: "10.50" }],
    doubled: [{ key: "A", runs: 2, repeatedRuns: 1, excess: 1, rows: [{ line: 2 }, { line: 3 }] }],
    missing: ["C"],
    truncated: false,
  });
});

it("finds what a retry has booked twice, which is no duplicate run", async () => {
  const file = write("retry.csv", "order,amount,currency\nA,5,EUR\nA,5,EUR\n");
  const report = await joined([[judged("A", "first"), judged("A", "retry")]], file, COLUMNS);
  expect(report.doubled).toEqual([]);
  expect(report.doubledByRetries.map(({ key }) => key)).toEqual(["A"]);
  expect(report.excess).toEqual([{ currency: "EUR", rows: 1, amount: "5" }]);
});

it("does not count a delivery that a guard has turned away as a run", async () => {
  const file = write("told.csv", "order\nA\n");
  const told = [judged("A", "first"), judged("A", "duplicate", { ran: false, origin: "redelivery" })];
  const report = await joined([told], file);
  expect([report.defended, report.missingCount, report.doubled.length]).toEqual([0, 0, 0]);
});

it("sums by currency, each with its own digits, and leaves out what is no number", async () => {
  const file = write(
    "sums.csv",
    'order,amount,currency\nA,0.1,EUR\nA,0.1,EUR\nA,0.2,EUR\nB,100,JPY\nB,100,JPY\nC,1.25,EUR\nC,"1,25",EUR\n',
  );
  const report = await joined([doubled("A"), doubled("B"), doubled("C")], file, COLUMNS);
  expect(report.excess).toEqual([
    { currency: "EUR", rows: 2, amount: "0.3" },
    { currency: "JPY", rows: 1, amount: "100" },
  ]);
  expect(report.unreadableAmounts).toBe(1);
});

it("joins a ledger of message ids with deliveries that were read by a business key", async () => {
  const file = write("ids.csv", "message\nm-1\nm-2\n");
  const history = [
    judged("A", "first", { messageId: "m-1" }),
    judged("A", "duplicate", { messageId: "m-2", origin: "resend" }),
  ];
  const report = await joined([history], file);
  expect(report.doubled.map(({ key, rows }) => [key, rows.length])).toEqual([["A", 2]]);
});

it("writes a line for each row that is too much, which a spreadsheet reads back", async () => {
  const file = write("comp.csv", 'order,amount,currency\n"A,1",5,EUR\n"A,1",5,EUR\n"A,1",6,EUR\nB,1,EUR\n');
  const report = await joined([doubled("A,1"), doubled("B")], file, COLUMNS);
  expect([...compensationLines(report)].join("")).toBe(
    `key,ledger_line,amount,currency,rows_of_key,runs,repeated_runs,first_delivery,last_delivery,message_ids,request_ids,made_by
"A,1",3,5,EUR,3,2,1,2026-09-01T08:00:00.000Z,2026-09-01T08:00:00.000Z,"m-A,1",,duplicate
"A,1",4,6,EUR,3,2,1,2026-09-01T08:00:00.000Z,2026-09-01T08:00:00.000Z,"m-A,1",,duplicate
`,
  );
});

it("adds up what two functions have done for one key", async () => {
  const file = write("two.csv", "order\nA\nA\n");
  const report = await joined([doubled("A"), doubled("A")], file);
  expect(report.doubled.map(({ runs, repeatedRuns }) => [runs, repeatedRuns])).toEqual([[4, 2]]);
});
