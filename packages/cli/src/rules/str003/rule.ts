/** STR003: one bad record makes its whole batch run again. */

import type { Facts } from "../../facts/model.ts";
import { howKnown } from "../amounts.ts";
import { fixOf } from "../fixes.ts";
import { placeOf } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type StreamReader, judgeReader, streamReaders } from "../streams.ts";
import { type Judgement, cannotTell } from "../worlds.ts";

export const str003: Rule = {
  id: "STR003",
  name: "no-bisect-no-partial",
  title: "A stream's batch is neither split on an error, nor may the function name the record that failed.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "One record that fails makes all records of its batch run again, those that have succeeded included.",
  fix: "Set BisectBatchOnFunctionError; or set ReportBatchItemFailures and return the sequence number that failed.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html",
  check: (facts) =>
    streamReaders(facts)
      .filter(({ isPipe }) => !isPipe)
      .flatMap((reader) => checkReader(facts, reader)),
};

const ONE_BY_ONE: Judgement = { status: "not-applicable", reason: "a batch is one record" };

function checkReader(facts: Facts, reader: StreamReader): readonly Outcome[] {
  const { fact, bisects, reportsItems, batchSize } = reader;
  const fix = fixOf(fact, "bisectBatch", bisects, true, facts.language);
  return judgeReader(reader, [bisects, reportsItems, batchSize], ([bisect, report, size]): Judgement => {
    if (size.known && size.value === 1) return ONE_BY_ONE;
    if ((bisect.known && bisect.value) || (report.known && report.value)) return { status: "pass" };
    if (!bisect.known || !report.known || !size.known) return cannotTell([bisect, report, size]);
    return {
      status: "fail",
      message: `A record that fails makes ${fact.id} run its whole batch again, of up to ${size.value} records${howKnown(size)}: it neither splits the batch nor asks which record failed.`,
      formula: "BisectBatchOnFunctionError = false, no ReportBatchItemFailures",
      ...placeOf(bisect, fact),
      ...(fix ? { fixes: [fix] } : {}),
    };
  });
}
