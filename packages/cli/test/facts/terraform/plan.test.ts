/** Plans of Terraform: what is planned, what is known after it only, and what will name what. */

import { describe, expect, test } from "vitest";
import { InputProblem } from "../../../src/facts/files.ts";
import { isPlan, readTerraformPlan } from "../../../src/facts/terraform/plan.ts";
import { byId, only, said } from "./support.ts";

const resource = (address: string, values: object, index?: string | number) => {
  const [type = "", name = ""] = address
    .replace(/^.*?((?:aws_\w+)\..*)$/, "$1")
    .replace(/\[.*$/, "")
    .split(".");
  return { address, mode: "managed", type, name, values, ...(index === undefined ? {} : { index }) };
};

const refs = (...references: string[]) => ({ references });

const read = (plan: object) =>
  readTerraformPlan("plan.json", JSON.stringify({ format_version: "1.2", ...plan }));

const PIPELINE = {
  planned_values: {
    root_module: {
      resources: [
        resource("aws_lambda_function.f", { function_name: "worker", timeout: 20, memory_size: 128 }),
        resource("aws_sqs_queue.q", {
          name: "orders",
          visibility_timeout_seconds: 30,
          redrive_policy: null,
          fifo_queue: false,
        }),
        resource("aws_sqs_queue.dlq", { name: "orders-dlq" }),
        resource("aws_lambda_event_source_mapping.m", {
          batch_size: 5,
          function_name: "worker",
          scaling_config: [{ maximum_concurrency: 9 }],
          destination_config: [],
        }),
      ],
      child_modules: [
        {
          address: "module.x",
          resources: [resource("module.x.aws_lambda_event_source_mapping.m", { batch_size: null })],
        },
      ],
    },
  },
  resource_changes: [
    { address: "aws_sqs_queue.q", change: { after_unknown: { arn: true, redrive_policy: true } } },
    {
      address: "aws_lambda_event_source_mapping.m",
      change: { after_unknown: { event_source_arn: true, scaling_config: [{}] } },
    },
    {
      address: "module.x.aws_lambda_event_source_mapping.m",
      change: { after_unknown: { event_source_arn: true, function_name: true } },
    },
  ],
  configuration: {
    root_module: {
      resources: [
        {
          mode: "managed",
          type: "aws_lambda_function",
          name: "f",
          expressions: { function_name: { constant_value: "worker" }, timeout: { constant_value: 20 } },
        },
        {
          mode: "managed",
          type: "aws_sqs_queue",
          name: "q",
          expressions: { redrive_policy: refs("aws_sqs_queue.dlq.arn", "aws_sqs_queue.dlq") },
        },
        {
          mode: "managed",
          type: "aws_lambda_event_source_mapping",
          name: "m",
          expressions: {
            batch_size: { constant_value: 5 },
            event_source_arn: refs("aws_sqs_queue.q.arn", "aws_sqs_queue.q"),
            function_name: refs("aws_lambda_function.f.function_name", "aws_lambda_function.f"),
            scaling_config: [{ maximum_concurrency: { constant_value: 9 } }],
          },
        },
      ],
      module_calls: {
        x: {
          source: "./x",
          expressions: {
            queue: refs("aws_sqs_queue.q.arn", "aws_sqs_queue.q"),
            fn: refs("aws_lambda_function.f.arn", "aws_lambda_function.f"),
          },
          module: {
            resources: [
              {
                mode: "managed",
                type: "aws_lambda_event_source_mapping",
                name: "m",
                expressions: { event_source_arn: refs("var.queue"), function_name: refs("var.fn") },
              },
            ],
          },
        },
      },
    },
  },
};

describe("a plan", () => {
  test("planned values are known, and what the configuration does not set is a default", () => {
    const facts = read(PIPELINE);
    const f = byId(facts.functions, "aws_lambda_function.f");

    expect([facts.language, facts.file]).toEqual(["terraform-plan", "plan.json"]);
    expect(only(f.timeoutSeconds)).toMatchObject({
      value: 20,
      from: "literal",
      place: { file: "plan.json", line: 1, pointer: "aws_lambda_function.f" },
    });
    expect(only(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toMatchObject({
      value: 30,
      from: "default",
    });
    expect(only(byId(facts.queues, "aws_sqs_queue.dlq").visibilityTimeoutSeconds)).toMatchObject({
      value: 30,
      from: "default",
    });
  });

  test("what is known after it is linked by the configuration's references", () => {
    const facts = read(PIPELINE);
    const m = byId(facts.mappings, "aws_lambda_event_source_mapping.m");

    expect([m.kind, said(m.source), said(m.function), said(m.batchSize), said(m.maximumConcurrency)]).toEqual(
      ["sqs", "aws_sqs_queue.q", "aws_lambda_function.f", 5, 9],
    );
    expect(said(byId(facts.queues, "aws_sqs_queue.q").deadLetterQueue)).toBe("aws_sqs_queue.dlq");
    expect(said(byId(facts.queues, "aws_sqs_queue.q").maxReceiveCount)).toMatch(
      /^\? redrive_policy is known after the plan is applied/,
    );
  });

  test("references go through the inputs of modules", () => {
    const m = byId(read(PIPELINE).mappings, "module.x.aws_lambda_event_source_mapping.m");

    expect([said(m.source), said(m.function), said(m.batchSize)]).toEqual([
      "aws_sqs_queue.q",
      "aws_lambda_function.f",
      10,
    ]);
  });

  test("references go through the outputs of modules, and to the instance of the same key", () => {
    const facts = read({
      planned_values: {
        root_module: {
          resources: ["a", "b"].map((key) =>
            resource(`aws_lambda_event_source_mapping.m["${key}"]`, {}, key),
          ),
          child_modules: ["a", "b"].map((key) => ({
            address: `module.q["${key}"]`,
            resources: [resource(`module.q["${key}"].aws_sqs_queue.this[0]`, { name: key }, 0)],
          })),
        },
      },
      resource_changes: ["a", "b"].map((key) => ({
        address: `aws_lambda_event_source_mapping.m["${key}"]`,
        change: { after_unknown: { event_source_arn: true } },
      })),
      configuration: {
        root_module: {
          resources: [
            {
              mode: "managed",
              type: "aws_lambda_event_source_mapping",
              name: "m",
              expressions: { event_source_arn: refs("module.q", "each.key") },
              for_each_expression: refs("local.names"),
            },
            {
              mode: "managed",
              type: "aws_lambda_event_source_mapping",
              name: "n",
              expressions: {},
            },
          ],
          module_calls: {
            q: {
              module: {
                outputs: {
                  arn: {
                    expression: refs(
                      "aws_sqs_queue.this[0].arn",
                      "aws_sqs_queue.this[0]",
                      "aws_sqs_queue.this",
                    ),
                  },
                },
                resources: [{ mode: "managed", type: "aws_sqs_queue", name: "this", expressions: {} }],
              },
            },
          },
        },
      },
    });

    // Behind an index that is no literal a plan does not say which output is meant.
    expect(said(byId(facts.mappings, 'aws_lambda_event_source_mapping.m["b"]').source)).toMatch(
      /^\? event_source_arn is known after/,
    );
    expect(byId(facts.queues, 'module.q["a"].aws_sqs_queue.this[0]').id).toBeDefined();
  });

  test("an output is followed to the queue behind it", () => {
    const facts = read({
      planned_values: {
        root_module: {
          resources: [resource("aws_lambda_event_source_mapping.m", {})],
          child_modules: [
            { address: "module.q", resources: [resource("module.q.aws_sqs_queue.this[0]", {}, 0)] },
          ],
        },
      },
      resource_changes: [
        {
          address: "aws_lambda_event_source_mapping.m",
          change: { after_unknown: { event_source_arn: true } },
        },
      ],
      configuration: {
        root_module: {
          resources: [
            {
              mode: "managed",
              type: "aws_lambda_event_source_mapping",
              name: "m",
              expressions: { event_source_arn: refs("module.q.arn", "module.q") },
            },
          ],
          module_calls: { q: { module: { outputs: { arn: { expression: refs("aws_sqs_queue.this") } } } } },
        },
      },
    });

    expect(said(byId(facts.mappings, "aws_lambda_event_source_mapping.m").source)).toBe(
      "module.q.aws_sqs_queue.this[0]",
    );
  });

  test("instances name each other by their own key", () => {
    const facts = read({
      planned_values: {
        root_module: {
          resources: ["a", "b"].flatMap((key) => [
            resource(`aws_lambda_event_source_mapping.m["${key}"]`, {}, key),
            resource(`aws_sqs_queue.q["${key}"]`, {}, key),
          ]),
        },
      },
      resource_changes: ["a", "b"].map((key) => ({
        address: `aws_lambda_event_source_mapping.m["${key}"]`,
        change: { after_unknown: { event_source_arn: true } },
      })),
      configuration: {
        root_module: {
          resources: [
            {
              mode: "managed",
              type: "aws_lambda_event_source_mapping",
              name: "m",
              expressions: { event_source_arn: refs("aws_sqs_queue.q", "each.key") },
            },
          ],
        },
      },
    });

    expect(facts.mappings.map(({ source }) => said(source))).toEqual([
      'aws_sqs_queue.q["a"]',
      'aws_sqs_queue.q["b"]',
    ]);
  });

  test("a number that is known after it is unknown, not its default", () => {
    const facts = read({
      planned_values: { root_module: { resources: [resource("aws_sqs_queue.q", {})] } },
      resource_changes: [
        { address: "aws_sqs_queue.q", change: { after_unknown: { visibility_timeout_seconds: true } } },
      ],
    });

    expect(said(byId(facts.queues, "aws_sqs_queue.q").visibilityTimeoutSeconds)).toBe(
      "? visibility_timeout_seconds is known after the plan is applied",
    );
  });

  test("data sources are no resources, and deployed things are found by their ARNs", () => {
    const facts = read({
      planned_values: {
        root_module: {
          resources: [
            { ...resource("data.aws_sqs_queue.q", {}), mode: "data" },
            resource("aws_sqs_queue.q", { name: "orders", arn: "arn:aws:sqs:eu-west-1:1:orders" }),
            resource("aws_lambda_event_source_mapping.m", {
              event_source_arn: "arn:aws:sqs:eu-west-1:1:orders",
            }),
          ],
        },
      },
    });

    expect(facts.queues.map(({ id }) => id)).toEqual(["aws_sqs_queue.q"]);
    expect(facts.mappings.map(({ source }) => said(source))).toEqual(["aws_sqs_queue.q"]);
  });

  test("a plan that ended in an error, or is not complete, is a gap", () => {
    const root = { planned_values: { root_module: {} } };

    expect(read({ ...root, errored: true }).gaps).toMatchObject([{ reason: expect.stringMatching(/error/) }]);
    expect(read({ ...root, complete: false }).gaps).toMatchObject([
      { reason: expect.stringMatching(/not complete/) },
    ]);
    expect(read({ ...root, complete: true }).gaps).toEqual([]);
  });

  test.each([
    ["no JSON", "{", /plan\.json is not JSON/],
    ["a list", "[]", /is no plan of Terraform/],
    ["no planned values", '{"format_version":"1.2"}', /terraform show -json/],
  ])("%s is an input problem that says what to do", (_, text, message) => {
    expect(() => readTerraformPlan("plan.json", text)).toThrow(InputProblem);
    expect(() => readTerraformPlan("plan.json", text)).toThrow(message);
  });
});

test.each([
  ['{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{}}', true],
  ['{\n  "format_version": "1.2",\n  "planned_values": {}\n}', true],
  ['{"format_version":"1.0","values":{}}', false],
  ['{"Resources":{}}', false],
  ["", false],
])("%s: a plan is %s", (text, is) => {
  expect(isPlan(text)).toBe(is);
});
