/** Written by `npm run edges` from the SDK's own models: each operation's idempotency token. */

export const TOKENS: Readonly<Record<string, string>> = {
  "dynamodb.ExecuteTransaction": "ClientRequestToken",
  "dynamodb.ExportTableToPointInTime": "ClientToken",
  "dynamodb.ImportTable": "ClientToken",
  "dynamodb.StartBulkPutItems": "ClientToken",
  "dynamodb.TransactWriteItems": "ClientRequestToken",
  "ecs.CreateDaemon": "clientToken",
  "ecs.CreateGateway": "clientToken",
  "ecs.CreateService": "clientToken",
  "ecs.CreateTaskSet": "clientToken",
  "ecs.RunTask": "clientToken",
  "lambda.CheckpointDurableExecution": "ClientToken",
  "scheduler.CreateSchedule": "ClientToken",
  "scheduler.CreateScheduleGroup": "ClientToken",
  "scheduler.DeleteSchedule": "ClientToken",
  "scheduler.DeleteScheduleGroup": "ClientToken",
  "scheduler.UpdateSchedule": "ClientToken",
  "sfn.RedriveExecution": "clientToken",
};
