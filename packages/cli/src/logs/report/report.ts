/** What `detect` has found out, before it is written as JSON or as text. */

import type { Aggregates } from "../aggregates.ts";
import type { Diagnosis } from "../diagnosis/diagnosis.ts";
import type { MetricCounts } from "../../metrics/counts.ts";
import type { LedgerReport } from "../ledger/join.ts";
import type { Judged, ReadCounts } from "../model.ts";

export interface DetectReport {
  readonly read: Read;
  readonly aggregates: Aggregates;
  /** The worst first. */
  readonly keys: readonly KeyHistory[];
  /** Keys that would be listed too, were there no limit. */
  readonly keysLeftOut: number;
  /** The most harm first. */
  readonly diagnosis: readonly Diagnosis[];
  readonly ledger: LedgerReport | undefined;
  /** What CloudWatch has counted, where it was asked. */
  readonly metrics?: MetricCounts | undefined;
}

/** All deliveries of one key, in their order. */
export interface KeyHistory {
  readonly key: string;
  readonly judged: readonly Judged[];
}

/** What was read, and what was not: never left out, as a number means nothing without it. */
export interface Read extends ReadCounts {
  /** Files, streams of standard input and log groups. */
  readonly sources: number;
  readonly problems: readonly ReadProblem[];
  /** Whether lines are missing, as far as can be seen. */
  readonly complete: boolean;
  /** By which signs, and how often each was seen. */
  readonly missing: Readonly<Record<string, number>>;
  readonly invocations: number;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

export interface ReadProblem {
  readonly source: string;
  /** A sentence that names the source. */
  readonly reason: string;
  /** AWS has refused it: what is in it is unknown, and no input is wrong. */
  readonly denied: boolean;
}
