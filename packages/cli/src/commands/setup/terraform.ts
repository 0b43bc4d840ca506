/** The table of records and the functions' policy for Terraform's AWS provider. */

import { dynamodbSchema } from "@effectively-once/runtime/schema";
import type { TemplateFor } from "./cloudformation.ts";
import { QUEUE_ACTIONS, recordActions } from "./policy.ts";

/** HCL's strings are JSON's, and what they interpolate is escaped. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll("${", "$${").replaceAll("%{", "%%{");
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(", ")}]`;
}

export function terraform({ table, deletionProtection, queueArns, ownTableArns }: TemplateFor): string {
  const { keyAttribute, keyType, ttlAttribute, billingMode, actions } = dynamodbSchema;
  const own =
    ownTableArns.length === 0
      ? ""
      : `
  # What commit and transact write to your own tables.
  statement {
    sid       = "OnceOwnTables"
    actions   = ${list(actions.ownTables)}
    resources = ${list(ownTableArns)}
  }
`;
  return `# The table of records of effectively-once, and the policy of the functions that use it.

variable "once_queue_arns" {
  description = "The ARNs of the queues whose messages the functions handle"
  type        = list(string)${queueArns.length === 0 ? "" : `\n  default     = ${list(queueArns)}`}
}

# Without its records every message that comes again counts as new.
resource "aws_dynamodb_table" "once_records" {
  name                        = ${text(table)}
  billing_mode                = ${text(billingMode)}
  hash_key                    = ${text(keyAttribute)}
  deletion_protection_enabled = ${deletionProtection}

  attribute {
    name = ${text(keyAttribute)}
    type = ${text(keyType)}
  }

  ttl {
    attribute_name = ${text(ttlAttribute)}
    enabled        = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "once" {
  # PartiQL has actions of its own, which read and write grants lack.
  statement {
    sid       = "OnceRecords"
    actions   = ${list(recordActions("handler"))}
    resources = [aws_dynamodb_table.once_records.arn]
  }
${own}
  # Heartbeats, and early deletes; Lambda's managed role for SQS lacks the first.
  statement {
    sid       = "OnceQueues"
    actions   = ${list(QUEUE_ACTIONS)}
    resources = var.once_queue_arns
  }
}

resource "aws_iam_policy" "once" {
  name_prefix = "effectively-once-"
  description = "What effectively-once needs in a function's role"
  policy      = data.aws_iam_policy_document.once.json
}

output "once_table_name" {
  value = aws_dynamodb_table.once_records.name
}

output "once_policy_arn" {
  value = aws_iam_policy.once.arn
}
`;
}
