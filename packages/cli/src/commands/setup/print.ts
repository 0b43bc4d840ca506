/** `--print`: the table and the policy as text, without connecting to anything. */

import { postgresSetupSql, sqliteSetupSql } from "@effectively-once/runtime/schema";
import type { Answer } from "../../command.ts";
import type { Call } from "../../options.ts";
import type { StoreUrl } from "../../store-url.ts";
import { Usage } from "../../usage.ts";
import { cloudformation } from "./cloudformation.ts";
import { arnProblem, placeholders, type PolicyFor, policy, QUEUE_ARN, ROLES, TABLE_ARN } from "./policy.ts";
import { terraform } from "./terraform.ts";

export type Print = "sql" | "cloudformation" | "terraform" | "iam";

export function print(call: Call, url: StoreUrl, what: Print): Answer {
  const text = what === "sql" ? sql(url) : what === "iam" ? iam(call, url) : template(call, url, what);
  return { exitCode: 0, data: { print: what, storeUrl: url.shown, text }, text };
}

function sql(url: StoreUrl): string {
  switch (url.kind) {
    case "sqlite":
      return sqliteSetupSql(url);
    case "postgres":
      return postgresSetupSql(url);
    case "dynamodb":
      throw new Usage("DynamoDB has no SQL. Use --print cloudformation, terraform or iam.");
  }
}

function template(call: Call, url: StoreUrl, what: "cloudformation" | "terraform"): string {
  if (url.kind !== "dynamodb")
    throw new Usage(
      `--print ${what} is for dynamodb://<table>: a table in ${url.kind} is made by SQL. Use --print sql, and --print iam for the queue.`,
    );
  for (const name of ["table-arn", "role"])
    if (call.text(name) !== undefined)
      throw new Usage(
        `--${name} is for --print iam: the template makes the table and the policy of the functions.`,
      );
  const options = {
    table: url.table,
    deletionProtection: call.flag("deletion-protection"),
    queueArns: arns(call, "queue-arn", QUEUE_ARN),
    ownTableArns: arns(call, "own-table-arn", TABLE_ARN),
  };
  return what === "cloudformation" ? cloudformation(options) : terraform(options);
}

function iam(call: Call, url: StoreUrl): string {
  const role = call.choice("role", ROLES) ?? "handler";
  const given = call.text("table-arn");
  if (given !== undefined) check("table-arn", given, TABLE_ARN);
  const own = arns(call, "own-table-arn", TABLE_ARN);
  if (url.kind !== "dynamodb" && (given !== undefined || own.length > 0 || role !== "handler"))
    throw new Usage(
      `--table-arn, --own-table-arn and --role are for dynamodb://<table>: who may do what in ${url.kind} is the database's own matter.`,
    );
  if (call.flag("deletion-protection")) throw new Usage("--deletion-protection is for templates.");
  const region = (url.kind === "dynamodb" ? url.region : undefined) ?? call.aws().region;
  const asked: PolicyFor = {
    role,
    tableArn: url.kind === "dynamodb" ? (given ?? placeholders.table(region, url.table)) : undefined,
    queueArns: orPlaceholder(arns(call, "queue-arn", QUEUE_ARN), placeholders.queue(region)),
    ownTableArns: own,
  };
  const text = `${JSON.stringify(policy(asked), null, 2)}\n`;
  const open = placeholders.names.filter((name) => text.includes(name));
  if (open.length > 0) call.output.note(`Replace ${open.join(", ")}, or give --table-arn and --queue-arn.`);
  return text;
}

function orPlaceholder(found: readonly string[], placeholder: string): readonly string[] {
  return found.length === 0 ? [placeholder] : found;
}

function arns(call: Call, name: string, pattern: RegExp): readonly string[] {
  const given = call.list(name);
  for (const arn of given) check(name, arn, pattern);
  return given;
}

function check(name: string, arn: string, pattern: RegExp): void {
  if (!pattern.test(arn)) throw new Usage(`--${name} ${arnProblem(pattern)}, got "${arn}".`);
}
