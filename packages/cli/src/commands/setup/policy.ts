/** The IAM policy of who uses the table of records and the queue. The actions on the table are the runtime's own list. */

import { dynamodbSchema } from "@effectively-once/runtime/schema";

export const ROLES = ["handler", "setup", "operator"] as const;

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export interface PolicyFor {
  /** `handler`: the functions. `setup`: who runs this command. `operator`: who looks at records and resolves them. */
  readonly role: (typeof ROLES)[number];
  /** `undefined`: the records are not in DynamoDB. */
  readonly tableArn: string | undefined;
  readonly queueArns: readonly string[];
  /** What `commit` and `transact` write to besides. */
  readonly ownTableArns: readonly string[];
}

/**
 * What the source `sqs` asks of the queue by itself: visibility for heartbeats and backoff, and the early delete of what is
 * done. Receiving is the event source mapping's, by Lambda's managed policy AWSLambdaSQSQueueExecutionRole, which lacks
 * the first of these (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html).
 */
export const QUEUE_ACTIONS: readonly string[] = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage"];

export function policy({ role, tableArn, queueArns, ownTableArns }: PolicyFor): Policy {
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): Statement[] =>
    Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource }];
  return {
    Version: "2012-10-17",
    Statement: [
      ...allow("OnceRecords", recordActions(role), tableArn === undefined ? [] : [tableArn]),
      ...(role === "handler"
        ? [
            ...allow("OnceOwnTables", dynamodbSchema.actions.ownTables, ownTableArns),
            ...allow("OnceQueues", QUEUE_ACTIONS, queueArns),
          ]
        : []),
    ],
  };
}

/** PartiQL's actions are not part of the read and write sets that most tools grant, so that each is named. */
export function recordActions(role: PolicyFor["role"]): readonly string[] {
  const { handler, transactions, setup, check, operator } = dynamodbSchema.actions;
  const actions = { handler: [...handler, ...transactions], setup: [...setup, ...check], operator }[role];
  return [...new Set(actions)].toSorted();
}

export const TABLE_ARN = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/;
export const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?$/;

export function arnProblem(pattern: RegExp): string {
  return pattern === TABLE_ARN
    ? "is a table's ARN such as arn:aws:dynamodb:eu-west-1:123456789012:table/once-records"
    : "is a queue's ARN such as arn:aws:sqs:eu-west-1:123456789012:orders";
}

export const placeholders = {
  names: ["REGION", "ACCOUNT_ID", "QUEUE_NAME"],
  table: (region = "REGION", table: string): string => `arn:aws:dynamodb:${region}:ACCOUNT_ID:table/${table}`,
  queue: (region = "REGION"): string => `arn:aws:sqs:${region}:ACCOUNT_ID:QUEUE_NAME`,
};
