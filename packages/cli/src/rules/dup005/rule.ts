/** DUP005: one failed message makes its whole batch run again. */

import type { Facts } from "../../facts/model.ts";
import { howKnown } from "../amounts.ts";
import { type Pipeline, pipelinesOf, runsIn, subjectOf } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { reportsFailures } from "../signs.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const dup005: Rule = {
  id: "DUP005",
  name: "no-partial-batch",
  title: "A mapping delivers batches, and does not let the function report which messages failed.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "When one message of a batch fails, all of them become visible again, and those that succeeded are run again.",
  fix: "Set FunctionResponseTypes to ReportBatchItemFailures, and return the failed messages as batchItemFailures; or set BatchSize to 1.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
  check: (facts) => pipelinesOf(facts).flatMap((pipeline) => checkOne(facts, pipeline)),
};

function checkOne(facts: Facts, pipeline: Pipeline): readonly Outcome[] {
  const { mapping, function: called, queue } = pipeline;
  return inEachWorld<[true, number, boolean]>(
    subjectOf(pipeline),
    [runsIn(pipeline), mapping.batchSize, mapping.reportBatchItemFailures],
    ([, size, reports]) => {
      if (size.known && size.value <= 1)
        return { status: "not-applicable", reason: "its batches have one message" };
      if (reports.known && reports.value) return { status: "pass" };
      if (!size.known || !reports.known) return cannotTell([size, reports]);
      // Its source may be a stream, of which STR003 speaks.
      if (mapping.kind === "unknown" && !queue.found)
        return { status: "unknown", reason: queue.reason, ...(queue.place ? { place: queue.place } : {}) };
      if (called.found && reportsFailures(facts, called.fact.id) !== undefined)
        return { status: "not-applicable", reason: "DUP006 says what is worse" };
      return {
        status: "fail",
        message: `${mapping.id} delivers up to ${size.value} messages${howKnown(size)} at once, without ReportBatchItemFailures: when one of them fails, all are run again.`,
        ...placeOf(reports, mapping),
        related: relatedTo([
          size.from === "default" ? undefined : placeOf(size, mapping),
          `the batch size is ${size.value}`,
        ]),
      };
    },
  );
}
