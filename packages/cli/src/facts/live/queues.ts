/** The queues that functions and mappings name, and those where their messages end up. */

import type { QueueFact } from "../model.ts";
import { type Answer, known, unknown, type Value } from "../value.ts";
import { parseArn } from "./arn.ts";
import type { Answered, Calls } from "./calls.ts";
import type { LiveClients } from "./clients.ts";
import { elsewhere, type Home, queueId } from "./ids.ts";

type Attributes = Readonly<Record<string, string>>;

/** Every queue of `arns`, and what their redrive policies lead to. */
export async function readQueues(
  calls: Calls,
  clients: LiveClients,
  home: Home,
  arns: readonly string[],
  seen?: (done: number, of: number) => void,
): Promise<readonly QueueFact[]> {
  const facts = new Map<string, QueueFact>();
  let asked = 0;
  let done = 0;
  const read = async (arn: string): Promise<void> => {
    const id = queueId(arn, home);
    if (facts.has(id)) return;
    const parsed = parseArn(arn);
    const away = parsed === undefined ? "its ARN cannot be read" : elsewhere(parsed, home);
    // Held at once, so that nobody asks for it a second time.
    facts.set(id, unreadQueue(id, arn, home, away ?? ""));
    if (parsed === undefined || away !== undefined) return;
    asked += 1;
    const answered = await readAttributes(calls, clients, parsed.resource);
    done += 1;
    seen?.(done, asked);
    if (answered.kind === "answer") {
      facts.set(id, queueFact(id, arn, home, answered.value));
      const next = redriveOf(answered.value)?.deadLetterTargetArn;
      if (typeof next === "string") await read(next);
    } else if (answered.kind === "unknown") facts.set(id, unreadQueue(id, arn, home, answered.reason));
    else
      facts.set(id, {
        ...unreadQueue(id, arn, home, "there is no such queue"),
        exists: known(false, "live"),
      });
  };
  await Promise.all(arns.map(read));
  return [...facts.values()];
}

async function readAttributes(
  calls: Calls,
  { sqs }: LiveClients,
  name: string,
): Promise<Answered<Attributes>> {
  const url = await calls.ask("sqs:GetQueueUrl", name, (options) =>
    sqs.getQueueUrl({ QueueName: name }, options),
  );
  if (url.kind !== "answer") return url;
  const { QueueUrl } = url.value;
  // A standard queue refuses to be asked for `FifoQueue`; all of them it gives.
  const attributes = await calls.ask("sqs:GetQueueAttributes", name, (options) =>
    sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] }, options),
  );
  return attributes.kind === "answer"
    ? { kind: "answer", value: attributes.value.Attributes ?? {} }
    : attributes;
}

function queueFact(id: string, arn: string, home: Home, attributes: Attributes): QueueFact {
  const visible = Number(attributes["ApproximateNumberOfMessages"] ?? Number.NaN);
  const policy = attributes["RedrivePolicy"];
  const redrive = redriveOf(attributes);
  const target = redrive?.deadLetterTargetArn;
  const unread = `its redrive policy cannot be read: ${policy}`;
  return {
    ...placed(id, arn, home),
    exists: known(true, "live"),
    visibilityTimeoutSeconds: numberOf(attributes, "VisibilityTimeout"),
    retentionSeconds: numberOf(attributes, "MessageRetentionPeriod"),
    delaySeconds: numberOf(attributes, "DelaySeconds"),
    // SQS names these two of FIFO queues only.
    fifo: known(attributes["FifoQueue"] === "true", "live"),
    contentBasedDeduplication: known(attributes["ContentBasedDeduplication"] === "true", "live"),
    deadLetterQueue:
      policy === undefined || policy === ""
        ? known(undefined, "live")
        : typeof target === "string"
          ? known(queueId(target, home), "live")
          : unknown(unread),
    maxReceiveCount:
      policy === undefined || policy === ""
        ? known(undefined, "live")
        : { cases: [{ when: {}, answer: whole(redrive?.maxReceiveCount, unread) }] },
    ...(Number.isFinite(visible) ? { observed: { visibleMessages: visible, days: 0 } } : {}),
  };
}

function unreadQueue(id: string, arn: string, home: Home, reason: string): QueueFact {
  const open = unknown(reason);
  return {
    ...placed(id, arn, home),
    exists: open,
    visibilityTimeoutSeconds: open,
    retentionSeconds: open,
    delaySeconds: open,
    // Its name says that without any call: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html.
    fifo: known(arn.endsWith(".fifo"), "live"),
    contentBasedDeduplication: open,
    deadLetterQueue: open,
    maxReceiveCount: open,
  };
}

function placed(
  id: string,
  arn: string,
  home: Home,
): Pick<QueueFact, "id" | "arn" | "account" | "region" | "name"> {
  const parsed = parseArn(arn);
  const account = parsed?.account ?? home.account;
  return {
    id,
    arn,
    ...(account === undefined ? {} : { account }),
    region: parsed?.region ?? home.region,
    name: parsed === undefined ? unknown("its ARN cannot be read") : known(parsed.resource, "live"),
  };
}

function numberOf(attributes: Attributes, name: string): Value<number> {
  return { cases: [{ when: {}, answer: whole(attributes[name], `SQS did not say its ${name}`) }] };
}

/** AWS has numbers as texts in attributes, and either in a redrive policy. */
function whole(value: unknown, otherwise: string): Answer<number> {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number)
    ? { known: true, value: number, from: "live" }
    : { known: false, reason: otherwise };
}

function redriveOf(
  attributes: Attributes,
): { readonly deadLetterTargetArn?: unknown; readonly maxReceiveCount?: unknown } | undefined {
  try {
    const policy: unknown = JSON.parse(attributes["RedrivePolicy"] ?? "");
    return typeof policy === "object" && policy !== null ? policy : undefined;
  } catch {
    return undefined;
  }
}
