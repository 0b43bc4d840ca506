/** STR001: a bad record is retried until it expires, and everything behind it waits. */

import type { Facts } from "../../facts/model.ts";
import { fixOf } from "../fixes.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { INFINITE, type StreamReader, judgeReader, streamReaders } from "../streams.ts";
import { cannotTell } from "../worlds.ts";

/** Enough for what passes by itself; the retries of a stream are spread out by Lambda. */
const RETRIES = 10;

export const str001: Rule = {
  id: "STR001",
  name: "infinite-retry",
  title: "A stream's records are retried without a limit of attempts or of age.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "One record that always fails blocks its shard until it expires, and the good records of its batch are run again with each attempt.",
  fix: "Set MaximumRetryAttempts or MaximumRecordAgeInSeconds, together with an on-failure destination.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html",
  check: (facts) => streamReaders(facts).flatMap((reader) => checkReader(facts, reader)),
};

function checkReader(facts: Facts, reader: StreamReader): readonly Outcome[] {
  const { fact, retries, ageSeconds, onFailure, sourceName } = reader;
  const fixes = keepsFailures(reader)
    ? [fixOf(fact, "retryAttempts", retries, RETRIES, facts.language)].filter((fix) => fix !== undefined)
    : [];
  return judgeReader<[number, number, unknown]>(
    reader,
    [retries, ageSeconds, onFailure],
    ([attempts, age]) => {
      if ([attempts, age].some((one) => one.known && one.value !== INFINITE)) return { status: "pass" };
      if (!attempts.known || !age.known) return cannotTell([attempts, age]);
      return {
        status: "fail",
        message: `${fact.id} retries a batch that fails until its records expire in ${sourceName}. A record that always fails stops its shard for that long, and the other records of its batch are run again each time.`,
        formula: "MaximumRetryAttempts = -1, MaximumRecordAgeInSeconds = -1",
        ...placeOf(attempts, fact),
        related: relatedTo([
          age.from === "default" ? undefined : age,
          "the age of records has no limit either",
        ]),
        ...(fixes.length > 0 ? { fixes } : {}),
      };
    },
  );
}

/** Without a destination a limit would lose records, which is worse: no fix is offered then. */
function keepsFailures({ onFailure }: StreamReader): boolean {
  return onFailure.cases.every(({ answer }) => answer.known && answer.value !== undefined);
}
