/** Folders of Terraform: instances, modules, files, and what cannot be read. */

import { describe, expect, test } from "vitest";
import { InputProblem } from "../../../src/facts/files.ts";
import { readTerraformFolder } from "../../../src/facts/terraform/folder.ts";
import { byId, cases, factsOf, filesOf, only, said } from "./support.ts";

describe("count and for_each", () => {
  test("each key of a map is an instance, with each.key and each.value", async () => {
    const { queues } = await factsOf(`
      resource "aws_sqs_queue" "q" {
        for_each = { a = { vt = 10 }, b = { vt = 20 } }
        name = "orders-\${each.key}"
        visibility_timeout_seconds = each.value.vt
      }`);

    expect(
      queues.map(({ id, name, visibilityTimeoutSeconds }) => [
        id,
        said(name),
        said(visibilityTimeoutSeconds),
      ]),
    ).toEqual([
      ['aws_sqs_queue.q["a"]', "orders-a", 10],
      ['aws_sqs_queue.q["b"]', "orders-b", 20],
    ]);
  });

  test("a set of names, and instances that name each other by key", async () => {
    const facts = await factsOf(`
      locals { names = toset(["a", "b"]) }
      resource "aws_sqs_queue" "q" {
        for_each = local.names
        redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq[each.key].arn, maxReceiveCount = 5 })
      }
      resource "aws_sqs_queue" "dlq" { for_each = local.names }
      resource "aws_lambda_function" "f" {}
      resource "aws_lambda_event_source_mapping" "m" {
        for_each = aws_sqs_queue.q
        function_name = aws_lambda_function.f.arn
        event_source_arn = each.value.arn
      }`);

    expect(said(byId(facts.queues, 'aws_sqs_queue.q["b"]').deadLetterQueue)).toBe('aws_sqs_queue.dlq["b"]');
    expect(said(byId(facts.mappings, 'aws_lambda_event_source_mapping.m["a"]').source)).toBe(
      'aws_sqs_queue.q["a"]',
    );
  });

  test("a count is as many instances, of which each has its index", async () => {
    const { queues } = await factsOf(
      'resource "aws_sqs_queue" "q" {\n count = 2\n delay_seconds = count.index * 10\n}',
    );

    expect(queues.map(({ id, delaySeconds }) => [id, said(delaySeconds)])).toEqual([
      ["aws_sqs_queue.q[0]", 0],
      ["aws_sqs_queue.q[1]", 10],
    ]);
  });

  test("a count of 0 does not exist", async () => {
    const { queues } = await factsOf('resource "aws_sqs_queue" "q" { count = 0 }');

    expect(queues.map(({ id, exists }) => [id, said(exists)])).toEqual([["aws_sqs_queue.q[0]", false]]);
  });

  test("a count by condition exists by case, and what is read of it is of the worlds in which it does", async () => {
    const facts = await factsOf(`
      variable "dlq" { default = false }
      resource "aws_sqs_queue" "dlq" {
        count = var.dlq ? 1 : 0
        message_retention_seconds = var.dlq ? 100 : 200
      }
      resource "aws_sqs_queue" "q" {
        redrive_policy = var.dlq ? jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq[0].arn, maxReceiveCount = 5 }) : null
      }`);
    const dlq = byId(facts.queues, "aws_sqs_queue.dlq[0]");

    expect(cases(dlq.exists)).toEqual([
      [{ "var.dlq": "false" }, false],
      [{ "var.dlq": "true" }, true],
    ]);
    expect(cases(dlq.retentionSeconds)).toEqual([[{}, 100]]);
    expect(cases(byId(facts.queues, "aws_sqs_queue.q").deadLetterQueue)).toEqual([
      [{ "var.dlq": "false" }, undefined],
      [{ "var.dlq": "true" }, "aws_sqs_queue.dlq[0]"],
    ]);
  });

  test("a mapping that is there only with a source has that source", async () => {
    const { mappings } = await factsOf(`
      variable "arn" { default = null }
      resource "aws_lambda_function" "f" {
        dynamic "dead_letter_config" {
          for_each = var.dlq == null ? [] : [true]
          content { target_arn = var.dlq }
        }
      }
      variable "dlq" { default = null }
      resource "aws_lambda_event_source_mapping" "m" {
        count = var.arn != null ? 1 : 0
        function_name = aws_lambda_function.f.arn
        event_source_arn = var.arn
      }`);
    const m = byId(mappings, "aws_lambda_event_source_mapping.m[0]");

    expect(m.sourceName).toBe("var.arn");
    expect(cases(m.source)).toEqual([[{}, "? the variable arn is not what it is compared with"]]);
  });

  test("a dead-letter target that may be given is one case, named as it is written", async () => {
    const { functions } = await factsOf(`
      variable "dlq" { default = null }
      resource "aws_lambda_function" "f" {
        dynamic "dead_letter_config" {
          for_each = var.dlq == null ? [] : [true]
          content { target_arn = var.dlq }
        }
      }`);

    expect(cases(byId(functions, "aws_lambda_function.f").deadLetter)).toEqual([
      [{ "var.dlq": "null" }, undefined],
      [{ "var.dlq": "another value" }, "var.dlq"],
    ]);
  });

  test("instances of which nothing is known stand for all, and whether they exist is unknown", async () => {
    const facts = await factsOf(`
      variable "queues" {}
      resource "aws_sqs_queue" "q" {
        for_each = var.queues
        visibility_timeout_seconds = each.value.vt
      }
      resource "aws_lambda_function" "f" {}
      resource "aws_lambda_event_source_mapping" "m" {
        for_each = var.queues
        function_name = aws_lambda_function.f.arn
        event_source_arn = aws_sqs_queue.q[each.key].arn
      }`);
    const q = byId(facts.queues, "aws_sqs_queue.q[*]");

    expect(said(q.exists)).toBe("? for_each = var.queues is not known: the variable queues has no default");
    expect(only(q.visibilityTimeoutSeconds)).toMatchObject({ known: false });
    expect(said(byId(facts.mappings, "aws_lambda_event_source_mapping.m[*]").source)).toBe(
      "aws_sqs_queue.q[*]",
    );
  });

  test("dynamic blocks are as many blocks as their list has elements", async () => {
    const facts = await factsOf(`
      variable "on" { default = true }
      variable "unknown" {}
      resource "aws_sqs_queue" "q" {}
      resource "aws_lambda_function" "f" {
        dynamic "dead_letter_config" {
          for_each = [aws_sqs_queue.q.arn]
          content { target_arn = dead_letter_config.value }
        }
      }
      resource "aws_lambda_function" "g" {
        dynamic "dead_letter_config" {
          for_each = var.on ? [1] : []
          iterator = it
          content { target_arn = aws_sqs_queue.q.arn }
        }
      }
      resource "aws_lambda_function" "h" {
        dynamic "dead_letter_config" {
          for_each = var.unknown
          content { target_arn = aws_sqs_queue.q.arn }
        }
      }`);

    expect(said(byId(facts.functions, "aws_lambda_function.f").deadLetter)).toBe("aws_sqs_queue.q");
    expect(cases(byId(facts.functions, "aws_lambda_function.g").deadLetter)).toEqual([
      [{ "var.on": "true" }, "aws_sqs_queue.q"],
      [{ "var.on": "false" }, undefined],
    ]);
    expect(said(byId(facts.functions, "aws_lambda_function.h").deadLetter)).toMatch(
      /^\? the dynamic block dead_letter_config has a for_each that is not known/,
    );
  });
});

