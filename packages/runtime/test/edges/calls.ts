/** One call of every operation that `protect` covers, against an endpoint of the test's. */

import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ecs from "@aws-sdk/client-ecs";
import * as lambda from "@aws-sdk/client-lambda";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as sfn from "@aws-sdk/client-sfn";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { protect } from "@effectively-once/runtime/edges/aws-sdk";

export type Calls = Readonly<Record<string, () => Promise<unknown>>>;

const ARN = "arn:aws:states:eu-west-1:000000000000";

export function allCalls(endpoint: string): Calls {
  const config = {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  const queue = protect(new sqs.SQSClient({ ...config, md5: false }));
  const topic = protect(new sns.SNSClient(config));
  const states = protect(new sfn.SFNClient(config));
  const tables = protect(new dynamodb.DynamoDBClient(config));
  const functions = protect(new lambda.LambdaClient(config));
  const schedules = protect(new scheduler.SchedulerClient(config));
  const tasks = protect(new ecs.ECSClient(config));
  const QueueUrl = `${endpoint}/000000000000/orders.fifo`;
  const TopicArn = "arn:aws:sns:eu-west-1:000000000000:orders.fifo";
  const schedule = {
    Name: "nightly",
    ScheduleExpression: "rate(1 day)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: TopicArn, RoleArn: "arn:aws:iam::000000000000:role/r" },
  } as const;
  return {
    "sqs.SendMessage": () =>
      queue.send(new sqs.SendMessageCommand({ QueueUrl, MessageGroupId: "g", MessageBody: "one" })),
    "sqs.SendMessageBatch": () =>
      queue.send(
        new sqs.SendMessageBatchCommand({
          QueueUrl,
          Entries: ["two", "three"].map((MessageBody) => ({
            // As many do: fresh in every attempt, and no part of what the message is.
            Id: `id-${process.pid}-${MessageBody}`,
            MessageGroupId: "g",
            MessageBody,
          })),
        }),
      ),
    "sns.Publish": () =>
      topic.send(new sns.PublishCommand({ TopicArn, MessageGroupId: "g", Message: "four" })),
    "sns.PublishBatch": () =>
      topic.send(
        new sns.PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: [{ Id: "a", MessageGroupId: "g", Message: "five" }],
        }),
      ),
    "sfn.StartExecution": () =>
      states.send(
        new sfn.StartExecutionCommand({ stateMachineArn: `${ARN}:stateMachine:ship`, input: "{}" }),
      ),
    "sfn.RedriveExecution": () =>
      states.send(new sfn.RedriveExecutionCommand({ executionArn: `${ARN}:execution:ship:x` })),
    "dynamodb.ExecuteTransaction": () =>
      tables.send(
        new dynamodb.ExecuteTransactionCommand({
          TransactStatements: [{ Statement: "DELETE FROM t WHERE id=1" }],
        }),
      ),
    "dynamodb.ExportTableToPointInTime": () =>
      tables.send(new dynamodb.ExportTableToPointInTimeCommand({ TableArn: "arn:t", S3Bucket: "b" })),
    "dynamodb.ImportTable": () =>
      tables.send(
        new dynamodb.ImportTableCommand({
          S3BucketSource: { S3Bucket: "b" },
          InputFormat: "CSV",
          TableCreationParameters: {
            TableName: "t",
            AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
            KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          },
        }),
      ),
    "dynamodb.StartBulkPutItems": () =>
      tables.send(new dynamodb.StartBulkPutItemsCommand({ TableName: "t" } as never)),
    "dynamodb.TransactWriteItems": () =>
      tables.send(
        new dynamodb.TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName: "t", Item: { id: { S: "1" }, bytes: { B: new Uint8Array([1, 2]) } } } },
          ],
        }),
      ),
    "lambda.CheckpointDurableExecution": () =>
      functions.send(
        new lambda.CheckpointDurableExecutionCommand({
          DurableExecutionArn: "arn:d",
          CheckpointToken: "t",
          Updates: [],
        }),
      ),
    "scheduler.CreateSchedule": () => schedules.send(new scheduler.CreateScheduleCommand(schedule)),
    "scheduler.UpdateSchedule": () => schedules.send(new scheduler.UpdateScheduleCommand(schedule)),
    "scheduler.DeleteSchedule": () =>
      schedules.send(new scheduler.DeleteScheduleCommand({ Name: "nightly" })),
    "scheduler.CreateScheduleGroup": () =>
      schedules.send(new scheduler.CreateScheduleGroupCommand({ Name: "group" })),
    "scheduler.DeleteScheduleGroup": () =>
      schedules.send(new scheduler.DeleteScheduleGroupCommand({ Name: "group" })),
    "ecs.CreateDaemon": () => tasks.send(new ecs.CreateDaemonCommand({ daemonName: "d" } as never)),
    "ecs.CreateGateway": () => tasks.send(new ecs.CreateGatewayCommand({ gatewayName: "g" } as never)),
    "ecs.CreateService": () => tasks.send(new ecs.CreateServiceCommand({ serviceName: "s" })),
    "ecs.CreateTaskSet": () =>
      tasks.send(new ecs.CreateTaskSetCommand({ service: "s", cluster: "c", taskDefinition: "t" })),
    "ecs.RunTask": () => tasks.send(new ecs.RunTaskCommand({ taskDefinition: "t", count: 1 })),
  };
}
