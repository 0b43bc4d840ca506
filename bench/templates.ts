/** Templates as teams have them, in number: SAM in YAML, CloudFormation in JSON, Terraform; seeded, so that runs compare. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HANDLERS_PER_TEMPLATE = 2;

export function writeTemplates(folder: string, count: number): { readonly bytes: number } {
  let bytes = 0;
  const write = (path: string, text: string): void => {
    const full = join(folder, path);
    mkdirSync(join(full, ".."), { recursive: true });
    writeFileSync(full, text);
    bytes += text.length;
  };
  for (let index = 0; index < count; index += 1) {
    const kind = index % 5;
    if (kind < 3) write(`sam-${index}/template.yaml`, sam(index));
    else if (kind === 3)
      write(`cfn-${index}/stack.template.json`, JSON.stringify(cloudFormation(index), null, 2));
    else write(`tf-${index}/main.tf`, terraform(index));
  }
  return { bytes };
}

const parts = (index: number): readonly number[] =>
  Array.from({ length: HANDLERS_PER_TEMPLATE }, (_, part) => (index * 7 + part * 13) % 50);

function sam(index: number): string {
  const resources = parts(index).map(
    (part, at) => `
  # Worker ${at}: takes what its queue gives it.
  Worker${at}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: worker${at}.handler
      Timeout: ${10 + part}
      ReservedConcurrentExecutions: ${part + 5}
      Environment:
        Variables:
          TABLE_NAME: !Ref Records
          STAGE: !Ref Stage
      Policies:
        - DynamoDBCrudPolicy:
            TableName: !Ref Records
        - SQSSendMessagePolicy:
            QueueName: !GetAtt Jobs${at}.QueueName
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs${at}.Arn
            BatchSize: ${1 + (part % 10)}
            MaximumBatchingWindowInSeconds: ${part % 6}
            ${part % 2 === 0 ? "FunctionResponseTypes: [ReportBatchItemFailures]" : "Enabled: true"}
${
  at === 0
    ? `        Nightly:
          Type: Schedule
          Properties:
            Schedule: rate(1 day)
`
    : ""
}  Jobs${at}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "\${AWS::StackName}-jobs-${at}"
      VisibilityTimeout: !If [IsProd, ${60 + part}, ${30 + part}]
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead${at}.Arn
        maxReceiveCount: ${1 + (part % 6)}
  Dead${at}:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600`,
  );
  return `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage:
    Type: String
    AllowedValues: [dev, prod]
    Default: dev
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 20
Resources:
  Records:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]${resources.join("")}
Outputs:
  Table:
    Value: !Ref Records
`;
}

function cloudFormation(index: number): object {
  const resources: Record<string, object> = {};
  for (const [at, part] of parts(index).entries()) {
    resources[`Worker${at}`] = {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: "arn:aws:iam::111122223333:role/worker",
        Code: { S3Bucket: "code", S3Key: `worker-${at}.zip` },
        Timeout: 10 + part,
      },
      Metadata: { "aws:cdk:path": `Stack${index}/Worker${at}/Resource` },
    };
    resources[`Mapping${at}`] = {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        FunctionName: { Ref: `Worker${at}` },
        EventSourceArn: { "Fn::GetAtt": [`Jobs${at}`, "Arn"] },
        BatchSize: 1 + (part % 10),
      },
    };
    resources[`Jobs${at}`] = {
      Type: "AWS::SQS::Queue",
      Properties: {
        VisibilityTimeout: 30 + part,
        RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": [`Dead${at}`, "Arn"] }, maxReceiveCount: 3 },
      },
    };
    resources[`Dead${at}`] = { Type: "AWS::SQS::Queue" };
  }
  return { Resources: resources };
}

function terraform(index: number): string {
  return `variable "stage" {
  type    = string
  default = "dev"
}
${parts(index)
  .map(
    (part, at) => `
# Worker ${at}
resource "aws_lambda_function" "worker_${at}" {
  function_name = "worker-\${var.stage}-${at}"
  role          = aws_iam_role.worker.arn
  handler       = "index.handler"
  runtime       = "nodejs24.x"
  filename      = "worker.zip"
  timeout       = ${10 + part}
}
resource "aws_sqs_queue" "jobs_${at}" {
  name                       = "jobs-\${var.stage}-${at}"
  visibility_timeout_seconds = var.stage == "prod" ? aws_lambda_function.worker_${at}.timeout * 6 : ${20 + part}
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_${at}.arn
    maxReceiveCount     = ${1 + (part % 6)}
  })
}
resource "aws_sqs_queue" "dead_${at}" {
  name                      = "dead-\${var.stage}-${at}"
  message_retention_seconds = 1209600
}
resource "aws_lambda_event_source_mapping" "jobs_${at}" {
  event_source_arn = aws_sqs_queue.jobs_${at}.arn
  function_name    = aws_lambda_function.worker_${at}.arn
  batch_size       = ${1 + (part % 10)}
}
`,
  )
  .join("")}`;
}
