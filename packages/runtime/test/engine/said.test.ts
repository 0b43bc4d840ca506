/** What is said to people: each cause once, and of a value that cannot be stored in one line. */

import { expect, it } from "vitest";
import { Warnings } from "../../src/engine/settings.ts";
import { storable } from "../../src/engine/values.ts";
import { OnceError } from "../../src/index.ts";
import type { OnceEvent } from "../../src/types.ts";

it("a warning is said once for each scope and cause", () => {
  const said: OnceEvent[] = [];
  const warnings = new Warnings((event) => said.push(event));
  const first = new OnceError("hold-failed", "no room");
  warnings.once("n/a", first);
  warnings.once("n/a", new OnceError("hold-failed", "no room again"));
  warnings.once("n/b", new OnceError("hold-failed", "no room"));
  warnings.once("n/a", new OnceError("scope-shared", "two"));

  expect(said.map((event) => event.kind === "warning" && [event.scope, event.error.code])).toEqual([
    ["n/a", "hold-failed"],
    ["n/b", "hold-failed"],
    ["n/a", "scope-shared"],
  ]);
  expect(said[0]).toEqual({ kind: "warning", scope: "n/a", error: first });
});

it("F-12 · why a value is no JSON is one line, whatever was thrown, and what was thrown is the cause", () => {
  const throwing = (thrown: unknown) => {
    const toJSON = () => {
      throw thrown;
    };
    const stored = storable("The result", { toJSON }, 100);
    return stored.ok ? undefined : stored.error;
  };
  const lines = new Error("first line\nsecond line");

  expect(throwing(lines)).toMatchObject({ code: "unstorable-value", retryable: false, cause: lines });
  expect(throwing(lines)?.message).toContain("cannot be written as JSON (first line). Return");
  expect(throwing("a text")?.message).toContain("(a text)");
  expect(throwing("a text")?.cause).toBe("a text");
});

it("F-11 · a value is stored up to the last byte that the store takes, and named by its size beyond", () => {
  expect(storable("It", "1234", 6)).toEqual({ ok: true, json: '"1234"' });
  const stored = storable("It", "12345", 6);
  expect(stored).toMatchObject({ ok: false, error: { code: "unstorable-value" } });
  expect(String(!stored.ok && stored.error)).toMatch(/It has 7 bytes as JSON and the store takes 6/);
  expect(storable("It", Symbol("s"), 6)).toMatchObject({ ok: false, error: { code: "unstorable-value" } });
});
