/** What a setting of Terraform comes to, with where it came from. */

import { describe, expect, test } from "vitest";
import { linearOf } from "../../../src/facts/value.ts";
import { spelled } from "../../../src/facts/linear.ts";
import { byId, cases, factsOf, only, said } from "./support.ts";

const queue = async (visibility: string, more = "") => {
  const facts = await factsOf(
    `${more}\nresource "aws_sqs_queue" "q" {\n  visibility_timeout_seconds = ${visibility}\n}\n`,
  );
  return byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds;
};

const variable = (name: string, body = "") => `variable "${name}" {\n${body}\n}\n`;

describe("numbers", () => {
  test.each([
    ["60", 60],
    ['"60"', 60],
    ["0", 0],
    ["2 * 30 + 5", 65],
    ["2 * (30 + 5)", 70],
    ["100 - 2 * 20", 60],
    ["-(-60)", 60],
    ["7 % 4", 3],
    ["90 / 3", 30],
    ["max(30, 6 * 10, 5)", 60],
    ["min(30, 6 * 10)", 30],
    ["ceil(30.2)", 31],
    ['tonumber("45")', 45],
    ['"${6 * 10}"', 60],
    ["true ? 10 : 20", 10],
    ["1 > 2 ? 10 : 20", 20],
    ['"a" == "a" && !false ? 10 : 20', 10],
    ["coalesce(null, 40)", 40],
    ["try(local.no_such.thing, 50)", 50],
    ['lookup({ a = 1 }, "b", 70)', 70],
    ['{ a = 1, "b" = 80 }["b"]', 80],
    ["[10, 20, 30][1]", 20],
    ["element([10, 20, 30], 4)", 20],
    ["merge({ a = 1 }, { a = 90 }).a", 90],
    ["sum([for n in [1, 2, 3] : n * 10 if n > 1])", 50],
    ["length([1, 2, 3])", 3],
    ["jsondecode(jsonencode({ a = { b = 33 } })).a.b", 33],
    ['jsondecode("{\\"a\\": 34}").a', 34],
    ["{ for k, v in { a = 1, b = 2 } : k => v * 30 }.b", 60],
    ["0x1E", 30],
    ['parseint("1e", 16)', 30],
    ['tonumber(split("-", "a-35")[1])', 35],
    ['map("a", 36)["a"]', 36],
    ["element(concat(list(1, 2), [37]), 2)", 37],
  ])("%s is %i", async (text, value) => {
    const answer = only(await queue(text));

    expect(answer).toMatchObject({ known: true, value, from: "literal" });
  });

  test("null is the provider's default", async () => {
    expect(only(await queue("null"))).toMatchObject({ value: 30, from: "default" });
  });

  test("a queue that sets nothing has AWS's defaults", async () => {
    const facts = await factsOf('resource "aws_sqs_queue" "q" {}');
    const q = byId(facts.queues, "aws_sqs_queue.q");

    expect(only(q.visibilityTimeoutSeconds)).toMatchObject({
      value: 30,
      from: "default",
      place: { line: 1 },
    });
    expect(only(q.retentionSeconds)).toMatchObject({ value: 345_600, from: "default" });
    expect(only(q.delaySeconds)).toMatchObject({ value: 0, from: "default" });
    expect([said(q.fifo), said(q.name), said(q.deadLetterQueue), said(q.maxReceiveCount)]).toEqual([
      false,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("a function that the reader does not know makes the value unknown, not its default", async () => {
    expect(said(await queue("provider::x::seconds(3)"))).toBe(
      "? the function provider::x::seconds is not worked out",
    );
  });
});

describe("variables", () => {
  test("a default is taken for granted, and said", async () => {
    const value = await queue("var.vt", variable("vt", "default = 45"));

    expect(only(value)).toMatchObject({
      value: 45,
      from: "parameter-default",
      assuming: "the default of the variable vt",
      place: { file: "infra/main.tf", line: 2, pointer: "var.vt" },
    });
  });

  test("arithmetic on a default takes it for granted too", async () => {
    const value = await queue("var.vt * 2", variable("vt", "default = 45"));

    expect(only(value)).toMatchObject({
      value: 90,
      from: "parameter-default",
      assuming: "the default of the variable vt",
      place: { pointer: "aws_sqs_queue.q.visibility_timeout_seconds" },
    });
  });

  test("without a default it is unknown, and keeps its relation to others", async () => {
    const answer = only(await queue("var.t * 6 + 5", variable("t", "type = number")));

    expect(answer).toMatchObject({ known: false, reason: "the variable t has no default" });
    expect(spelled(linearOf(answer) ?? { constant: 0, terms: [] })).toBe("6 × var.t + 5");
  });

  test("a default of null leaves AWS's default, as long as nobody gives another", async () => {
    expect(only(await queue("var.vt", variable("vt", "default = null")))).toMatchObject({
      value: 30,
      from: "parameter-default",
      assuming: "the default of the variable vt",
    });
  });

  test("a value of terraform.tfvars is literal and stands in that file; *.auto.tfvars wins", async () => {
    const files = {
      "main.tf": `${variable("a", "default = 1")}${variable("b", "default = 1")}
        resource "aws_sqs_queue" "q" {
          visibility_timeout_seconds = var.a
          delay_seconds = var.b
        }`,
      "terraform.tfvars": "a = 77\nb = 2\n",
      "x.auto.tfvars": "b = 3\n",
      "ignored.tfvars": "a = 5\n",
    };

    const q = byId((await factsOf(files)).queues, "aws_sqs_queue.q");

    expect(only(q.visibilityTimeoutSeconds)).toMatchObject({
      value: 77,
      from: "literal",
      place: { file: "infra/terraform.tfvars", line: 1, column: 5, pointer: "var.a" },
    });
    expect(only(q.delaySeconds)).toMatchObject({ value: 3, place: { file: "infra/x.auto.tfvars" } });
  });

  test("tfvars may be JSON", async () => {
    const files = {
      "main.tf": `${variable("a")}resource "aws_sqs_queue" "q" {\n visibility_timeout_seconds = var.a\n}`,
      "terraform.tfvars.json": '{ "a": 78 }',
    };

    const q = byId((await factsOf(files)).queues, "aws_sqs_queue.q");

    expect(only(q.visibilityTimeoutSeconds)).toMatchObject({
      value: 78,
      place: { file: "infra/terraform.tfvars.json", line: 1, column: 8 },
    });
  });

  test("what an object's type makes optional has the type's default", async () => {
    const value = await queue(
      "var.queue.vt",
      variable(
        "queue",
        'type = object({ name = string, vt = optional(number, 44) })\ndefault = { name = "x" }',
      ),
    );

    expect(only(value)).toMatchObject({ value: 44, from: "parameter-default" });
  });
});

describe("conditions", () => {
  const env = (more = "") => variable("env", more);

  test("a comparison of a variable with a default makes a case for each value it is compared with, the default first", async () => {
    const value = await queue('var.env == "prod" ? 40 : 30', env('default = "dev"'));

    expect(cases(value)).toEqual([
      [{ "var.env": "dev" }, 30],
      [{ "var.env": "prod" }, 40],
    ]);
    expect(value.cases.map(({ answer }) => answer.known && answer.from)).toEqual(["branch", "branch"]);
  });

  test("a variable without a default may also be another value", async () => {
    expect(cases(await queue('var.env == "prod" ? 40 : 30', env()))).toEqual([
      [{ "var.env": "prod" }, 40],
      [{ "var.env": "another value" }, 30],
    ]);
  });

  test("all resources share the cases: what one compares with is a case of the others", async () => {
    const facts = await factsOf(`${env('default = "dev"')}
      resource "aws_lambda_function" "f" { timeout = var.env == "stage" ? 20 : 10 }
      resource "aws_sqs_queue" "q" { visibility_timeout_seconds = var.env == "prod" ? 40 : 30 }`);

    expect(cases(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toEqual([
      [{ "var.env": "dev" }, 30],
      [{ "var.env": "stage" }, 30],
      [{ "var.env": "prod" }, 40],
    ]);
    expect(cases(byId(facts.functions, "aws_lambda_function.f").timeoutSeconds)).toEqual([
      [{ "var.env": "dev" }, 10],
      [{ "var.env": "stage" }, 20],
      [{ "var.env": "prod" }, 10],
    ]);
  });

  test("a boolean variable has two cases, its default first", async () => {
    expect(cases(await queue("var.slow ? 90 : 30", variable("slow", "default = false")))).toEqual([
      [{ "var.slow": "false" }, 30],
      [{ "var.slow": "true" }, 90],
    ]);
  });

  test("a map that is looked up by a variable has a case for each key", async () => {
    const value = await queue("{ dev = 30, prod = 60 }[var.env]", env('default = "prod"'));

    expect(cases(value)).toEqual([
      [{ "var.env": "prod" }, 60],
      [{ "var.env": "dev" }, 30],
    ]);
  });

  test("lookup with a default has one more case", async () => {
    const value = await queue("lookup({ dev = 30, prod = 60 }, var.env, 10)", env('default = "dev"'));

    expect(cases(value)).toEqual([
      [{ "var.env": "dev" }, 30],
      [{ "var.env": "prod" }, 60],
      [{ "var.env": "another value" }, 10],
    ]);
  });

  test("a condition that is not a comparison is a case by its text", async () => {
    expect(cases(await queue("var.n > 5 ? 40 : 30", variable("n", "type = number")))).toEqual([
      [{ "var.n > 5": "true" }, 40],
      [{ "var.n > 5": "false" }, 30],
    ]);
  });

  test("a condition on a variable that tfvars give is decided", async () => {
    const facts = await factsOf({
      "main.tf": `${env('default = "dev"')}
        resource "aws_sqs_queue" "q" { visibility_timeout_seconds = var.env == "prod" ? 40 : 30 }`,
      "terraform.tfvars": 'env = "prod"',
    });

    expect(cases(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toEqual([[{}, 40]]);
  });

  test("a choice that changes nothing is no case", async () => {
    const value = await queue('length(var.env == "prod" ? [1] : [2]) * 30', env('default = "dev"'));

    expect(cases(value)).toEqual([[{}, 30]]);
  });

  test("more combinations than are looked at are unknown, with the reason", async () => {
    const names = Array.from({ length: 9 }, (_, at) => `v${at}`);
    const value = await queue(
      names.map((name, at) => `(var.${name} ? ${2 ** at} : 0)`).join(" + "),
      names.map((name) => variable(name, "default = true")).join(""),
    );

    expect(said(value)).toBe("? it depends on more than 256 combinations of values");
  });
});

describe("conditions that lean on each other", () => {
  test("a chain of conditions groups to the right", async () => {
    const value = await queue(
      'var.env == "prod" ? 50 : var.env == "stage" ? 40 : var.env == "test" ? 35 : 30',
      variable("env", 'default = "dev"'),
    );

    expect(cases(value)).toEqual([
      [{ "var.env": "dev" }, 30],
      [{ "var.env": "prod" }, 50],
      [{ "var.env": "stage" }, 40],
      [{ "var.env": "test" }, 35],
    ]);
  });

  test("parentheses keep a condition before the question mark", async () => {
    expect(said(await queue("(true ? false : true) ? 10 : 20"))).toBe(20);
    expect(said(await queue("true ? false ? 1 : 2 : 3"))).toBe(2);
  });

  test("a variable is in each case what it was decided to be, also behind a local", async () => {
    const value = await queue(
      "local.vt == null ? 30 : local.vt",
      `${variable("vt", "default = null")}locals {\n  vt = var.vt\n}`,
    );

    expect(cases(value)).toEqual([
      [{ "var.vt": "null" }, 30],
      [{ "var.vt": "another value" }, "? the variable vt is not what it is compared with"],
    ]);
  });

  test("a value for which another map has no key is no case: Terraform would refuse it", async () => {
    const facts = await factsOf(`variable "env" { default = "dev" }
      locals { all = { dev = 30, prod = 60 } }
      resource "aws_sqs_queue" "q" { visibility_timeout_seconds = local.all[var.env] }
      resource "aws_sqs_queue" "r" { visibility_timeout_seconds = var.env == "stage" ? 1 : 2 }`);

    expect(cases(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toEqual([
      [{ "var.env": "dev" }, 30],
      [{ "var.env": "prod" }, 60],
    ]);
  });

  test("what coalesce passes over may still be given", async () => {
    expect(only(await queue("coalesce(var.vt, 60)", variable("vt", "default = null")))).toMatchObject({
      value: 60,
      from: "parameter-default",
      assuming: "the default of the variable vt",
    });
  });
});

describe("what cannot be known", () => {
  test("a reference loop is unknown, with the way around", async () => {
    const value = await queue("local.a", "locals {\n  a = local.b\n  b = local.a\n}");

    expect(said(value)).toBe("? it refers to itself (local.a → local.b → local.a)");
  });

  test("a data source is unknown, and the same number wherever it stands", async () => {
    const answer = only(
      await queue(
        "data.aws_sqs_queue.other.visibility_timeout_seconds * 2",
        'data "aws_sqs_queue" "other" {\n  name = "x"\n}',
      ),
    );

    expect(answer).toMatchObject({
      known: false,
      reason: "data.aws_sqs_queue.other is looked up when Terraform runs (a data source)",
    });
    expect(spelled(linearOf(answer) ?? { constant: 0, terms: [] })).toBe(
      "2 × data.aws_sqs_queue.other.visibility_timeout_seconds",
    );
  });

  test("a name that nothing declares is unknown with what is missing", async () => {
    expect(said(await queue("var.nope"))).toBe("? the module has no variable nope");
    expect(said(await queue("aws_lambda_function.nope.timeout * 6"))).toBe(
      "? the module has no aws_lambda_function.nope",
    );
  });
});

describe("relations between resources", () => {
  const pair = (fn: string, visibility: string) =>
    factsOf(`variable "t" {}
      resource "aws_lambda_function" "f" { ${fn} }
      resource "aws_sqs_queue" "q" { visibility_timeout_seconds = ${visibility} }`);

  test("the other's literal is used", async () => {
    const facts = await pair("timeout = 20", "aws_lambda_function.f.timeout * 6");

    expect(said(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toBe(120);
  });

  test("the other's default is used, and is a default", async () => {
    const facts = await pair("", "aws_lambda_function.f.timeout * 6");

    expect(only(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toMatchObject({
      value: 18,
      from: "default",
    });
  });

  test("the other's unknown is related, within what AWS takes for a timeout", async () => {
    const facts = await pair("timeout = var.t", "aws_lambda_function.f.timeout * 6");

    const answer = only(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds);

    expect(linearOf(answer)).toEqual({
      constant: 0,
      terms: [{ symbol: { id: "var.t", min: 1, max: 900 }, times: 6 }],
    });
  });

  test("a block of timeouts is not the function's timeout", async () => {
    const facts = await pair('timeouts { create = "10m" }', "30");

    expect(only(byId(facts.functions, "aws_lambda_function.f").timeoutSeconds)).toMatchObject({
      value: 3,
      from: "default",
    });
  });
});
