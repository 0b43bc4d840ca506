/** The examples of the pages, through the readers and the rule itself: the bad side fires, the good one does not. */

import { describe, expect, it } from "vitest";
import { readCode } from "../../src/facts/code/read.ts";
import { readCloudFormation } from "../../src/facts/cloudformation/read.ts";
import type { Files } from "../../src/facts/files.ts";
import { readTerraformFolder } from "../../src/facts/terraform/folder.ts";
import { RULES } from "../../src/rules/catalogue.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { readPage } from "./pages.ts";

const RULES_OF_DEFINITIONS = RULES.filter(({ id }) => !id.startsWith("LIV"));
/** What fires on something else than the example alone, and why it is left out here; each has tests of its own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "DUP006 Terraform": "the handler's code is in an archive",
  "DUP011 Terraform": "only SAM makes a queue by itself; Terraform's example is DUP001's",
  "ASY002 Terraform": "its caller is not in the example",
  "IDM002 SAM": "which attribute is right is said by the code that writes it",
  "IDM002 Terraform": "which attribute is right is said by the code that writes it",
  "IDM003 Terraform": "the handler's code is in an archive",
  "IDM004 SAM": "it informs of how records end, and both sides have a time to live",
  "IDM004 Terraform": "it informs of how records end, and both sides have a time to live",
  "IDM005 Terraform": "the handler's code is in an archive",
};
/** These rest on what the handler's code does. */
const WITH_CODE: ReadonlySet<string> = new Set(["DUP006", "IDM003", "IDM005"]);

/** What the handler's code of the examples is: Powertools, with its records' life from the environment. */
const HANDLER = `
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
const config = new IdempotencyConfig({ expiresAfterSeconds: Number(process.env.RECORDS_LAST_SECONDS) });
const processor = new BatchProcessor(EventType.SQS);
const order = makeIdempotent(async (record) => charge(record), { persistenceStore, config });
export const handler = (event, context) => processPartialResponse(event, order, processor, { context });
`;

/** What examples in Terraform refer to and leave out. */
const AROUND: Readonly<Record<string, string>> = {
  aws_lambda_function: `resource "aws_lambda_function" "handler" {\n  function_name = "orders"\n  timeout = 180\n}\n`,
  aws_kinesis_stream: `resource "aws_kinesis_stream" "clicks" {\n  name = "clicks"\n}\n`,
  aws_sqs_queue: `resource "aws_sqs_queue" "dead" {\n  name = "dead"\n}\n`,
  aws_s3_bucket: `resource "aws_s3_bucket" "uploads" {\n  bucket = "uploads"\n}\n`,
};

function around(example: string): string {
  return Object.entries(AROUND)
    .filter(([type]) => !example.includes(`resource "${type}" `))
    .map(([, text]) => text)
    .join("");
}

const source: Files = {
  text: (path) => (/(^|\/)src\/\w+\.ts$/.test(path) ? HANDLER : undefined),
  names: (folder) => (/(^|\/)src\/?$/.test(folder) ? ["orders.ts"] : []),
};

function inTemplate(rule: Rule, text: string): readonly string[] {
  const facts = readCloudFormation("template.yaml", text, source);
  return statuses(rule, WITH_CODE.has(rule.id) ? readCode(facts, source) : facts);
}

async function inTerraform(rule: Rule, text: string): Promise<readonly string[]> {
  const files: Files = {
    text: (path) => (path.endsWith("main.tf") ? text + around(text) : undefined),
    names: (folder) => (/^(\.|infra)\/?$/.test(folder) ? ["main.tf"] : []),
  };
  return statuses(rule, await readTerraformFolder("infra", files));
}

function statuses(rule: Rule, facts: Parameters<Rule["check"]>[0]): readonly string[] {
  return rule.check(facts).map((outcome) => outcome.status);
}

describe.each(RULES_OF_DEFINITIONS.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
  const page = readPage(id);

  it.skipIf(`${id} SAM` in ELSEWHERE)("SAM: bad fires, good does not", () => {
    const { bad, good } = page.example("SAM");
    expect(inTemplate(rule, bad)).toContain("fail");
    expect(inTemplate(rule, good)).not.toContain("fail");
  });

  it.skipIf(`${id} Terraform` in ELSEWHERE)("Terraform: bad fires, good does not", async () => {
    const { bad, good } = page.example("Terraform");
    expect(await inTerraform(rule, bad)).toContain("fail");
    expect(await inTerraform(rule, good)).not.toContain("fail");
  });
});
