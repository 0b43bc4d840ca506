/** Queues, and the forms that a redrive policy can have. */

import type { QueueFact } from "../model.ts";
import type { Answer, Value } from "../value.ts";
import { child, inEveryWorld } from "./evaluate.ts";
import { placeOf } from "./node.ts";
import { jsonInText } from "./json-in-text.ts";
import { ABSENT, onlyHole, type Result, unknownText } from "./result.ts";
import { numberAnswer, saidOf, type Settings } from "./settings.ts";
import { factOf, settingsOf } from "./subject.ts";
import { nameOf, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

/** SQS's own, of a redrive policy without a count. */
const DEFAULT_RECEIVE_COUNT = 10;

/** A queue of the template, or one that SAM makes. */
export function queueOf(resource: Resource): QueueFact {
  const settings = settingsOf(resource);
  return {
    ...factOf(resource),
    ...(resource.made ? { generatedBy: resource.made.generatedBy } : {}),
    name: settings.text("QueueName", undefined),
    visibilityTimeoutSeconds: settings.number("VisibilityTimeout", 30),
    retentionSeconds: settings.number("MessageRetentionPeriod", 345_600),
    delaySeconds: settings.number("DelaySeconds", 0),
    fifo: settings.boolean("FifoQueue", false),
    contentBasedDeduplication: settings.boolean("ContentBasedDeduplication", false),
    deadLetterQueue: fromPolicy(settings, "RedrivePolicy", "deadLetterTargetArn", (result, run) => ({
      known: true,
      value: nameOf(targetOf(run, result, resource.template)),
      ...saidOf(result),
    })),
    maxReceiveCount: fromPolicy(settings, "RedrivePolicy", "maxReceiveCount", (result, _run, policy) =>
      result.kind === "absent"
        ? { known: true, value: DEFAULT_RECEIVE_COUNT, from: "default", place: policy }
        : numberAnswer(result, "maxReceiveCount"),
    ),
  };
}

/** What a redrive policy says at a key. `undefined`: there is no policy. */
export function fromPolicy<T>(
  settings: Settings,
  path: string,
  key: string,
  answer: (result: Result, run: Run, policy: ReturnType<typeof placeOf>) => Answer<T | undefined>,
): Value<T | undefined> {
  return inEveryWorld<T | undefined>((run) => {
    const policy = settings.read(run, path);
    if (policy.kind === "absent") return settings.fallback(undefined);
    if (policy.kind === "text" && onlyHole(policy)) return unknownText(policy, path);
    const place = placeOf(policy.node);
    const result = policy.kind === "text" ? jsonInText(policy)?.get(key) : child(run, policy, key);
    if (result === undefined && policy.kind === "text" && !jsonInText(policy))
      return { known: false, reason: `${path} is a text that cannot be read as JSON`, place };
    return answer(result ?? ABSENT, run, place);
  });
}
