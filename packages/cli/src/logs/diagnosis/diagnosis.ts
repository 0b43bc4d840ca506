/** What a diagnosis is made of, and what it says. */

import type { Aggregates, CauseAggregates, Example } from "../aggregates.ts";
import type { Cause } from "../model.ts";
import type { Cluster } from "./cluster.ts";

/** One cause, with its numbers and what helps against it. Sentences, and the same as figures for programs. */
export interface Diagnosis {
  readonly cause: Cause;
  readonly evidence: readonly string[];
  readonly advice: readonly string[];
  readonly figures: Figures;
  readonly examples: readonly Example[];
  /** Pages of the doctor's rules, most fitting first. */
  readonly help: readonly string[];
}

export interface Figures {
  readonly deliveries: number;
  /** Harm done. */
  readonly repeatedRuns: number;
  /** Harm prevented. */
  readonly suppressed: number;
  readonly gapMedianMs?: number;
  readonly gapP90Ms?: number;
  /** Of the runs that made them come again. */
  readonly durationP99Ms?: number;
  readonly durationMaxMs?: number;
  readonly visibilityTimeoutSeconds?: number;
  readonly visibilityTimeoutFrom?: "given" | "gaps";
  /** Of the visibility timeout: what would have avoided them, as far as was measured. */
  readonly visibilityTimeoutNeededSeconds?: number;
  readonly producerTimeoutSeconds?: number;
}

/** What is known beside the logs. */
export interface Known {
  readonly complete: boolean;
  readonly visibilityTimeoutSeconds?: number | undefined;
  /** Of the function. */
  readonly timeoutSeconds?: number | undefined;
  readonly batchingWindowSeconds?: number | undefined;
}

/** What each cause's page of text is made from. */
export interface Case {
  readonly cause: Cause;
  readonly of: CauseAggregates;
  readonly all: Aggregates;
  readonly known: Known;
  /** The visibility timeout as it was given, else as the gaps have it. */
  readonly visibility:
    | { readonly seconds: number; readonly cluster: Cluster | undefined; readonly given: boolean }
    | undefined;
}

/** What a cause adds to what is said of each. */
export interface Findings {
  readonly evidence: readonly string[];
  readonly advice: readonly string[];
  readonly help: readonly string[];
  readonly figures?: Partial<Figures>;
}
