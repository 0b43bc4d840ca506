/** DUP010: a pipe's functions may take longer than its queue's messages stay invisible. */

import { isLess, plus, scaled, spelled } from "../../facts/linear.ts";
import type { Facts, PipeFact, QueueFact } from "../../facts/model.ts";
import { type Answer, type Value, known, unknown } from "../../facts/value.ts";
import { TIMEOUT_LIMITS, VISIBILITY_LIMITS, WINDOW_LIMITS, inSeconds, linears } from "../amounts.ts";
import { visibilityFixes } from "../margins.ts";
import { endOf, onlyId, settingOf, through } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Fix, Outcome, Rule } from "../rule.ts";
import { windowOf } from "../visibility.ts";
import { isFalse } from "../truths.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const dup010: Rule = {
  id: "DUP010",
  name: "pipe-visibility",
  title:
    "The visibility timeout of a pipe's queue is shorter than six times its functions' timeouts, plus the batching window.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "A pipe runs its enrichment and its target while the message is invisible; when that ends too early, a second copy goes through the pipe.",
  fix: "Set the queue's visibility timeout to six times the timeouts of enrichment and target together, plus the batching window.",
  source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
  check: (facts) => facts.pipes.flatMap((pipe) => checkPipe(facts, pipe)),
};

const RUNS = 6;
/** Of a part that may be no function at all. */
const PART_LIMITS = { ...TIMEOUT_LIMITS, min: 0 };

function checkPipe(facts: Facts, pipe: PipeFact): readonly Outcome[] {
  if (pipe.kind !== "sqs") return [];
  const id = onlyId(pipe.source);
  const queue = facts.queues.find((one) => one.id === id);
  const ofQueue = <T>(read: (queue: QueueFact) => Value<T>): Value<T> =>
    through(pipe.source, (answer) => settingOf(endOf(facts.queues, answer, "queue"), read));
  const fixes = queue ? visibilityFixes(facts, queue) : [];
  return inEachWorld<[boolean, number, boolean, number, number, number]>(
    { ...(queue ? { queue: queue.id } : {}), other: pipe.id },
    [
      pipe.exists,
      ofQueue((one) => one.visibilityTimeoutSeconds),
      ofQueue((one) => one.fifo),
      timeoutOf(facts, pipe.enrichment),
      timeoutOf(facts, pipe.target),
      pipe.batchingWindowSeconds,
    ],
    ([exists, visibility, fifo, enrichment, target, window]) =>
      isFalse(exists)
        ? undefined
        : judge(pipe, queue, fixes, {
            visibility,
            enrichment,
            target,
            window: windowOf(window, fifo),
          }),
  );
}

/** 0 where there is no function. */
function timeoutOf(facts: Facts, part: Value<string | undefined>): Value<number> {
  return through(part, (answer) => {
    if (!answer.known) return unknown(answer.reason, answer.place ? { place: answer.place } : {});
    const { value } = answer;
    if (value === undefined) return known(0, "default");
    return settingOf(endOf(facts.functions, { ...answer, value }, "function"), (fact) => fact.timeoutSeconds);
  });
}

interface Waits {
  readonly visibility: Answer<number>;
  readonly enrichment: Answer<number>;
  readonly target: Answer<number>;
  readonly window: Answer<number>;
}

function judge(pipe: PipeFact, queue: QueueFact | undefined, fixes: readonly Fix[], waits: Waits): Judgement {
  const { visibility, enrichment, target, window } = waits;
  const [v, e, t, w] = linears(
    { answer: visibility, limits: VISIBILITY_LIMITS, name: `visibility timeout of ${pipe.sourceName}` },
    { answer: enrichment, limits: PART_LIMITS, name: `timeout of the enrichment of ${pipe.id}` },
    { answer: target, limits: PART_LIMITS, name: `timeout of the target of ${pipe.id}` },
    { answer: window, limits: WINDOW_LIMITS, name: `window of ${pipe.id}` },
  );
  if (v === undefined || e === undefined || t === undefined || w === undefined) return cannotTell([]);
  const parts = [e, t].filter((one) => one.terms.length > 0 || one.constant > 0);
  if (parts.length === 0)
    return { status: "not-applicable", reason: "neither its enrichment nor its target is a function" };
  const run = plus(e, t);
  switch (isLess(v, plus(scaled(run, RUNS), w))) {
    case "never":
      return { status: "pass" };
    case "depends":
      return cannotTell([visibility, enrichment, target, window]);
    case "always": {
      const hasWindow = w.terms.length > 0 || w.constant > 0;
      const sum = parts.map((one) => spelled(one)).join(" + ");
      const wait = hasWindow ? ` + ${spelled(w)}` : "";
      return {
        status: "fail",
        message: `${pipe.sourceName} shows a message again after ${inSeconds(visibility, v)}. That is less than six times the ${spelled(run)} s that the functions of ${pipe.id} may run${hasWindow ? `, plus the batching window of ${inSeconds(window, w)}` : ""}: a slow or throttled batch goes through the pipe a second time.`,
        formula: `${spelled(v)} < ${RUNS} × ${parts.length > 1 ? `(${sum})` : sum}${wait}`,
        ...placeOf(visibility, queue ?? pipe),
        related: relatedTo([pipe, `${pipe.id} takes messages from ${pipe.sourceName}`]),
        ...(fixes.length > 0 ? { fixes } : {}),
      };
    }
  }
}
