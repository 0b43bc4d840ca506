/** Queues, and the forms that a redrive policy can have. */

import type { QueueFact } from "../model.ts";
import type { Answer, Value } from "../value.ts";
import { child, inEveryWorld } from "./evaluate.ts";
import { placeOf } from "./node.ts";
import {
  ABSENT,
  hole,
  literal,
  onlyHole,
  type Part,
  type Result,
  type TextResult,
  unknownText,
} from "./result.ts";
import { numberAnswer, saidOf, type Settings } from "./settings.ts";
import { factOf, settingsOf } from "./subject.ts";
import { nameOf, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

/** SQS's own, of a redrive policy without a count. */
const DEFAULT_RECEIVE_COUNT = 10;

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
    const result = policy.kind === "text" ? writtenAsText(policy)?.get(key) : child(run, policy, key);
    if (result === undefined && policy.kind === "text" && !writtenAsText(policy))
      return { known: false, reason: `${path} is a text that cannot be read as JSON`, place };
    return answer(result ?? ABSENT, run, place);
  });
}

/** A policy that is written as JSON in a text, with references in it. */
function writtenAsText(text: TextResult): ReadonlyMap<string, TextResult> | undefined {
  let json = "";
  let isQuoted = false;
  const holes: Part[] = [];
  for (const part of text.parts) {
    if (typeof part === "string") {
      for (let at = part.indexOf('"'); at !== -1; at = part.indexOf('"', at + 1))
        if (part[at - 1] !== "\\") isQuoted = !isQuoted;
      json += part;
      continue;
    }
    const mark = `\\u0000${holes.push(part) - 1}\\u0000`;
    json += isQuoted ? mark : `"${mark}"`;
  }
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null) return undefined;
  return new Map(
    Object.entries(read).map(([key, value]) => {
      // Every second piece is the number of a reference.
      const parts = String(value)
        .split("\u0000")
        .map((piece, index) => (index % 2 === 0 ? piece : (holes[Number(piece)] ?? "")))
        .filter((part) => part !== "");
      const [only] = parts;
      const made =
        parts.length === 1 && typeof only === "object" ? hole(only, text.node) : literal("", text.node);
      return [key, { ...text, ...made, parts: parts as readonly Part[] }];
    }),
  );
}
