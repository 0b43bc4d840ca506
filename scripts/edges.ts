/**
 * What `protect` covers, from the models in the AWS SDK's own clients: writes `docs/edges.md`'s table and the list that is
 * used with versions of the SDK whose commands do not carry their model. `npm run edges`; with `--check` only compares.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ecs from "@aws-sdk/client-ecs";
import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as lambda from "@aws-sdk/client-lambda";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as sfn from "@aws-sdk/client-sfn";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { inSchema } from "../packages/runtime/src/edges/aws-sdk/tokens.ts";
import { root } from "./packages.ts";

const CLIENTS: Readonly<Record<string, object>> = {
  sqs,
  sns,
  eventbridge,
  sfn,
  dynamodb,
  lambda,
  scheduler,
  ecs,
};
const LIST = join(root, "packages/runtime/src/edges/aws-sdk/tokens.generated.ts");
const PAGE = join(root, "docs/edges.md");
const BEGIN = "<!-- operations: begin -->";
const END = "<!-- operations: end -->";

export interface Covered {
  readonly operation: string;
  readonly member: string;
  readonly remembered: string;
}

/** How long the service knows a token again, where its own page says so. */
const MEMORY: Readonly<Record<string, string>> = {
  "dynamodb.TransactWriteItems":
    "[10 minutes](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)",
  "dynamodb.ExecuteTransaction":
    "[10 minutes](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html)",
  "dynamodb.ImportTable":
    "[8 hours](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html)",
  "dynamodb.ExportTableToPointInTime":
    "[8 hours](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html)",
};

/** What no model marks: ids that the service deduplicates by, and names that are used once. */
const IDS: readonly Covered[] = [
  {
    operation: "sqs.SendMessage",
    member: "MessageDeduplicationId, to `.fifo`",
    remembered:
      "[5 minutes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html)",
  },
  {
    operation: "sqs.SendMessageBatch",
    member: "MessageDeduplicationId of each entry, to `.fifo`",
    remembered: "5 minutes",
  },
  {
    operation: "sns.Publish",
    member: "MessageDeduplicationId, to `.fifo`",
    remembered: "[5 minutes](https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html)",
  },
  {
    operation: "sns.PublishBatch",
    member: "MessageDeduplicationId of each entry, to `.fifo`",
    remembered: "5 minutes",
  },
  {
    operation: "sfn.StartExecution",
    member: "name",
    remembered:
      "[90 days after it ended](https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html), for standard workflows; express ones take a name twice",
  },
];

export function covered(): readonly Covered[] {
  const tokens = Object.entries(tokenMembers()).map(([operation, member]) => ({
    operation,
    member,
    remembered: MEMORY[operation] ?? "not said",
  }));
  return [...IDS, ...tokens];
}

export function tokenMembers(): Readonly<Record<string, string>> {
  const found: [string, string][] = [];
  for (const [service, client] of Object.entries(CLIENTS))
    for (const [name, Command] of Object.entries(client)) {
      if (!name.endsWith("Command") || typeof Command !== "function") continue;
      const { schema } = new (Command as new (input: object) => { readonly schema?: object })({});
      const member = schema && inSchema(schema);
      if (member !== undefined) found.push([`${service}.${name.replace(/Command$/, "")}`, member]);
    }
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function list(): string {
  const lines = Object.entries(tokenMembers()).map(([operation, member]) => `  "${operation}": "${member}",`);
  return `/** Written by \`npm run edges\` from the SDK's own models: each operation's idempotency token. */\n\nexport const TOKENS: Readonly<Record<string, string>> = {\n${lines.join("\n")}\n};\n`;
}

function page(text: string): string {
  const rows = covered().map(({ operation, member, remembered }) => [
    `\`${operation}\``,
    member.includes(" ") ? member : `\`${member}\``,
    remembered,
  ]);
  const table = [["operation", "what is filled in", "known again for"], ["---", "---", "---"], ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
  const [before = "", rest = ""] = text.split(BEGIN);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${rest.split(END)[1] ?? ""}`;
}

/** Tables differ in their padding only, which is the formatter's. */
const squeezed = (text: string): string => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");

export function stale(): readonly string[] {
  const text = readFileSync(PAGE, "utf8");
  return [
    ...(readFileSync(LIST, "utf8") === list() ? [] : [LIST]),
    ...(squeezed(page(text)) === squeezed(text) ? [] : [PAGE]),
  ];
}

if (import.meta.main) {
  if (!process.argv.includes("--check")) {
    writeFileSync(LIST, list());
    writeFileSync(PAGE, page(readFileSync(PAGE, "utf8")));
  }
  const wrong = stale();
  for (const file of wrong) console.error(`${file} is not as the SDK's models say. Run: npm run edges`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
