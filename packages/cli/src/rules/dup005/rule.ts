/** DUP005: one failed message makes its whole batch run again. */

import type { Facts } from "../../facts/model.ts";
import { howKnown } from "../amounts.ts";
import { endOf, pipelinesOf, runsIn, subjectOf } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Rule } from "../rule.ts";
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

function checkOne(facts: Facts, pipeline: ReturnType<typeof pipelinesOf>[number]): ReturnType<Rule["check"]> {
  const { mapping, function: called } = pipeline;
  return inEachWorld<[true, number, boolean]>(
    subjectOf(pipeline),
    [runsIn(pipeline), mapping.batchSize, mapping.reportBatchItemFailures],
    ([, size, reports]) => {
      if (size.known && size.value <= 1)
        return { status: "not-applicable", reason: "its batches have one message" };
      if (reports.known && reports.value) return { status: "pass" };
      if (!size.known || !reports.known) return cannotTell([size, reports]);
      if (mapping.kind === "unknown")
        return cannotTell(
          mapping.source.cases.map(({ answer }) => {
            const end = endOf(facts.queues, answer, "queue");
            return end.found ? answer : { known: false, reason: end.reason };
          }),
        );
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
