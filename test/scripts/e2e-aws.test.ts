/** What `npm run e2e:aws` says before it makes anything. */

import { describe, expect, it } from "vitest";
import { readArguments } from "../../scripts/e2e-aws/arguments.ts";
import { estimate } from "../../scripts/e2e-aws/estimate.ts";
import { namesBehind, namesOf } from "../../scripts/e2e-aws/names.ts";
import { confirmed, plan } from "../../scripts/e2e-aws/run.ts";

describe("e2e:aws", () => {
  it("names every table and queue under one prefix that is new each time, and short enough for AWS", () => {
    const names = namesOf();
    expect(names.tables).toHaveLength(8);
    expect(names.queues).toHaveLength(3);
    for (const name of [...names.tables, ...names.queues]) {
      expect(name.startsWith(`${names.prefix}-`)).toBe(true);
      expect(name).toMatch(/^[A-Za-z0-9_-]{3,80}$/);
    }
    expect(namesOf().prefix).not.toBe(names.prefix);
    expect(namesBehind(names.prefix)).toEqual(names);
  });

  it.each([
    "effectively-once-e2e-",
    "effectively-once-e2e-1a2b3c4",
    "orders",
    "effectively-once-e2e-1a2b3c4d*",
  ])("cleans nothing that is not its own: %s", (prefix) => {
    expect(() => readArguments(["--clean", prefix])).toThrow(/--clean is a prefix that a run has printed/);
  });

  it.each([
    [["--messages", "0"], /--messages is a whole number, 1 or more, got "0"/],
    [["--seed", "x"], /--seed is a whole number/],
    [["--regoin", "eu-west-1"], /regoin/],
    [["--format", "xml"], /--format is pretty or json, got "xml"/],
  ])("says what is wrong with %j", (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });

  it("tells beforehand what it makes, what it costs at most, and how to clean up", () => {
    const asked = readArguments(["--seed", "7"]);
    if (!asked) throw new Error("no help was asked for");
    const said = plan(asked, "eu-west-1");
    for (const name of [...asked.names.tables, ...asked.names.queues]) expect(said).toContain(name);
    expect(said).toContain(`$${estimate(60, 7).dollars.toFixed(2)}`);
    expect(said).toContain(`--clean ${asked.names.prefix}`);
  });

  it("costs more for more messages, and less than half a dollar by default", () => {
    expect(estimate(60, 7).dollars).toBeLessThan(0.5);
    expect(estimate(60, 7).dollars).toBeGreaterThan(0);
    expect(estimate(600, 7).dollars).toBeGreaterThan(estimate(60, 7).dollars);
  });

  it("goes on without a question only when told so", async () => {
    const { signal } = new AbortController();
    const streams = { say: () => {}, asks: false };
    const asked = readArguments([]);
    const yes = readArguments(["--yes"]);
    if (!asked || !yes) throw new Error("no help was asked for");
    expect(await confirmed(yes, streams, signal)).toBe(true);
    await expect(confirmed(asked, streams, signal)).rejects.toThrow(/--yes/);
  });
});
