/** What a run makes, all of it under one prefix and known beforehand, so that it can be deleted even when only half of it was made. */

import { randomBytes } from "node:crypto";
import { SIDES, sideName } from "../../packages/cli/src/demo/side.ts";

const PREFIX = "effectively-once-e2e-";
const RUN = /^[0-9a-f]{8}$/;

export interface Names {
  readonly prefix: string;
  readonly run: string;
  readonly conformance: { readonly records: string; readonly rows: string };
  /** Every table and every queue that a run can leave. */
  readonly tables: readonly string[];
  readonly queues: readonly string[];
}

export function namesOf(run: string = randomBytes(4).toString("hex")): Names {
  const prefix = PREFIX + run;
  const conformance = { records: `${prefix}-conformance`, rows: `${prefix}-conformance-rows` };
  const sides = SIDES.map((side) => `${prefix}-${sideName(run, side)}`);
  return {
    prefix,
    run,
    conformance,
    tables: [conformance.records, conformance.rows, ...sides.flatMap((side) => [side, `${side}-orders`])],
    queues: sides,
  };
}

/** The names behind a prefix that a killed run has printed. `undefined`: it is none of ours, so nothing of it is deleted. */
export function namesBehind(prefix: string): Names | undefined {
  const run = prefix.slice(PREFIX.length);
  return prefix.startsWith(PREFIX) && RUN.test(run) ? namesOf(run) : undefined;
}
