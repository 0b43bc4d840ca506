/** LOSS007: a failure destination at a mapping that cannot have one. */

import { mappingSubject } from "../pipelines.ts";
import { placeOf } from "../places.ts";
import type { Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss007: Rule = {
  id: "LOSS007",
  name: "onfailure-on-sqs-mapping",
  title: "The mapping of a queue has an OnFailure destination.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "Only streams and Kafka have failure destinations: Lambda refuses the mapping, and what fails needs a dead-letter queue instead.",
  fix: "Remove DestinationConfig from the mapping, and give the queue a RedrivePolicy.",
  source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html",
  check: (facts) =>
    facts.mappings
      .filter(({ kind }) => kind === "sqs")
      .flatMap((mapping) =>
        inEachWorld<[boolean, { to: string } | undefined]>(
          mappingSubject(mapping),
          [mapping.exists, mapping.onFailure],
          ([exists, onFailure]) => {
            if (isFalse(exists)) return undefined;
            if (!onFailure.known) return cannotTell([onFailure]);
            if (onFailure.value === undefined) return { status: "pass" };
            return {
              status: "fail",
              message: `${mapping.id} polls ${mapping.sourceName}, a queue, and names ${onFailure.value.to} as its OnFailure destination: Lambda answers with InvalidParameterValueException, and nothing is ever sent there.`,
              ...placeOf(onFailure, mapping),
            };
          },
        ),
      ),
};
