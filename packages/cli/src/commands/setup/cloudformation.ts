/** The table of records and the functions' policy as a CloudFormation template. */

import { dynamodbSchema } from "@effectively-once/runtime/schema";
import { QUEUE_ACTIONS, recordActions } from "./policy.ts";

export interface TemplateFor {
  readonly table: string;
  readonly deletionProtection: boolean;
  readonly queueArns: readonly string[];
  readonly ownTableArns: readonly string[];
}

/** Values go in as JSON, which YAML reads alike. */
const json = (value: unknown): string => JSON.stringify(value);

function list(values: readonly string[], indent: number): string {
  return values.map((value) => `\n${" ".repeat(indent)}- ${value}`).join("");
}

export function cloudformation({ table, deletionProtection, queueArns, ownTableArns }: TemplateFor): string {
  const { keyAttribute, keyType, ttlAttribute, billingMode, actions } = dynamodbSchema;
  const own =
    ownTableArns.length === 0
      ? ""
      : `
          # What commit and transact write to your own tables.
          - Sid: OnceOwnTables
            Effect: Allow
            Action:${list(actions.ownTables, 14)}
            Resource:${list(ownTableArns.map(json), 14)}`;
  return `AWSTemplateFormatVersion: "2010-09-09"
Description: The table of records of effectively-once, and the policy of the functions that use it
Parameters:
  QueueArns:
    Type: CommaDelimitedList
    Description: The ARNs of the queues whose messages the functions handle${queueArns.length === 0 ? "" : `\n    Default: ${json(queueArns.join(","))}`}
Resources:
  OnceRecords:
    Type: AWS::DynamoDB::Table
    # Without its records every message that comes again counts as new.
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: ${json(table)}
      BillingMode: ${billingMode}
      DeletionProtectionEnabled: ${deletionProtection}
      AttributeDefinitions:
        - AttributeName: ${keyAttribute}
          AttributeType: ${keyType}
      KeySchema:
        - AttributeName: ${keyAttribute}
          KeyType: HASH
      TimeToLiveSpecification:
        AttributeName: ${ttlAttribute}
        Enabled: true
  OncePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: What effectively-once needs in a function's role
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          # PartiQL has actions of its own, which read and write grants lack.
          - Sid: OnceRecords
            Effect: Allow
            Action:${list(recordActions("handler"), 14)}
            Resource: !GetAtt OnceRecords.Arn${own}
          # Heartbeats, and early deletes; Lambda's managed role for SQS lacks the first.
          - Sid: OnceQueues
            Effect: Allow
            Action:${list(QUEUE_ACTIONS, 14)}
            Resource: !Ref QueueArns
Outputs:
  OnceTableName:
    Description: For dynamodbStore({ tableName })
    Value: !Ref OnceRecords
  OncePolicyArn:
    Description: For the functions' roles
    Value: !Ref OncePolicy
`;
}