describe("modules", () => {
  const QUEUE = `
    variable "timeout" { type = number }
    variable "retention" { default = 100 }
    variable "env" { default = "dev" }
    resource "aws_sqs_queue" "q" {
      visibility_timeout_seconds = var.timeout * 6
      message_retention_seconds = var.retention
      delay_seconds = var.env == "prod" ? 1 : 2
    }
    output "arn" { value = aws_sqs_queue.q.arn }
    output "timeout" { value = var.timeout }`;

  test("a local module takes its inputs and gives its outputs", async () => {
    const facts = await factsOf({
      "main.tf": `
        variable "t" {}
        resource "aws_lambda_function" "f" { timeout = var.t }
        module "orders" {
          source = "./queue"
          timeout = aws_lambda_function.f.timeout
        }
        resource "aws_lambda_event_source_mapping" "m" {
          function_name = aws_lambda_function.f.arn
          event_source_arn = module.orders.arn
        }
        resource "aws_sqs_queue" "other" { visibility_timeout_seconds = module.orders.timeout }`,
      "queue/main.tf": QUEUE,
    });
    const q = byId(facts.queues, "module.orders.aws_sqs_queue.q");

    expect(said(byId(facts.mappings, "aws_lambda_event_source_mapping.m").source)).toBe(
      "module.orders.aws_sqs_queue.q",
    );
    expect(only(q.visibilityTimeoutSeconds)).toMatchObject({
      linear: { terms: [{ symbol: { id: "var.t", min: 1, max: 900 }, times: 6 }] },
      place: { file: "infra/main.tf" },
    });
    expect(only(byId(facts.queues, "aws_sqs_queue.other").visibilityTimeoutSeconds)).toMatchObject({
      linear: { terms: [{ symbol: { id: "var.t" }, times: 1 }] },
    });
    expect(q.place).toMatchObject({ file: "infra/queue/main.tf", pointer: "module.orders.aws_sqs_queue.q" });
  });

  test("a default that the caller leaves in place is settled, and makes no cases", async () => {
    const facts = await factsOf({
      "main.tf": 'module "a" {\n source = "./queue"\n timeout = 5\n}',
      "queue/main.tf": QUEUE,
    });
    const q = byId(facts.queues, "module.a.aws_sqs_queue.q");

    expect(only(q.retentionSeconds)).toMatchObject({ value: 100, from: "parameter-default" });
    expect(only(q.retentionSeconds)).not.toHaveProperty("assuming");
    expect(cases(q.delaySeconds)).toEqual([[{}, 2]]);
  });

  test("each use of a module is its own, also by for_each and count", async () => {
    const facts = await factsOf({
      "main.tf": `
        module "a" {
          source = "./queue"
          for_each = { x = 1, y = 2 }
          timeout = each.value
        }
        module "b" {
          source = "./queue"
          count = 0
          timeout = 1
        }`,
      "queue/main.tf": QUEUE,
    });

    expect(
      facts.queues.map(({ id, exists, visibilityTimeoutSeconds }) => [
        id,
        said(exists),
        said(visibilityTimeoutSeconds),
      ]),
    ).toEqual([
      ['module.a["x"].aws_sqs_queue.q', true, 6],
      ['module.a["y"].aws_sqs_queue.q', true, 12],
      ["module.b[0].aws_sqs_queue.q", false, 6],
    ]);
  });

  test("a choice of the root goes through its modules under its own name", async () => {
    const facts = await factsOf({
      "main.tf":
        'variable "stage" { default = "dev" }\nmodule "a" {\n source = "./queue"\n timeout = 5\n env = var.stage\n}',
      "queue/main.tf": QUEUE,
    });

    expect(cases(byId(facts.queues, "module.a.aws_sqs_queue.q").delaySeconds)).toEqual([
      [{ "var.stage": "dev" }, 2],
      [{ "var.stage": "prod" }, 1],
    ]);
  });

  test.each([
    ["of the registry", "terraform-aws-modules/sqs/aws"],
    ["of git", "git::https://example.com/sqs.git?ref=v1"],
    ["that is not there", "./nowhere"],
  ])("a module %s is a gap that names it, and its outputs are unknown", async (_, source) => {
    const facts = await factsOf(`
      module "queue" { source = "${source}" }
      resource "aws_lambda_function" "f" { timeout = 5 }
      resource "aws_lambda_event_source_mapping" "m" {
        function_name = aws_lambda_function.f.arn
        event_source_arn = module.queue.queue_arn
      }`);
    const fact = byId(facts.mappings, "aws_lambda_event_source_mapping.m");

    expect(facts.gaps).toEqual([
      {
        reason: expect.stringContaining(`module.queue comes from ${source}`),
        place: expect.objectContaining({ line: 2, pointer: "module.queue" }),
      },
    ]);
    expect(said(fact.source)).toContain(`module.queue comes from ${source}`);
    expect(fact.sourceName).toBe("module.queue.queue_arn");
  });

  test("a registry module that terraform init has put on the disk is read", async () => {
    const facts = await factsOf({
      "main.tf": 'module "q" {\n source = "acme/queue/aws"\n timeout = 5\n}',
      ".terraform/modules/modules.json": JSON.stringify({
        Modules: [
          { Key: "", Dir: "." },
          { Key: "q", Dir: ".terraform/modules/q" },
        ],
      }),
      ".terraform/modules/q/main.tf": QUEUE,
    });

    expect(facts.queues.map(({ id }) => id)).toEqual(["module.q.aws_sqs_queue.q"]);
    expect(facts.gaps).toEqual([]);
  });

  test("a module that calls itself ends in a gap", async () => {
    const facts = await factsOf({
      "main.tf": 'module "a" { source = "./a" }',
      "a/main.tf": 'module "a" { source = "../a" }',
    });

    expect(facts.gaps).toHaveLength(1);
    expect(facts.gaps[0]?.reason).toMatch(/calls itself/);
  });

  test("a CloudFormation stack in Terraform is a gap", async () => {
    const { gaps } = await factsOf('resource "aws_cloudformation_stack" "s" { template_body = "{}" }');

    expect(gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining("aws_cloudformation_stack.s")]);
  });
});

