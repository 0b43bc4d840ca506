/** What the DynamoDB store decides from a record that it has read: of claims beside other clocks, of commits whose answer was lost. */

import { describe, expect, it } from "vitest";
import type { ClaimRequest, Step, StepChange, StoredRecord } from "../../src/store.ts";
import { claimAnew, decideLate } from "../../src/stores/dynamodb/claim.ts";
import { CLOCK_MARGIN_MS } from "../../src/stores/dynamodb/clock.ts";
import { type Commit, plan, verdict } from "../../src/stores/dynamodb/commit.ts";
import { itemBytes, MAX_ITEM_BYTES, toItem } from "../../src/stores/dynamodb/item.ts";
import { withoutOversize } from "../../src/stores/dynamodb/write.ts";
import { record } from "./stored-record.ts";

const OWNER = { id: record().id, token: "t", fence: 1 };
const NOW_MS = 10_000;

const asked = (changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  id: OWNER.id,
  scope: "orders/default",
  label: "order-42",
  token: "another",
  leaseMs: 30_000,
  runMs: 60_000,
  retentionMs: 3_600_000,
  ...changes,
});

function commitOf(change: StepChange | { readonly complete: { readonly result?: string } }): Commit<string> {
  return {
    request: { owner: OWNER, retentionMs: 3_600_000, change: () => change } as never,
    change,
    value: "value",
    actions: [],
    limit: undefined as never,
  };
}

describe("a claim beside a lease of another clock", () => {
  it("C-07 · is busy for the margin after its end, and says that this is what is left", () => {
    const left = (leaseUntilMs: number) => {
      const { answer } = decideLate(record({ leaseUntilMs }), asked(), NOW_MS);
      if (answer.kind !== "busy") throw new Error(`it is ${answer.kind}`);
      return answer.leaseUntilMs - answer.nowMs;
    };

    expect(left(NOW_MS + 1)).toBe(1);
    expect(left(NOW_MS)).toBe(CLOCK_MARGIN_MS);
    expect(left(NOW_MS - 1)).toBe(CLOCK_MARGIN_MS - 1);
    expect(decideLate(record({ leaseUntilMs: NOW_MS - CLOCK_MARGIN_MS }), asked(), NOW_MS).answer.kind).toBe(
      "won",
    );
  });

  it("C-07 · D-07 · one that was written by a wrong clock is written again, one revision on, with the instants of the right one", () => {
    const inserted = record({ token: "another", rev: 1, leaseUntilMs: 1 });
    const taken = record({ token: "another", rev: 7, fence: 3, attempts: 3, leaseUntilMs: 1 });

    for (const written of [inserted, taken]) {
      const { answer, write } = claimAnew(written, asked(), NOW_MS);
      expect(answer).toMatchObject({ kind: "won", fence: written.fence });
      expect(write).toMatchObject({ rev: written.rev + 1, leaseUntilMs: NOW_MS + 30_000 });
    }
  });

  it("C-07 · D-07 · another's is judged as any", () => {
    expect(claimAnew(record(), asked(), NOW_MS).answer.kind).toBe("busy");
  });
});

const done = (atMs: number, value?: string): Step => ({
  kind: "transact",
  state: "done",
  atMs,
  ...(value === undefined ? {} : { value }),
});
const both: StepChange = { set: { order: done(1_000), invoice: done(1_000, '"i_1"') } };
const completed = (result: string): StoredRecord =>
  record({ state: "completed", rev: 2, result, expiresAtMs: 3_610_000 });

describe("D-06 · a commit whose answer was lost, by what the record says", () => {
  it.each([
    ["gone", undefined],
    ["another's", record({ token: "another", fence: 2 })],
    ["another's, with the very steps", record({ token: "another", fence: 2, steps: { ...both.set } })],
  ])("is fenced where it is %s", (_what, found) => {
    for (const change of [both, { complete: {} }])
      expect(verdict(found, commitOf(change), [record({ rev: 2 })])).toEqual({ kind: "fenced" });
  });

  it("is committed where one of the plans that were sent stands there", () => {
    const plans = [completed('"first"'), completed('"second"')];

    expect(verdict(completed('"second"'), commitOf({ complete: {} }), plans)).toEqual({
      kind: "committed",
      value: "value",
    });
    expect(verdict(completed('"third"'), commitOf({ complete: {} }), plans)).toEqual({ kind: "fenced" });
    expect(verdict(record({ rev: 2 }), commitOf({ complete: {} }), plans)).toBeUndefined();
  });

  it("of steps, is committed where all of them stand there as they were sent", () => {
    const work = commitOf(both);
    const sent = [record({ rev: 2, steps: { ...both.set } })];
    const holding = (steps: StoredRecord["steps"], changes: Partial<StoredRecord> = {}) =>
      verdict(record({ rev: 2, steps, ...changes }), work, sent);

    expect(holding({ ...both.set })).toEqual({ kind: "committed", value: "value" });
    expect(holding({ ...both.set }, { state: "completed" })).toEqual({ kind: "committed", value: "value" });
    expect(holding({})).toBeUndefined();
    expect(holding({}, { state: "completed" })).toEqual({ kind: "fenced" });
    // By somebody else: a body that ran again would make its rows beside theirs.
    expect(holding({ order: done(1_000) })).toEqual({ kind: "fenced" });
    expect(holding({ order: done(2_000), invoice: done(1_000, '"i_1"') })).toEqual({ kind: "fenced" });
  });

  it("of steps, is nobody's commit where nothing was sent", () => {
    expect(verdict(record({ steps: { ...both.set } }), commitOf(both), [])).toEqual({ kind: "fenced" });
    expect(verdict(record(), commitOf(both), [])).toBeUndefined();
  });
});

it("F-11 · a result stays in its record as long as the item takes it, to the last byte", () => {
  const of = (length: number) => record({ state: "completed", result: JSON.stringify("x".repeat(length)) });
  const fits = MAX_ITEM_BYTES - itemBytes(toItem(of(0)));

  expect(itemBytes(toItem(of(fits)))).toBe(MAX_ITEM_BYTES);
  expect(withoutOversize(of(fits))).toEqual(of(fits));
  expect(withoutOversize(of(fits + 1))).toEqual({ ...of(0), result: undefined });
  expect(withoutOversize(record())).toEqual(record());
});

it("F-11 · a commit's result may fill the item to its last byte, and not beyond it", () => {
  const planned = (length: number) =>
    plan(record(), commitOf({ complete: { result: JSON.stringify("x".repeat(length)) } }), NOW_MS);
  const bytesAt = (length: number): number => {
    const { write } = planned(length) as { readonly write: StoredRecord };
    return itemBytes(toItem(write));
  };
  const fits = MAX_ITEM_BYTES - bytesAt(0);

  expect(bytesAt(fits)).toBe(MAX_ITEM_BYTES);
  expect(planned(fits).kind).toBe("write");
  expect(planned(fits + 1)).toMatchObject({ kind: "rolled-back", error: { code: "unstorable-value" } });
});
