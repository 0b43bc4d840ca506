/** Assertions whose messages say what the store promised, what it did, and nothing about the suite. */

import assert from "node:assert/strict";
import type { Claim, StoredRecord, Written } from "@effectively-once/runtime/store";

export function equal(actual: unknown, expected: unknown, what: string): void {
  assert.deepEqual(actual, expected, `${what}: expected ${show(expected)}, got ${show(actual)}`);
}

export function ok(value: boolean, what: string): void {
  assert.ok(value, what);
}

/** The answer of a claim, narrowed to the kind that is expected. */
export function claimIs<Kind extends Claim["kind"]>(
  claim: Claim | undefined,
  kind: Kind,
  what: string,
): Extract<Claim, { kind: Kind }> {
  if (claim?.kind !== kind)
    assert.fail(`${what}: expected the claim's answer to be "${kind}", got ${show(claim)}`);
  return claim as Extract<Claim, { kind: Kind }>;
}

export function writtenIs(written: Written | undefined, kind: Written["kind"], what: string): void {
  if (written?.kind !== kind) assert.fail(`${what}: expected "${kind}", got ${show(written)}`);
}

/** Compares the fields that are given. */
export function recordHas(
  record: StoredRecord,
  fields: { readonly [Name in keyof StoredRecord]?: StoredRecord[Name] },
  what: string,
): void {
  for (const [name, expected] of Object.entries(fields))
    equal(record[name as keyof StoredRecord], expected, `${what}: the record's ${name}`);
}

/** Nothing but `rev` and, where the caller says so, other named fields may differ. */
export function unchanged(
  after: StoredRecord,
  before: StoredRecord,
  what: string,
  except: readonly (keyof StoredRecord)[] = [],
): void {
  for (const name of Object.keys(before) as (keyof StoredRecord)[])
    if (!except.includes(name)) equal(after[name], before[name], `${what}: the record's ${name}`);
}

/** The `code` of an error of the runtime, whichever copy of it made the error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

const SHOWN = 400;

function show(value: unknown): string {
  const text =
    value === undefined
      ? "undefined"
      : JSON.stringify(value, (_name, part: unknown) => {
          if (part instanceof Error) return { error: part.message, code: codeOf(part) };
          return typeof part === "bigint" ? `${part}n` : part;
        });
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}
