import { describe, expect, it } from "vitest";
import { parseHcl } from "../validators/terraform.ts";
import { fixedIn, reasonsIn, type Wanted, wish } from "./support.ts";

const VISIBILITY = "aws_sqs_queue.orders.visibility_timeout_seconds";

async function fixed(text: string, ...wishes: readonly Wanted[]): Promise<string> {
  const after = await fixedIn("main.tf", text, ...wishes);
  parseHcl(after);
  return after;
}
const reasons = (text: string, ...wishes: readonly Wanted[]) => reasonsIn("main.tf", text, ...wishes);

describe("a fix of a value in Terraform", () => {
  it.each([
    ["a number", "30 # short", "360 # short"],
    ["a number in quotes", '"30"', '"360"'],
  ])("changes only the characters of %s", async (_, before, after) => {
    const text = (value: string) =>
      `# é 😀\r\nresource "aws_sqs_queue" "orders" {\r\n  name = "é😀"\r\n  visibility_timeout_seconds   =  ${value}\r\n}\r\n`;

    expect(await fixed(text(before), wish(VISIBILITY, 360, 30))).toBe(text(after));
  });

  it("changes what is in a nested block, in an indexed resource and behind a module's path", async () => {
    const text =
      'resource "aws_lambda_event_source_mapping" "m" {\n  scaling_config {\n    maximum_concurrency = 100\n  }\n}\n';

    for (const address of [
      "aws_lambda_event_source_mapping.m.scaling_config.maximum_concurrency",
      "aws_lambda_event_source_mapping.m[0].scaling_config[0].maximum_concurrency",
      'module.orders["a.b"].module.inner.aws_lambda_event_source_mapping.m.scaling_config.0.maximum_concurrency',
    ])
      expect(await fixed(text, wish(address, 10, 100))).toBe(text.replace("100", "10"));
  });

  it("changes what is in an object, also in one that becomes JSON", async () => {
    for (const [open, close] of [
      ["jsonencode({", "})"],
      ["{", "}"],
    ]) {
      const text = `resource "aws_sqs_queue" "orders" {\n  redrive_policy = ${open}\n    deadLetterTargetArn = aws_sqs_queue.dead.arn # dead\n    "maxReceiveCount" : 3,\n  ${close}\n}\n`;

      expect(await fixed(text, wish("aws_sqs_queue.orders.redrive_policy.maxReceiveCount", 5, 3))).toBe(
        text.replace("3,", "5,"),
      );
      expect(await reasons(text, wish("aws_sqs_queue.orders.redrive_policy.other", 5))).toContain(
        "without one other of its own",
      );
    }
  });

  it("writes a setting of several instances once", async () => {
    const text = 'resource "aws_sqs_queue" "orders" {\n  for_each = var.names\n}\n';
    const of = (instance: string) =>
      wish(`module.a.aws_sqs_queue.orders["${instance}"].visibility_timeout_seconds`, 360);

    expect(await fixed(text, of("x.y"), of("z"), wish(VISIBILITY, 360))).toBe(
      text.replace("names\n", "names\n  visibility_timeout_seconds = 360\n"),
    );
  });

  it("changes an argument of a module's call", async () => {
    const text = 'module "orders" {\n  source = "./queue"\n  visibility_timeout_seconds = 30\n}\n';

    expect(await fixed(text, wish("module.orders.visibility_timeout_seconds", 360, 30))).toBe(
      text.replace("30", "360"),
    );
  });

  it.each([
    ["var.timeout", "comes from var.timeout"],
    ["local.t * 6", "comes from local.t * 6"],
    ['"${var.t}"', 'comes from "${var.t}"'],
    ["-40", "-40 is written there".replace("-40", '"-40"')],
  ])("is not made where %s is written", async (value, reason) => {
    const text = `resource "aws_sqs_queue" "orders" {\n  visibility_timeout_seconds = ${value}\n}\n`;

    expect(await reasons(text, wish(VISIBILITY, 360, 30))).toContain(reason);
  });

  it.each([
    ["a list", '["A"]', '["A", "R"]'],
    ["an empty list", "[]", '["R"]'],
    ["a list over several lines", '[\n    "A",\n  ]', '[\n    "A", "R",\n  ]'],
  ])("adds to %s", async (_, before, after) => {
    const text = (list: string) => `resource "m" "m" {\n  function_response_types = ${list}\n}\n`;
    const items = before === "[]" ? ["R"] : ["A", "R"];

    expect(await fixed(text(before), wish("m.m.function_response_types", items))).toBe(text(after));
  });
});

