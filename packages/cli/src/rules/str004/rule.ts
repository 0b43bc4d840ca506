/** STR004: the destination of given-up records is told where they were, and not what they were. */

import { placeOf } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type StreamReader, judgeReader, streamReaders } from "../streams.ts";
import { type Judgement, cannotTell } from "../worlds.ts";

export const str004: Rule = {
  id: "STR004",
  name: "pointer-not-payload",
  title: "The on-failure destination of a stream is told the position of records, and not their content.",
  severity: { minimal: "off", recommended: "info", strict: "warning" },
  why: "Queues and topics are sent shard and sequence numbers: once the stream's retention is over there is nothing left to replay.",
  fix: "Use an S3 bucket as the destination, which is sent the records too, or fetch them before the retention is over.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
  check: (facts) => streamReaders(facts).flatMap(checkReader),
};

function checkReader(reader: StreamReader): readonly Outcome[] {
  const { fact, onFailure, sourceName } = reader;
  return judgeReader(reader, [onFailure], ([kept]): Judgement => {
    if (!kept.known) return cannotTell([kept]);
    if (kept.value === undefined)
      return { status: "not-applicable", reason: "it has no on-failure destination" };
    const { kind, to } = kept.value;
    if (kind === "s3") return { status: "pass" };
    if (kind !== "sqs" && kind !== "sns")
      return {
        status: "unknown",
        reason: `what ${to} is sent of a record is not known`,
        ...placeOf(kept, fact),
      };
    return {
      status: "fail",
      message: `${to} is sent the position of records that ${fact.id} gave up, and not their content. When ${sourceName} no longer keeps them, they cannot be replayed.`,
      ...placeOf(kept, fact),
    };
  });
}
