/** Runs the vectors: registered with any test runner, or by themselves for a report. */

import type { Store } from "@effectively-once/runtime/store";
import { VectorContext } from "./context.ts";
import type { Subject } from "./subject.ts";
import { missing, type Vector } from "./vector.ts";
import { vectors } from "./vectors.ts";

/** The `test` of vitest, of `node:test`, or of your own. Its `skip` is used where it has one. */
export interface TestFunction {
  (name: string, fn: () => Promise<void>): unknown;
  readonly skip?: (name: string, fn: () => Promise<void>) => unknown;
}

export type VectorResult =
  | { readonly id: string; readonly says: string; readonly outcome: "passed" }
  | { readonly id: string; readonly says: string; readonly outcome: "failed"; readonly error: unknown }
  | { readonly id: string; readonly says: string; readonly outcome: "skipped"; readonly reason: string };

export interface Report {
  readonly subject: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** In the order of `vectors`. */
  readonly results: readonly VectorResult[];
}

/**
 * Registers one test per vector. A vector that does not apply to the subject is registered as skipped, under a name
 * that carries the reason.
 *
 * @example
 * import { conformance } from "@effectively-once/testkit/conformance";
 * import { test } from "vitest";
 *
 * conformance({
 *   test,
 *   subject: {
 *     name: "my store",
 *     store: () => myStore({ pool }),
 *     shared: true,
 *     age: (_store, id, ms) => pool.query(
 *       "UPDATE records SET lease_until = lease_until - $2, run_until = run_until - $2, expires_at = expires_at - $2 WHERE id = $1",
 *       [id, ms],
 *     ).then(() => undefined),
 *   },
 * });
 */
export function conformance<Tx>(options: {
  readonly test: TestFunction;
  readonly subject: Subject<Tx>;
}): void {
  const { test, subject } = options;
  checkSkips(subject);
  for (const vector of vectors) {
    const reason = missing(vector, subject);
    const name = nameOf(vector);
    if (reason === undefined) test(name, () => runVector(vector, subject));
    else if (test.skip) test.skip(`${name} [skipped: ${reason}]`, () => Promise.resolve());
    else test(`${name} [skipped: ${reason}]`, () => Promise.resolve());
  }
}

/**
 * Runs every vector without a test runner, one after the other, and never throws for a failed one.
 *
 * @example
 * const report = await runConformance({ name: "my store", store: () => myStore() });
 * if (report.failed > 0) console.error(formatReport(report));
 */
export async function runConformance<Tx>(subject: Subject<Tx>): Promise<Report> {
  checkSkips(subject);
  const results: VectorResult[] = [];
  for (const vector of vectors) results.push(await resultOf(vector, subject));
  const count = (outcome: VectorResult["outcome"]): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    subject: subject.name,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    results,
  };
}

/** The report for people: a line per vector that did not pass, and the sums. */
export function formatReport(report: Report): string {
  const lines = report.results.flatMap((result) => {
    if (result.outcome === "passed") return [];
    const why = result.outcome === "failed" ? messageOf(result.error) : result.reason;
    return [`${result.outcome} ${result.id} · ${result.says}\n  ${why}`];
  });
  const { passed, failed, skipped } = report;
  return [...lines, `${report.subject}: ${passed} passed, ${failed} failed, ${skipped} skipped`].join("\n");
}

/** How a vector is called in a test run: `A-05 · 200 claims of one key: exactly one wins`. */
function nameOf(vector: Vector): string {
  const scenarios = (vector.scenarios ?? []).filter((scenario) => scenario !== vector.id);
  return `${vector.id} · ${vector.says}${scenarios.length > 0 ? ` (${scenarios.join(", ")})` : ""}`;
}

async function resultOf<Tx>(vector: Vector, subject: Subject<Tx>): Promise<VectorResult> {
  const { id, says } = vector;
  const reason = missing(vector, subject);
  if (reason !== undefined) return { id, says, outcome: "skipped", reason };
  try {
    await runVector(vector, subject);
    return { id, says, outcome: "passed" };
  } catch (error) {
    return { id, says, outcome: "failed", error };
  }
}

async function runVector<Tx>(vector: Vector, subject: Subject<Tx>): Promise<void> {
  const opened: Store<Tx>[] = [];
  const open = async (): Promise<Store<Tx>> => {
    const store = await subject.store();
    opened.push(store);
    await store.setup();
    return store;
  };
  try {
    const store = await open();
    const peer = subject.shared === true ? await open() : store;
    await vector.run(
      new VectorContext(subject as Subject<unknown>, store as Store<unknown>, peer as Store<unknown>),
    );
  } finally {
    for (const store of opened) await store.close();
  }
}

function checkSkips<Tx>(subject: Subject<Tx>): void {
  const known = new Set(vectors.map((vector) => vector.id));
  for (const { vectors: ids } of subject.skip ?? [])
    for (const id of ids)
      if (!known.has(id))
        throw new Error(`"${subject.name}" skips the vector "${id}", and there is none of that id.`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