describe("a fix that adds an argument in Terraform", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "after the last one, with the signs aligned as terraform fmt has them",
      'resource "aws_sqs_queue" "orders" {\n  name                              = "a" # n\n  kms_data_key_reuse_period_seconds = 300\n\n  tags {\n  }\n}\n',
      'resource "aws_sqs_queue" "orders" {\n  name                              = "a" # n\n  kms_data_key_reuse_period_seconds = 300\n  visibility_timeout_seconds        = 360\n\n  tags {\n  }\n}\n',
    ],
    [
      "into an empty block on one line",
      'resource "aws_sqs_queue" "orders" {}\n',
      'resource "aws_sqs_queue" "orders" {\n  visibility_timeout_seconds = 360\n}\n',
    ],
    [
      "into a block on one line",
      'resource "aws_sqs_queue" "orders" { name = "a" }',
      'resource "aws_sqs_queue" "orders" {\n  name = "a"\n  visibility_timeout_seconds = 360\n}',
    ],
    [
      "into a block that has a comment only",
      'resource "aws_sqs_queue" "orders" { # first\n  # second\n}\n',
      'resource "aws_sqs_queue" "orders" { # first\n  visibility_timeout_seconds = 360\n  # second\n}\n',
    ],
    [
      "after an argument of several lines",
      'resource "aws_sqs_queue" "orders" {\n  redrive_policy = jsonencode({\n    a = 1\n  })\n}\n',
      'resource "aws_sqs_queue" "orders" {\n  redrive_policy = jsonencode({\n    a = 1\n  })\n  visibility_timeout_seconds = 360\n}\n',
    ],
    [
      "after a heredoc",
      'resource "aws_sqs_queue" "orders" {\n  policy = <<EOT\nx = 1\nEOT\n}\n',
      'resource "aws_sqs_queue" "orders" {\n  policy = <<EOT\nx = 1\nEOT\n  visibility_timeout_seconds = 360\n}\n',
    ],
    [
      "with CRLF",
      'resource "aws_sqs_queue" "orders" {\r\n  name = "a"\r\n}\r\n',
      'resource "aws_sqs_queue" "orders" {\r\n  name = "a"\r\n  visibility_timeout_seconds = 360\r\n}\r\n',
    ],
  ];

  it.each(cases)("writes it %s", async (_, before, after) => {
    expect(await fixed(before, wish(VISIBILITY, 360))).toBe(after);
  });

  it("writes several of one block together, and a nested block that is not there", async () => {
    const text = 'resource "m" "m" {\n  batch_size = 10\n}\n';

    const after = await fixed(
      text,
      wish("m.m.function_response_types", ["ReportBatchItemFailures"]),
      wish("m.m.scaling_config.maximum_concurrency", 5),
    );

    expect(after).toBe(
      'resource "m" "m" {\n  batch_size = 10\n  function_response_types = ["ReportBatchItemFailures"]\n  scaling_config {\n    maximum_concurrency = 5\n  }\n}\n',
    );
  });

  it.each([
    ["aws_sqs_queue.gone.x", "there is no resource aws_sqs_queue gone in this file"],
    ["data.aws_sqs_queue.orders.x", "is not a setting of a resource"],
    ["var.timeout.default", "is not a setting of a resource"],
    ["aws_sqs_queue.orders.dead.x", "dead is written by a dynamic block"],
    ["aws_sqs_queue.orders.twice.x", "there are several twice blocks"],
  ])("is not made at %s", async (address, reason) => {
    const text =
      'resource "aws_sqs_queue" "orders" {\n  dynamic "dead" {\n  }\n  twice {\n  }\n  twice {\n  }\n}\n';

    expect(await reasons(text, wish(address, 1))).toContain(reason);
  });

  it("is not made in what is no HCL, nor in Terraform's JSON", async () => {
    expect(await reasons('resource "a" {', wish("a.b.c", 1))).toContain("cannot be read as HCL");
    expect(await reasonsIn("main.tf.json", "{}", wish("a.b.c", 1))).toContain(
      "files of this kind are not edited",
    );
  });
});
