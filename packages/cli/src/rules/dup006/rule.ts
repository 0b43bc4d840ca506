/** DUP006: the handler reports failed messages, and nobody listens. */

import type { Facts, MappingFact } from "../../facts/model.ts";
import { fixOf } from "../fixes.ts";
import { onlyId } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { reportsFailures } from "../signs.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const dup006: Rule = {
  id: "DUP006",
  name: "partial-batch-mismatch",
  title: "A handler seems to return batchItemFailures to a mapping that ignores them.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "Lambda takes the answer for a success: the messages that the handler reports as failed are deleted, or passed over.",
  fix: "Set FunctionResponseTypes of the mapping to ReportBatchItemFailures.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html",
  check: (facts) => facts.mappings.flatMap((mapping) => checkMapping(facts, mapping)),
};

const BATCHED: ReadonlySet<MappingFact["kind"]> = new Set(["sqs", "kinesis", "dynamodb"]);

function checkMapping(facts: Facts, mapping: MappingFact): readonly Outcome[] {
  if (!BATCHED.has(mapping.kind)) return [];
  const called = new Set(
    mapping.function.cases.flatMap(({ answer }) => (answer.known ? [answer.value] : [])),
  );
  return [...called].flatMap((id) => {
    const sign = reportsFailures(facts, id);
    if (sign === undefined) return [];
    const queue = mapping.kind === "sqs" ? onlyId(mapping.source) : undefined;
    return inEachWorld<[boolean, boolean, string, boolean]>(
      { function: id, ...(queue === undefined ? {} : { queue }), mapping: mapping.id },
      [mapping.exists, mapping.enabled, mapping.function, mapping.reportBatchItemFailures],
      ([exists, enabled, target, reports]) => {
        if (isFalse(exists) || isFalse(enabled) || (target.known && target.value !== id)) return undefined;
        if (!reports.known || !target.known) return cannotTell([target, reports]);
        if (reports.value) return { status: "pass" };
        const lost = mapping.kind === "sqs" ? "deleted" : "passed over";
        // The name is a list in all languages but one.
        const to = facts.language === "serverless" ? "ReportBatchItemFailures" : ["ReportBatchItemFailures"];
        const fix = fixOf(mapping, "responseTypes", mapping.reportBatchItemFailures, to, facts.language);
        return {
          status: "fail",
          message: `The handler of ${id} seems to return batchItemFailures, and ${mapping.id} has no ReportBatchItemFailures: the messages that it reports as failed are ${lost} as if they had succeeded.`,
          ...placeOf(reports, mapping),
          related: relatedTo([sign, "the handler reports failed messages here"]),
          // An empty list and none are the same here; what is written is not known to the letter.
          ...(fix ? { fixes: [{ ...fix, from: fix.from === false ? [] : fix.from }] } : {}),
        };
      },
    );
  });
}
