/** LOSS008: what a queue's filter does not let through is deleted. */

import { mappingSubject } from "../pipelines.ts";
import { placeOf } from "../places.ts";
import type { Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss008: Rule = {
  id: "LOSS008",
  name: "filter-deletes",
  title: "The mapping of a queue has FilterCriteria.",
  severity: { minimal: "off", recommended: "info", strict: "info" },
  why: "Lambda deletes the messages that match no filter; they are not left for other consumers, and reach no dead-letter queue.",
  fix: "Filter before the queue, with a subscription's filter policy or a rule's pattern; or make sure that what does not match is not needed.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
  check: (facts) =>
    facts.mappings
      .filter(({ kind }) => kind === "sqs")
      .flatMap((mapping) =>
        inEachWorld<[boolean, boolean, boolean]>(
          mappingSubject(mapping),
          [mapping.exists, mapping.enabled, mapping.filters],
          ([exists, enabled, filters]) => {
            if (isFalse(exists) || isFalse(enabled)) return undefined;
            if (!filters.known) return cannotTell([filters]);
            if (!filters.value) return { status: "pass" };
            return {
              status: "fail",
              message: `${mapping.id} filters the messages of ${mapping.sourceName}: those that match no filter are deleted, and nobody else gets them.`,
              ...placeOf(filters, mapping),
            };
          },
        ),
      ),
};
