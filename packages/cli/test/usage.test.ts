/** What the command line answers to people: help, versions, and what they got wrong. */

import { expect, it } from "vitest";
import { called, effectivelyOnce } from "./support.ts";

const SECRET = "s3cret";

it("shows the three first steps without a command, and exits 0", async () => {
  const { code, out } = await effectivelyOnce([]).ended;
  expect(code).toBe(0);
  for (const [index, command] of ["demo", "dev", "doctor"].entries())
    expect(out).toContain(`${index + 1}. effectively-once ${command}`);
});

it("shows a command's own help, with examples", async () => {
  const { code, out } = await called("demo", "--help");
  expect(code).toBe(0);
  expect(out).toContain("--store-url postgres://localhost/test");
});

it("prints its version", async () => {
  const { code, out } = await called("--version");
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it.each([
  ["an unknown command", ["frobnicate"], /no command "frobnicate"\. Commands: demo/],
  ["a name of every object", ["constructor"], /no command "constructor"/],
  ["an unknown option", ["demo", "--frob"], /'--frob'/],
  [
    "a number that is none",
    ["demo", "--messages", "many"],
    /--messages is a whole number, 1 or more, got "many"/,
  ],
  ["an empty number", ["demo", "--seed", ""], /--seed is a whole number, 0 or more, got ""/],
  ["an unknown format", ["demo", "--format", "xml"], /--format is pretty or json, got "xml"/],
  ["formats that contradict", ["demo", "--json", "--format", "pretty"], /contradict each other/],
  ["a store that there is not yet", ["demo", "--store-url", "mysql://x/y"], /no store for mysql:\/\/ yet/],
  ["a region that is not known", ["demo", "--store-url", "dynamodb://once"], /[Rr]egion/],
  ["SQLite without a file", ["demo", "--store-url", "sqlite:"], /names no file/],
  ["a folder that is missing", ["demo", "--store-url", "sqlite:./not-here/x.db"], /folder does not exist/],
  ["a URL that is none", ["demo", "--store-url", `postgres://u:${SECRET}@h:port/x`], /not a URL/],
  ["a wrong endpoint", ["demo", "--store-url", `postgres://u:${SECRET}@127.0.0.1:1/x`], /cannot be reached/],
])("D-15 · answers %s with one sentence and exit code 2", async (_, args, sentence) => {
  const { code, out, err } = await called(...args);
  expect(err).toMatch(sentence);
  expect(err).not.toContain("    at ");
  expect(err).not.toContain(SECRET);
  expect(out).toBe("");
  expect(code).toBe(2);
});

it("D-15 · sets the process's exit code to 2, with the sentence on stderr", async () => {
  const { code, out, err } = await effectivelyOnce(["frobnicate"]).ended;
  expect(err).toMatch(/^effectively-once: there is no command "frobnicate"/);
  expect(out).toBe("");
  expect(code).toBe(2);
});
