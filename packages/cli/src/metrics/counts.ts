/** What CloudWatch has counted of queues and functions in a span of time. It counts receives, and not what became of them. */

import type { CloudWatch, GetMetricDataCommandOutput, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { addResults, type Measured, metricQuery, QUERIES_A_CALL, type Wanted } from "../aws/metric-data.ts";
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

const QUEUE = {
  sent: "NumberOfMessagesSent",
  received: "NumberOfMessagesReceived",
  deleted: "NumberOfMessagesDeleted",
  deduplicated: "NumberOfDeduplicatedSentMessages",
} as const;
const FUNCTION = { invocations: "Invocations", errors: "Errors", throttles: "Throttles" } as const;
const DAY_MS = 86_400_000;
/**
 * CloudWatch keeps points of a minute for 15 days, of five for 63, of an hour for 455
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
 */
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
    ...queues.flatMap((QueueName) =>
      Object.values(QUEUE).map((metric) => sumOf("AWS/SQS", metric, { QueueName })),
    ),
    ...functions.flatMap((FunctionName) =>
      Object.values(FUNCTION).map((metric) => sumOf("AWS/Lambda", metric, { FunctionName })),
    ),
  ];
  const client = asked.client ?? (await cloudwatch(asked.settings));
  let sums: readonly Measured[];
  try {
    sums = await summed(client, wanted, { ...asked, fromMs, toMs, periodMs });
  } finally {
    if (asked.client === undefined) client.destroy();
  }
  const countOf = (name: string, metric: string): number | undefined =>
    sums[wanted.findIndex((one) => one.metric === metric && Object.values(one.dimensions)[0] === name)]
      ?.value;
  const found = {
    fromMs,
    toMs,
    queues: queues.map((queue) => ({ queue, ...counted(QUEUE, (metric) => countOf(queue, metric)) })),
    functions: functions.map((name) => ({
      function: name,
      ...counted(FUNCTION, (metric) => countOf(name, metric)),
    })),
  };
  const silent = [
    ...found.queues.flatMap(({ queue, sent, received, deleted }) =>
      (sent ?? received ?? deleted) === undefined ? [`the queue "${queue}"`] : [],
    ),
    ...found.functions.flatMap(({ function: name, invocations, throttles }) =>
      (invocations ?? throttles) === undefined ? [`the function "${name}"`] : [],
    ),
  ];
  if (silent.length === queues.length + functions.length)
    throw new Usage(
      `CloudWatch has no data of ${silent.join(", ")} between ${iso(fromMs)} and ${iso(toMs)}. Check the name, --region, --profile, and --since.`,
    );
  return found;
}

async function summed(
  client: CloudWatch,
  wanted: readonly Wanted[],
  span: Pick<CountsAsked, "fromMs" | "toMs" | "signal" | "backoffMs"> & { readonly periodMs: number },
): Promise<readonly Measured[]> {
  const sums: Measured[] = wanted.map(() => ({}));
  for (let from = 0; from < wanted.length; from += QUERIES_A_CALL) {
    const queries = wanted
      .slice(from, from + QUERIES_A_CALL)
      .map((one, at) => metricQuery(one, from + at, span.periodMs / 1_000));
    let token: string | undefined;
    do {
      const page = await ask(client, queries, span, token);
      addResults(sums, page.MetricDataResults ?? [], wanted);
      token = page.NextToken;
    } while (token !== undefined);
  }
  // A part of a sum is no sum.
  const reason = sums.find((one) => one.reason !== undefined)?.reason;
  if (reason !== undefined) throw new CountsRefused(`The metrics cannot be read: ${reason}.`);
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

function sumOf(namespace: Wanted["namespace"], metric: string, dimensions: Wanted["dimensions"]): Wanted {
  return { namespace, metric, dimensions, statistic: "Sum" };
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

function counted<Name extends string>(
  metrics: Readonly<Record<Name, string>>,
  countOf: (metric: string) => number | undefined,
): Counts<Name> {
  const counts = Object.entries<string>(metrics).map(([name, metric]) => [name, countOf(metric)]);
  return Object.fromEntries(counts) as Counts<Name>;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
