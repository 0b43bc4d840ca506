/** What an account of the tests holds, in the shapes that AWS's API has; each is overridden in part. */

export const ACCOUNT = "123456789012";
export const REGION = "eu-west-1";

export type Shape = Readonly<Record<string, unknown>>;

export interface Account {
  /** FunctionConfiguration (https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html). */
  readonly functions: readonly Shape[];
  /** EventSourceMappingConfiguration (https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html). */
  readonly mappings: readonly Shape[];
  /** Reserved concurrency by function. */
  readonly concurrency?: Readonly<Record<string, number>>;
  /** FunctionEventInvokeConfig by function (https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html). */
  readonly invokes?: Readonly<Record<string, readonly Shape[]>>;
  /** AliasConfiguration by function (https://docs.aws.amazon.com/lambda/latest/api/API_AliasConfiguration.html). */
  readonly aliases?: Readonly<Record<string, readonly Shape[]>>;
  /** FunctionConfiguration by `orders:3`. */
  readonly versions?: Readonly<Record<string, Shape>>;
  /** Attributes by name (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html). */
  readonly queues?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values of the days by `Duration p99 orders`, the last day first. */
  readonly metrics?: Readonly<Record<string, readonly number[]>>;
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
}

export function queueArn(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
}

export function lambdaFunction(name: string, some: Shape = {}): Shape {
  return {
    FunctionName: name,
    FunctionArn: functionArn(name),
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Timeout: 30,
    MemorySize: 128,
    Version: "$LATEST",
    ...some,
  };
}

/** Of an SQS queue, as Lambda answers it. */
export function mapping(queue: string, name: string, some: Shape = {}): Shape {
  return {
    UUID: `${queue}-to-${name}`,
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    EventSourceArn: queueArn(queue),
    FunctionArn: functionArn(name),
    LastModified: 1_790_000_000,
    State: "Enabled",
    StateTransitionReason: "USER_INITIATED",
    FunctionResponseTypes: [],
    EventSourceMappingArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:${queue}-to-${name}`,
    ...some,
  };
}

export function queue(name: string, some: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    QueueArn: queueArn(name),
    VisibilityTimeout: "30",
    MessageRetentionPeriod: "345600",
    DelaySeconds: "0",
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
    ...some,
  };
}

/** `orders` reads from `orders`, whose failures end in `orders-dlq`. */
export function ordinary(some: Partial<Account> = {}): Account {
  return {
    functions: [lambdaFunction("orders")],
    mappings: [mapping("orders", "orders")],
    queues: {
      orders: queue("orders", {
        VisibilityTimeout: "180",
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn("orders-dlq"), maxReceiveCount: 5 }),
      }),
      "orders-dlq": queue("orders-dlq", { MessageRetentionPeriod: "1209600" }),
    },
    ...some,
  };
}
