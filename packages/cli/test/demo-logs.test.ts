/** `demo --logs`: what is kept of the functions' logs, and where it is written. The demo as a whole is in demo.e2e.test.ts. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SideLog } from "../src/demo/log.ts";
import { logFolder, type SideRecords } from "../src/demo/log-folder.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-demo-logs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RECORDS: readonly SideRecords[] = [
  {
    side: "naive",
    lines: ["one", "two"],
    charges: [
      { orderId: "order-1", cents: 1_205 },
      { orderId: "order-1", cents: 1_205 },
    ],
    rows: [{ orderId: "order-1", cents: 7 }],
  },
];

describe("the folder", () => {
  it("gets a log and a ledger for each kind of effect, and answers the command that reads them", () => {
    const here = join(folder, "a b", "logs");

    const write = logFolder(here);
    expect(existsSync(here)).toBe(false);
    const command = write(RECORDS);

    expect(readdirSync(here).toSorted()).toEqual(["naive.charges.csv", "naive.log", "naive.orders.csv"]);
    expect(readFileSync(join(here, "naive.log"), "utf8")).toBe("one\ntwo\n");
    expect(readFileSync(join(here, "naive.charges.csv"), "utf8")).toBe(
      "orderId,amount,currency\norder-1,12.05,EUR\norder-1,12.05,EUR\n",
    );
    expect(readFileSync(join(here, "naive.orders.csv"), "utf8")).toContain("order-1,0.07,EUR");
    expect(command).toBe(
      `effectively-once detect '${here}/naive.log' --key '$.body.orderId' --visibility-timeout 2 --timeout 8 --ledger '${here}/naive.charges.csv' --ledger-amount amount --ledger-currency currency`,
    );
  });

  it("is refused where something would be overwritten, with its name and what to do", () => {
    const here = mkdtempSync(join(folder, "there-"));
    writeFileSync(join(here, "notes.txt"), "mine");
    expect(() => logFolder(here)).not.toThrow();

    writeFileSync(join(here, "guarded.log"), "mine");
    expect(() => logFolder(here)).toThrow(
      /already has guarded\.log, and nothing is overwritten\. Name another folder, or move it away/,
    );
    expect(() => logFolder(join(here, "notes.txt"))).toThrow(/notes\.txt is a file/);
    expect(() => logFolder("")).toThrow(/names the folder/);
    // What came to be there while the demo ran.
    const write = logFolder(join(here, "later"));
    write(RECORDS);
    expect(() => write(RECORDS)).toThrow(/cannot be written: EEXIST/);
  });
});

describe("a side's log", () => {
  const line = (text: string, stream: "stdout" | "platform" = "stdout") => ({
    stream,
    text,
    pid: 7,
    logStream: "s",
  });

  it("has what came after its begin, by the instants that the lines say, as the AWS CLI prints it", () => {
    const log = new SideLog();
    log.hear(line('{"time":"2026-09-01T08:00:00.000Z"}', "platform"));
    log.begin();
    log.hear(line('{"time":"2026-09-01T08:00:01.000Z"}', "platform"));
    log.hear(line('{"timestamp":"2026-09-01T08:00:00.500Z"}'));

    expect(log.lines()).toEqual([
      '2026-09-01T08:00:00.500000+00:00 s {"timestamp":"2026-09-01T08:00:00.500Z"}',
      '2026-09-01T08:00:01.000000+00:00 s {"time":"2026-09-01T08:00:01.000Z"}',
    ]);
    log.hear(line("no instant"));
    expect(log.lines().at(-1)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00 s no instant$/);
  });

  it("knows which process has written a line in the invocation that it runs", () => {
    const log = new SideLog();
    log.hear(line("{}", "platform"));
    expect(log.hasSpoken(7)).toBe(false);
    log.hear(line("{}"));
    expect(log.hasSpoken(7)).toBe(true);
    log.hear(line("{}", "platform"));
    expect(log.hasSpoken(7)).toBe(false);
  });
});
