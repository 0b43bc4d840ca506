/** What cannot be read or understood is said, with exit code 2: never a count of nothing. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { progressText } from "../../../src/commands/detect/sources.ts";
import { called } from "../../support.ts";
import { linesOf, workspace } from "./support.ts";

const { folder, write } = workspace();
const GOOD = write(
  "good.log",
  linesOf(
    [1, 40].map((at) => ({
      id: String(at),
      at,
      messages: [{ id: "m-1", order: "A", receives: at === 1 ? 1 : 2 }],
    })),
  ),
);
const SILENT = write(
  "silent.log",
  linesOf([
    { id: "1", at: 1 },
    { id: "2", at: 5 },
  ]),
);
const PROSE = write("prose.txt", "It was a dark night.\nThe rain fell in torrents.\n");
const EMPTY = write("empty.log", "");

it.each([
  ["nothing", [], /no logs were named\. Give files/],
  ["a file that is not there", [join(folder, "nope.log")], /nope\.log does not exist/],
  ["a glob that matches nothing", [join(folder, "*.nope")], /no file matches/],
  ["an empty file", [EMPTY], /There are no lines in what was read/],
  [
    "prose",
    [PROSE],
    /Read 1 source, 48 bytes, 2 lines; understood 0 entries, and no delivery of a message among them\./,
  ],
  ["prose, and what to do", [PROSE], /Name what identifies a message in these logs: --key/],
  [
    "invocations that name no message",
    [SILENT],
    /There are 2 invocations, but nothing says which messages they were given/,
  ],
  [
    "a key that is nowhere",
    [GOOD, "--key", "$.body.nope"],
    /no delivery with that key among them[^]*found nothing in 2 records/,
  ],
  ["a time without lines", [GOOD, "--since", "2027-01-01T00:00Z"], /no delivery of a message/],
  ["a path that is none", [GOOD, "--key", "$.["], /--key \$\.\[ is not understood at character/],
  ["a time that is none", [GOOD, "--since", "yesterday"], /--since is how long ago.* got "yesterday"/],
  [
    "a time that ends before it begins",
    [GOOD, "--since", "1h", "--until", "2h"],
    /--since 1h is not before --until 2h/,
  ],
  ["files and log groups", [GOOD, "--log-group", "/aws/lambda/x"], /one at a time/],
  [
    "a verdict that there is not",
    [GOOD, "--fail-on", "never"],
    /--fail-on is one of error, warning, info, none/,
  ],
  ["a visibility timeout beyond AWS's", [GOOD, "--visibility-timeout", "50000"], /from 0 to 43200/],
  [
    "a query language that there is not",
    ["--print-query", "splunk"],
    /--print-query is one of insights, athena/,
  ],
  [
    "a key that a query cannot name",
    ["--print-query", "athena", "--key", "$..id"],
    /cannot be said in a query/,
  ],
  ["a column without a ledger", [GOOD, "--ledger-amount", "x"], /--ledger-amount is for --ledger/],
  [
    "a ledger that is not there",
    [GOOD, "--ledger", join(folder, "no.csv")],
    /--ledger .*no\.csv cannot be read/,
  ],
  [
    "a picture in a folder that is not there",
    [GOOD, "--html", join(folder, "no", "p.html")],
    /--html .* cannot be written/,
  ],
])("answers %s with sentences and exit code 2", async (_, args, sentence) => {
  const { code, out, err } = await called("detect", "--json", ...args);
  expect(err).toMatch(sentence);
  expect(err).not.toContain("    at ");
  expect(out).toBe("");
  expect(code).toBe(2);
});

it("answers for what it could read, and exits 2 for what it could not", async () => {
  const binary = write("binary.log", Buffer.from("PK\u0003\u0004and so on"));
  const cut = write("cut.gz", gzipSync("x\n".repeat(50_000)).subarray(0, 60));
  const { code, out } = await called("detect", "--json", GOOD, binary, cut);
  expect(code).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    summary: { deliveries: 2 },
    read: { sources: 3, truncated: 1, problems: [{ source: binary }, { source: cut }] },
  });
  const pretty = await called("detect", GOOD, binary, "--no-color");
  expect(pretty.out).toMatch(/not read: .*binary\.log is a zip archive/);
});

it("counts half a line, and what is there twice", async () => {
  const lines = linesOf([{ id: "1", at: 1, messages: [{ id: "m-1", order: "A" }] }]);
  const file = write("half.log", `${lines}${lines}{"half":`);
  const { out } = await called("detect", "--json", file);
  expect(JSON.parse(out)).toMatchObject({
    summary: { deliveries: 1 },
    read: { unreadable: 1, repeated: 4 },
  });
  const pretty = await called("detect", file, "--no-color");
  expect(pretty.out).toContain(
    "Not as it should be: 1 line cut off or unreadable, 4 lines there twice, counted once.",
  );
});

it("ends at once and with 130 when it is interrupted", async () => {
  const bin = join(import.meta.dirname, "../../../src/bin.ts");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--conditions=@effectively-once/source", bin, "detect", "-"],
    {
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  const ended = new Promise<number | null>((done) => child.once("close", done));
  let err = "";
  const waiting = new Promise<void>((found) =>
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
      // It has said that it reads: its progress.
      if (err.includes("reading")) found();
    }),
  );
  child.stdin.write(linesOf([{ id: "1", at: 1, messages: [{ id: "m-1", order: "A" }] }]));
  await waiting;
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(err).toMatch(/^reading \d+ bytes: \d+ s\n$/);
});

it.each([
  [{ readBytes: 120_000_000, knownBytes: 1_000_000_000 }, "120 MB of 1 GB, 12 %"],
  [{ readBytes: 5, knownBytes: 5 }, "5 bytes of 5 bytes, 100 %"],
  [{ readBytes: 1_500, knownBytes: undefined }, "1.5 kB"],
])("says how far it has come: %j", (progress, text) => {
  expect(progressText(progress)).toBe(text);
});
