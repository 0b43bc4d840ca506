import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const src = resolve(import.meta.dirname, "../packages/runtime/src");

/** Which rooms a room's values may come from. Types may cross anywhere. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  core: ["core", "errors.ts", "store.ts"],
  engine: ["engine", "core", "errors.ts", "ports.ts"],
  edges: [
    "edges",
    "engine",
    "core",
    "stores",
    "correlation.ts",
    "errors.ts",
    "options.ts",
    "own-calls.ts",
    "ports.ts",
  ],
  sources: ["sources", "core", "correlation.ts", "errors.ts", "options.ts"],
  stores: ["stores", "core", "errors.ts", "options.ts", "own-calls.ts", "ports.ts", "store.ts"],
  telemetry: ["telemetry", "engine", "core", "correlation.ts", "errors.ts", "options.ts", "ports.ts"],
  "correlation.ts": [],
  "options.ts": ["errors.ts"],
  "own-calls.ts": [],
  "store.ts": [],
  "ports.ts": [],
  "errors.ts": [],
  "types.ts": [],
};

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const room = (file: string) => file.split(/[\\/]/)[0] ?? "";
const imports = (file: string) =>
  [
    ...readFileSync(join(src, file), "utf8").matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from "([^"]+)"/gm),
  ].map(([, type, from]) => ({ type: type !== undefined, from: from ?? "" }));

it("values cross between rooms only along the arrows", () => {
  const wrong: string[] = [];
  for (const file of files)
    for (const { type, from } of imports(file)) {
      const may = MAY[room(file)];
      if (type || !may || !from.startsWith(".")) continue;
      const target = room(relative(src, resolve(src, dirname(file), from)));
      if (!may.includes(target)) wrong.push(`${file} -> ${from}`);
    }
  expect(wrong).toEqual([]);
});

/** The command line's rooms. What is not named here may be imported by the commands alone. */
const CLI_MAY: Readonly<Record<string, readonly string[]>> = {
  "facts/cloudformation": ["facts/cloudformation", "facts"],
  "facts/terraform": ["facts/terraform", "facts"],
  "facts/serverless": ["facts/serverless", "facts"],
  "facts/code": ["facts/code", "facts"],
  "facts/live": ["facts/live", "facts", "aws"],
  facts: ["facts"],
  rules: ["rules", "facts"],
  drift: ["drift", "facts"],
  suppress: ["suppress", "rules", "facts", "report", "nearest.ts", "usage.ts"],
  fix: ["fix", "rules", "facts", "template"],
  report: ["report", "fix", "suppress", "rules", "facts", "cells.ts", "nearest.ts", "usage.ts"],
  aws: ["aws", "usage.ts"],
  "logs/keys": ["logs/keys", "usage.ts"],
  "logs/formats": ["logs/formats"],
  "logs/input": ["logs/input", "logs/formats", "logs/keys", "usage.ts"],
  "logs/cloudwatch": ["logs/cloudwatch", "logs/formats", "aws", "nearest.ts", "usage.ts"],
  // The judge and what it stands on: pure, and of no reader, no file and no words.
  logs: ["logs"],
  "logs/fold": ["logs/fold", "logs", "usage.ts"],
  "logs/diagnosis": ["logs/diagnosis", "logs"],
  "logs/queries": ["logs/queries", "logs/keys", "cells.ts", "usage.ts"],
  "logs/ledger": [
    "logs/ledger",
    "logs/input",
    "logs",
    "cells.ts",
    "nearest.ts",
    "open-store.ts",
    "store-url.ts",
    "usage.ts",
  ],
  metrics: ["metrics", "aws", "usage.ts"],
  "logs/report": ["logs/report", "logs/ledger", "logs", "metrics", "cells.ts"],
  picture: ["picture", "usage.ts"],
};

it("the rooms of the command line import along the arrows: readers know no rules and no verdicts, and not each other", () => {
  const cli = resolve(import.meta.dirname, "../packages/cli/src");
  const rooms = Object.keys(CLI_MAY).toSorted((left, right) => right.length - left.length);
  const roomOf = (file: string): string =>
    rooms.find((name) => file.startsWith(`${name}/`)) ?? file.split("/")[0] ?? "";
  const wrong: string[] = [];
  for (const file of readdirSync(cli, { recursive: true, encoding: "utf8" }).filter((one) =>
    one.endsWith(".ts"),
  )) {
    const may = CLI_MAY[roomOf(file)];
    if (!may) continue;
    for (const [, type, from = ""] of readFileSync(join(cli, file), "utf8").matchAll(
      /^(?:import|export)\s+(type\s)?[^;]*?from "([^"]+)"/gm,
    )) {
      if (type !== undefined || !from.startsWith(".")) continue;
      const target = roomOf(relative(cli, resolve(cli, dirname(file), from)));
      if (!may.includes(target)) wrong.push(`${file} -> ${from}`);
    }
  }
  expect(wrong).toEqual([]);
});

it("the runtime imports nothing but itself and Node", () => {
  const foreign = files.flatMap((file) =>
    imports(file)
      .filter(({ from }) => !from.startsWith(".") && !from.startsWith("node:"))
      .map(({ from }) => `${file} -> ${from}`),
  );
  expect(foreign).toEqual([]);
});

const TIME_OR_CHANCE =
  /\b(Date\.now|Math\.random|set(Timeout|Interval|Immediate)|performance\.now|hrtime|random(UUID|Bytes|Int)|getRandomValues)\(|\bnew Date\(\)|timers\/promises/;

it("time and chance enter through one file", () => {
  const outside = files.filter(
    (file) => file !== "ports.ts" && TIME_OR_CHANCE.test(readFileSync(join(src, file), "utf8")),
  );
  expect(outside).toEqual([]);
});
