/** LOSS005: a message expires before it has been received as often as its redrive policy says. */

import { constant, isLess, plus, product, spelled } from "../../facts/linear.ts";
import type { Facts, QueueFact } from "../../facts/model.ts";
import type { Answer } from "../../facts/value.ts";
import {
  DELAY_LIMITS,
  RECEIVE_LIMITS,
  RETENTION_LIMITS,
  VISIBILITY_LIMITS,
  inSeconds,
  linears,
} from "../amounts.ts";
import { retentionFixes } from "../margins.ts";
import { queueSubject } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Fix, Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const loss005: Rule = {
  id: "LOSS005",
  name: "retention-shorter-than-retries",
  title: "A queue's retention is shorter than maxReceiveCount times its visibility timeout, plus its delay.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "A message that fails each time expires before its last receive, and never reaches the dead-letter queue.",
  fix: "Raise MessageRetentionPeriod above maxReceiveCount × VisibilityTimeout + DelaySeconds.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
  check: (facts) => facts.queues.flatMap((queue) => checkQueue(facts, queue)),
};

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const fixes = retentionFixes(facts, queue);
  return inEachWorld<[boolean, number | undefined, number, number, number]>(
    queueSubject(facts, queue),
    [
      queue.exists,
      queue.maxReceiveCount,
      queue.visibilityTimeoutSeconds,
      queue.retentionSeconds,
      queue.delaySeconds,
    ],
    ([exists, count, visibility, retention, delay]) => {
      if (isFalse(exists)) return undefined;
      if (count.known && count.value === undefined)
        return { status: "not-applicable", reason: "it has no redrive policy" };
      return judge(queue, fixes, { count: count as Answer<number>, visibility, retention, delay });
    },
  );
}

interface Times {
  readonly count: Answer<number>;
  readonly visibility: Answer<number>;
  readonly retention: Answer<number>;
  readonly delay: Answer<number>;
}

function judge(queue: QueueFact, fixes: readonly Fix[], times: Times): Judgement {
  const { count, visibility, retention, delay } = times;
  const [n, v, r, d] = linears(
    { answer: count, limits: RECEIVE_LIMITS, name: `maxReceiveCount of ${queue.id}` },
    { answer: visibility, limits: VISIBILITY_LIMITS, name: `visibility timeout of ${queue.id}` },
    { answer: retention, limits: RETENTION_LIMITS, name: `retention of ${queue.id}` },
    { answer: delay, limits: DELAY_LIMITS, name: `delay of ${queue.id}` },
  );
  if (n === undefined || v === undefined || r === undefined || d === undefined) return cannotTell([]);
  const open = cannotTell([count, visibility, retention, delay]);
  const retries = product(n, v);
  if (retries === undefined) return open;
  const below = isLess(r, plus(retries, d));
  if (below === "never") return { status: "pass" };
  if (below === "depends") return open;
  const delayed = isLess(constant(0), d) === "always";
  const all = plus(retries, d);
  return {
    status: "fail",
    message: `${queue.id} keeps a message for ${inSeconds(retention, r)}, and ${spelled(n)} receives take ${spelled(all)} s: one that fails each time expires before it reaches the dead-letter queue.`,
    formula: `${spelled(r)} < ${spelled(n)} × ${spelled(v)}${delayed ? ` + ${spelled(d)}` : ""}`,
    ...placeOf(retention, queue),
    related: relatedTo(
      [placeOf(count, queue), `maxReceiveCount is ${spelled(n)}`],
      [placeOf(visibility, queue), `the visibility timeout is ${inSeconds(visibility, v)}`],
      [delayed ? placeOf(delay, queue) : undefined, `the delay is ${inSeconds(delay, d)}`],
    ),
    ...(fixes.length > 0 ? { fixes } : {}),
  };
}