describe("files", () => {
  test("all files of the folder are one module; overrides win", async () => {
    const { queues } = await factsOf({
      "a.tf": 'resource "aws_sqs_queue" "q" { visibility_timeout_seconds = local.vt\n delay_seconds = 1 }',
      "b.tf": "locals { vt = 33 }",
      "a_override.tf": 'resource "aws_sqs_queue" "q" { delay_seconds = 9 }',
      "sub/c.tf": 'resource "aws_sqs_queue" "not_here" {}',
    });

    expect(
      queues.map(({ id, visibilityTimeoutSeconds, delaySeconds }) => [
        id,
        said(visibilityTimeoutSeconds),
        said(delaySeconds),
      ]),
    ).toEqual([["aws_sqs_queue.q", 33, 9]]);
  });

  test("what is defined twice is a gap", async () => {
    const { gaps } = await factsOf({
      "a.tf": 'resource "aws_sqs_queue" "q" {}',
      "b.tf": 'resource "aws_sqs_queue" "q" {}',
    });

    expect(gaps).toMatchObject([
      {
        reason: "resource aws_sqs_queue.q is defined twice, and only the last one is looked at",
        place: { file: "infra/b.tf", line: 1 },
      },
    ]);
  });

  test("Terraform in JSON is read with its places", async () => {
    const text = `{
  "variable": { "vt": { "default": 44 } },
  "resource": {
    "aws_lambda_function": { "f": { "function_name": "f", "dead_letter_config": { "target_arn": "\${aws_sqs_queue.q.arn}" } } },
    "aws_sqs_queue": { "q": { "visibility_timeout_seconds": "\${var.vt * 2}", "delay_seconds": 7 } },
    "aws_lambda_event_source_mapping": { "m": [{
      "function_name": "\${aws_lambda_function.f.arn}",
      "event_source_arn": "\${aws_sqs_queue.q.arn}",
      "scaling_config": [{ "maximum_concurrency": 3 }]
    }] }
  }
}`;
    const facts = await factsOf({ "main.tf.json": text });
    const q = byId(facts.queues, "aws_sqs_queue.q");
    const m = byId(facts.mappings, "aws_lambda_event_source_mapping.m");

    expect(said(q.visibilityTimeoutSeconds)).toBe(88);
    expect(only(q.delaySeconds)).toMatchObject({
      value: 7,
      place: {
        file: "infra/main.tf.json",
        line: 5,
        pointer: "aws_sqs_queue.q.delay_seconds",
        start: text.indexOf("7"),
        end: text.indexOf("7") + 1,
      },
    });
    expect([said(m.function), said(m.source), said(m.maximumConcurrency)]).toEqual([
      "aws_lambda_function.f",
      "aws_sqs_queue.q",
      3,
    ]);
    expect(said(byId(facts.functions, "aws_lambda_function.f").deadLetter)).toBe("aws_sqs_queue.q");
  });

  test("places count in UTF-16 units, after characters of any width", async () => {
    const text =
      '# é 😀 漢\nresource "aws_sqs_queue" "q" {\n  visibility_timeout_seconds = /* 😀 */ 45 # x\n}\n';
    const q = byId((await factsOf(text)).queues, "aws_sqs_queue.q");
    const start = text.indexOf("45");

    expect(only(q.visibilityTimeoutSeconds)).toMatchObject({
      place: { line: 3, column: 41, endLine: 3, endColumn: 43, start, end: start + 2 },
    });
    expect(q.settings).toMatchObject({
      line: 2,
      column: 1,
      endLine: 4,
      endColumn: 2,
      pointer: "aws_sqs_queue.q",
    });
  });

  test.each([
    [
      "a brace that is never closed",
      'resource "aws_sqs_queue" "q" {\n  delay_seconds = 1\n',
      /^infra\/main\.tf:\d+:\d+: /,
    ],
    [
      "a value that is missing",
      'resource "aws_sqs_queue" "q" {\n  delay_seconds =\n}\n',
      /^infra\/main\.tf:[23]:\d+: /,
    ],
    ["something else", "Resources:\n  Q:\n    Type: x\n", /^infra\/main\.tf:1:\d+: /],
  ])("%s is an input problem that says where", async (_, text, message) => {
    await expect(factsOf(text)).rejects.toThrow(InputProblem);
    await expect(factsOf(text)).rejects.toThrow(message);
  });

  test("JSON that is none is an input problem that says where", async () => {
    await expect(factsOf({ "a.tf.json": '{\n "resource": \n}' })).rejects.toThrow(
      /^infra\/a\.tf\.json:3:1: it is not JSON/,
    );
  });

  test("a folder without Terraform is an input problem", async () => {
    await expect(readTerraformFolder("infra", filesOf({ "infra/readme.md": "" }))).rejects.toThrow(
      /infra holds no Terraform/,
    );
  });

  test("the folder that one stands in is read too", async () => {
    const facts = await readTerraformFolder(".", {
      names: (folder) => (folder === "." ? ["main.tf"] : []),
      text: (path) =>
        path === "main.tf" || path === "./main.tf" ? 'resource "aws_sqs_queue" "q" {}' : undefined,
    });

    expect(facts.queues).toHaveLength(1);
  });
});
