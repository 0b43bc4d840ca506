/** What CloudWatch has counted of queues and functions in a span of time. It counts receives, and not what became of them. */

import type { CloudWatch, GetMetricDataCommandOutput, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { type Patience, patiently } from "../aws/patient.ts";
import { type AwsSettings, awsProblem, clientConfig } from "../aws/settings.ts";
import { type Trouble, troubleOf } from "../aws/trouble.ts";
import { Usage } from "../usage.ts";

/** Sums; `undefined`: CloudWatch has no data point of it. */
export type Counts<Name extends string> = Readonly<Record<Name, number | undefined>>;

/**
 * Of a queue, approximately for a standard one
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
 */
export interface QueueCounts extends Counts<"sent" | "received" | "deleted" | "deduplicated"> {
  readonly queue: string;
}

/** Of a function (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html). */
export interface FunctionCounts extends Counts<"invocations" | "errors" | "throttles"> {
  readonly function: string;
}

export interface MetricCounts {
  /** Widened to whole periods: CloudWatch counts by these. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly queues: readonly QueueCounts[];
  readonly functions: readonly FunctionCounts[];
}

export interface CountsAsked extends Patience {
  /** Names, URLs or ARNs. */
  readonly queues: readonly string[];
  /** Names or ARNs. */
  readonly functions: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  readonly settings: AwsSettings;
  /** @default the SDK's, made of `settings` */
  readonly client?: CloudWatch;
}

/** Counts that AWS does not let this user see; logs can be read all the same. */
export class CountsRefused extends Usage {}

interface Wanted {
  readonly metric: string;
  readonly namespace: "AWS/SQS" | "AWS/Lambda";
  readonly dimension: { readonly Name: "QueueName" | "FunctionName"; readonly Value: string };
}

const QUEUE = {
  sent: "NumberOfMessagesSent",
  received: "NumberOfMessagesReceived",
  deleted: "NumberOfMessagesDeleted",
  deduplicated: "NumberOfDeduplicatedSentMessages",
} as const;
const FUNCTION = { invocations: "Invocations", errors: "Errors", throttles: "Throttles" } as const;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_A_CALL = 500;
const DAY_MS = 86_400_000;
/** CloudWatch keeps points of a minute for 15 days, of five for 63, of an hour for 455 (the same page). */
const PERIODS = [
  { days: 15, seconds: 60 },
  { days: 63, seconds: 300 },
  { days: 455, seconds: 3_600 },
] as const;

/** @throws CountsRefused when AWS refuses it, Usage when it cannot be asked or has no data of what was named, the signal's reason */
export async function countsOf(asked: CountsAsked): Promise<MetricCounts> {
  const queues = unique(asked.queues.map(queueName));
  const functions = unique(asked.functions.map(functionName));
  const periodMs = periodOf(asked);
  const fromMs = Math.floor(asked.fromMs / periodMs) * periodMs;
  const toMs = Math.ceil(asked.toMs / periodMs) * periodMs;
  const wanted = [
    ...queues.flatMap((queue) => Object.values(QUEUE).map((metric) => wantedOf("AWS/SQS", queue, metric))),
    ...functions.flatMap((name) =>
      Object.values(FUNCTION).map((metric) => wantedOf("AWS/Lambda", name, metric)),
    ),
  ];
  const client = asked.client ?? (await cloudwatch(asked.settings));
  let sums: readonly (number | undefined)[];
  try {
    sums = await summed(client, wanted, { ...asked, fromMs, toMs, periodMs });
  } finally {
    if (asked.client === undefined) client.destroy();
  }
  const taken = sums[Symbol.iterator]();
  const next = (): number | undefined => taken.next().value;
  const found = {
    fromMs,
    toMs,
    queues: queues.map((queue) => ({ queue, ...mapped(QUEUE, next) })),
    functions: functions.map((name) => ({ function: name, ...mapped(FUNCTION, next) })),
  };
  const silent = [
    ...found.queues.filter(({ sent, received, deleted }) => (sent ?? received ?? deleted) === undefined),
    ...found.functions.filter(({ invocations, throttles }) => (invocations ?? throttles) === undefined),
  ].map((one) => ("queue" in one ? `the queue "${one.queue}"` : `the function "${one.function}"`));
  if (silent.length === wantedCount(found))
    throw new Usage(
      `CloudWatch has no data of ${silent.join(", ")} between ${iso(fromMs)} and ${iso(toMs)}. Check the name, --region, --profile, and --since.`,
    );
  return found;
}

async function summed(
  client: CloudWatch,
  wanted: readonly Wanted[],
  span: Pick<CountsAsked, "fromMs" | "toMs" | "signal" | "backoffMs"> & { readonly periodMs: number },
): Promise<readonly (number | undefined)[]> {
  const sums: (number | undefined)[] = wanted.map(() => undefined);
  for (let from = 0; from < wanted.length; from += QUERIES_A_CALL) {
    const queries = wanted
      .slice(from, from + QUERIES_A_CALL)
      .map((one, at) => queryOf(one, from + at, span.periodMs));
    let token: string | undefined;
    do {
      const page = await ask(client, queries, span, token);
      for (const { Id, Values = [], StatusCode } of page.MetricDataResults ?? []) {
        const at = Number(Id?.slice(1));
        if (StatusCode === "Forbidden")
          throw new CountsRefused("CloudWatch does not let this user see these metrics.");
        for (const value of Values) sums[at] = (sums[at] ?? 0) + value;
      }
      token = page.NextToken;
    } while (token !== undefined);
  }
  return sums;
}

async function ask(
  client: CloudWatch,
  MetricDataQueries: MetricDataQuery[],
  span: Parameters<typeof summed>[2],
  NextToken: string | undefined,
): Promise<GetMetricDataCommandOutput> {
  const time = { StartTime: new Date(span.fromMs), EndTime: new Date(span.toMs) };
  try {
    return await patiently(
      (sending) => client.getMetricData({ MetricDataQueries, ...time, NextToken }, sending),
      span,
    );
  } catch (error) {
    span.signal.throwIfAborted();
    throw problemOf(error, troubleOf(error));
  }
}

function problemOf(error: unknown, trouble: Trouble): unknown {
  const problem = awsProblem(error);
  if (problem === undefined) return error;
  return trouble === "denied"
    ? new CountsRefused(
        `The metrics cannot be read: AWS refused cloudwatch:GetMetricData (${(error as Error).message}). Allow it to this user or role.`,
      )
    : new Usage(`The metrics cannot be read: ${problem}`);
}

function queryOf({ namespace, metric, dimension }: Wanted, at: number, periodMs: number): MetricDataQuery {
  const Metric = { Namespace: namespace, MetricName: metric, Dimensions: [dimension] };
  return { Id: `m${at}`, MetricStat: { Metric, Period: periodMs / 1_000, Stat: "Sum" }, ReturnData: true };
}

function wantedOf(namespace: Wanted["namespace"], Value: string, metric: string): Wanted {
  const Name = namespace === "AWS/SQS" ? "QueueName" : "FunctionName";
  return { namespace, metric, dimension: { Name, Value } };
}

function periodOf({ fromMs, nowMs }: CountsAsked): number {
  const days = (nowMs - fromMs) / DAY_MS;
  const period = PERIODS.find((one) => days <= one.days);
  if (period) return period.seconds * 1_000;
  throw new Usage("CloudWatch keeps metrics for 455 days: give a later --since.");
}

/** The SDK is loaded here: nobody else pays for it. */
async function cloudwatch(settings: AwsSettings): Promise<CloudWatch> {
  const { CloudWatch: Client } = await import("@aws-sdk/client-cloudwatch");
  return new Client(clientConfig(settings, "CLOUDWATCH"));
}

/** Of `https://sqs.eu-west-1.amazonaws.com/123456789012/orders` and `arn:aws:sqs:eu-west-1:123456789012:orders`. */
function queueName(text: string): string {
  return /^(?:https?:\/\/.*\/|arn:.*:)?([^/:]+)\/?$/.exec(text)?.[1] ?? text;
}

/** Of `arn:aws:lambda:eu-west-1:123456789012:function:orders`, with an alias or without. */
function functionName(text: string): string {
  return /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(text)?.[1] ?? text;
}

function mapped<Name extends string>(
  names: Readonly<Record<Name, string>>,
  next: () => number | undefined,
): Counts<Name> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, next()])) as Counts<Name>;
}

function wantedCount({ queues, functions }: Pick<MetricCounts, "queues" | "functions">): number {
  return queues.length + functions.length;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
