/** Whole batches that came again, and what came again for no reason that the logs tell. */

import type { Case, Findings } from "./diagnosis.ts";
import { gaps, runs } from "./words.ts";

export function partialResponsesOff({ of }: Case): Findings {
  return {
    evidence: [
      `They came again with their whole batch, of up to ${of.largestBatch} messages, because the invocation had failed: whatever had been done for the others by then was done again.`,
      ...gaps(of.gaps),
    ],
    advice: [
      "Answer with the messages that failed (`batchItemFailures`), and set `FunctionResponseTypes: [ReportBatchItemFailures]` on the event source mapping: either alone does nothing, or loses messages.",
    ],
    help: ["DUP005", "DUP006"],
  };
}

/** Only what did harm, or may have. */
export function unknownCause({ of }: Case): Findings | undefined {
  const { busy = 0, duplicate = 0 } = of.verdicts;
  if (of.repeatedRuns + of.suppressed + of.afterSuccess + busy + duplicate === 0) return undefined;
  return {
    evidence: [
      ...(of.afterSuccess > 0
        ? [
            `${of.afterSuccess} came again after a run that had succeeded, and in time: a batch response that is not in the logs had named them as failed, or the queue lost their deletion.`,
          ]
        : []),
      ...gaps(of.gaps),
      ...runs(of.durations),
    ],
    advice:
      of.afterSuccess > 0
        ? [
            "Log the batch response (`batchItemFailures`) of each invocation: without it a retry after a failure looks like a duplicate.",
          ]
        : [
            "Log the event, or its message ids and receive counts: without them nothing says whether a message was delivered again or sent again.",
          ],
    help: [],
  };
}
