/** STR002: records are given up after some retries or some age, and nothing keeps them. */

import { placeOf } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { INFINITE, type StreamReader, judgeReader, streamReaders } from "../streams.ts";
import { type Judgement, cannotTell } from "../worlds.ts";

export const str002: Rule = {
  id: "STR002",
  name: "silent-discard",
  title: "A stream's records are given up after retries or by age, and no destination keeps them.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "Records that reach the limit are skipped, and are gone with nothing but a metric to tell of them.",
  fix: "Add an on-failure destination, or remove the limit.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
  check: (facts) => streamReaders(facts).flatMap(checkReader),
};

const NEVER_GIVES_UP: Judgement = {
  status: "not-applicable",
  reason: "nothing is given up: neither attempts nor age have a limit",
};

function checkReader(reader: StreamReader): readonly Outcome[] {
  const { fact, retries, ageSeconds, onFailure } = reader;
  return judgeReader(reader, [retries, ageSeconds, onFailure], ([attempts, age, kept]): Judgement => {
    if (kept.known && kept.value !== undefined) return { status: "pass" };
    const limits = [
      attempts.known && attempts.value !== INFINITE ? `MaximumRetryAttempts = ${attempts.value}` : undefined,
      age.known && age.value !== INFINITE ? `MaximumRecordAgeInSeconds = ${age.value}` : undefined,
    ].filter((one) => one !== undefined);
    if (attempts.known && age.known && limits.length === 0) return NEVER_GIVES_UP;
    if (limits.length === 0 || !kept.known) return cannotTell([attempts, age, kept]);
    const limiting = attempts.known && attempts.value !== INFINITE ? attempts : age;
    return {
      status: "fail",
      message: `${fact.id} gives records up when they reach its limit (${limits.join(", ")}), and has no on-failure destination: they are lost.`,
      formula: `${limits.join(", ")}, no OnFailure`,
      ...placeOf(limiting, fact),
    };
  });
}
