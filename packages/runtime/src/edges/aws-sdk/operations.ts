/** What `protect` does to the input of each operation: the token it gets, and where a correlation id fits. */

import { CORRELATION_ATTRIBUTE } from "../../correlation.ts";
import { tokenMember } from "./tokens.ts";

export type Input = Readonly<Record<string, unknown>>;

/** One message of an input: the whole input, or an entry of a batch. */
export interface Part {
  readonly input: Input;
  /** Names the part among the others; empty for the whole. */
  readonly name: string;
}

export interface Plan {
  readonly target: string;
  /** What the same call has in every attempt. */
  readonly same: unknown;
  /** The parts that need a token; none: nothing of the service's own makes this call idempotent. */
  readonly parts: readonly Part[];
  /** The input with one token for each part; not asked where there are none. */
  with(tokens: readonly string[]): Input;
  /** With what is to be carried on, as far as there is room. */
  correlated?(input: Input, carried: readonly (readonly [string, string])[]): Input;
  /** The answer in the place of an error that says that the same call was made before. */
  recovered?(error: unknown, input: Input): Input | undefined;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html; SNS raw delivery shares it. */
const MAX_ATTRIBUTES = 10;
const DEDUPLICATION_ID = "MessageDeduplicationId";

/** `undefined`: an operation that is left alone. */
export function planOf(operation: string, input: Input, schema: unknown): Plan | undefined {
  switch (operation) {
    case "sqs.SendMessage":
      return single(text(input, "QueueUrl"), input);
    case "sqs.SendMessageBatch":
      return batch(text(input, "QueueUrl"), input, "Entries");
    case "sns.Publish":
      return single(text(input, "TopicArn"), input);
    case "sns.PublishBatch":
      return batch(text(input, "TopicArn"), input, "PublishBatchRequestEntries");
    case "eventbridge.PutEvents":
      return events(input);
    case "sfn.StartExecution":
      return {
        ...withMember(input, "name", text(input, "stateMachineArn")),
        recovered: (error, sent) => startedBefore(error, sent),
      };
    default: {
      const member = tokenMember(operation, schema);
      return member === undefined ? undefined : withMember(input, member, targetOf(input));
    }
  }
}

function withMember(input: Input, member: string, target: string, needed = !isGiven(input[member])): Plan {
  return {
    target,
    same: input,
    parts: needed ? [{ input, name: "" }] : [],
    with: ([token]) => ({ ...input, [member]: token }),
  };
}

function single(target: string, input: Input): Plan {
  const plan = withMember(input, DEDUPLICATION_ID, target, needsId(target, input));
  return { ...plan, correlated: withAttributes };
}

/** Ids of entries name them within one request only, and are often random: the place is what stays the same. */
function batch(target: string, input: Input, member: string): Plan {
  const entries = listOf(input[member]);
  const needing = entries.flatMap((entry, index) => (needsId(target, entry) ? [index] : []));
  return {
    target,
    same: { ...input, [member]: entries.map(({ Id: _id, ...entry }) => entry) },
    parts: needing.map((index) => ({ input: entries[index] ?? {}, name: String(index) })),
    with: (tokens) => ({
      ...input,
      [member]: entries.map((entry, index) => {
        const place = needing.indexOf(index);
        return place < 0 ? entry : { ...entry, [DEDUPLICATION_ID]: tokens[place] };
      }),
    }),
    correlated: (sent, carried) => ({
      ...sent,
      [member]: listOf(sent[member]).map((entry) => withAttributes(entry, carried)),
    }),
  };
}

/** Only FIFO queues and topics take a deduplication id. */
function needsId(target: string, input: Input): boolean {
  return target.endsWith(".fifo") && !isGiven(input[DEDUPLICATION_ID]);
}

function withAttributes(input: Input, carried: readonly (readonly [string, string])[]): Input {
  const own = isObject(input["MessageAttributes"]) ? input["MessageAttributes"] : {};
  const attributes: Record<string, unknown> = { ...own };
  let room = MAX_ATTRIBUTES - Object.keys(attributes).length;
  for (const [name, value] of carried) {
    if (room <= 0 || Object.hasOwn(attributes, name)) continue;
    attributes[name] = { DataType: "String", StringValue: value };
    room -= 1;
  }
  return Object.keys(attributes).length === Object.keys(own).length
    ? input
    : { ...input, MessageAttributes: attributes };
}

/** EventBridge has neither a token nor attributes: the id goes into the detail, where it is an object without one. */
function events(input: Input): Plan {
  return {
    target: "",
    same: input,
    parts: [],
    with: () => input,
    correlated: (sent, carried) => {
      const id = carried.find(([name]) => name === CORRELATION_ATTRIBUTE)?.[1];
      if (id === undefined) return sent;
      return { ...sent, Entries: listOf(sent["Entries"]).map((entry) => withDetail(entry, id)) };
    },
  };
}

function withDetail(entry: Input, id: string): Input {
  const { Detail } = entry;
  if (typeof Detail !== "string") return entry;
  let detail: unknown;
  try {
    detail = JSON.parse(Detail);
  } catch {
    return entry;
  }
  if (!isObject(detail) || CORRELATION_ATTRIBUTE in detail) return entry;
  return { ...entry, Detail: JSON.stringify({ ...detail, [CORRELATION_ATTRIBUTE]: id }) };
}

/**
 * The name of a closed execution is refused for 90 days
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). The name is this message's own,
 * so the execution is too.
 */
function startedBefore(error: unknown, input: Input): Input | undefined {
  if (!(error instanceof Error) || error.name !== "ExecutionAlreadyExists") return undefined;
  const [arn, partition, service, region, account, , machine] = text(input, "stateMachineArn").split(":");
  if (machine === undefined) return undefined;
  return {
    $metadata: "$metadata" in error ? error.$metadata : {},
    executionArn: [arn, partition, service, region, account, "execution", machine, input["name"]].join(":"),
  };
}

/** Of the members that say what an operation is done to, those that are there. */
const TARGETS = [
  "TableName",
  "TableArn",
  "FunctionName",
  "GroupName",
  "Name",
  "cluster",
  "serviceName",
  "service",
  "taskDefinition",
  "executionArn",
];

function targetOf(input: Input): string {
  return TARGETS.flatMap((name) => (typeof input[name] === "string" ? [input[name]] : [])).join(" ");
}

function text(input: Input, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): readonly Input[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function isObject(value: unknown): value is Input {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
