/** Resources of Terraform as facts: defaults, blocks, and what names what. */

import { describe, expect, test } from "vitest";
import { byId, cases, factsOf, only, said } from "./support.ts";

const PAIR = `
resource "aws_lambda_function" "f" { function_name = "worker" }
resource "aws_sqs_queue" "q" { name = "orders" }
`;

const mapping = async (body: string, more = "") => {
  const facts = await factsOf(`${PAIR}${more}
    resource "aws_lambda_event_source_mapping" "m" {
      ${body}
    }`);
  return byId(facts.mappings, "aws_lambda_event_source_mapping.m");
};

describe("event source mappings", () => {
  test.each([
    ["name", "aws_lambda_function.f.function_name"],
    ["arn", "aws_lambda_function.f.arn"],
    ["id", "aws_lambda_function.f.id"],
    ["invoke arn", "aws_lambda_function.f.invoke_arn"],
    ["qualified arn", "aws_lambda_function.f.qualified_arn"],
    ["alias", "aws_lambda_alias.live.arn"],
    ["alias by text", '"${aws_lambda_function.f.arn}:${aws_lambda_alias.live.name}"'],
    ["version by text", '"${aws_lambda_function.f.function_name}:7"'],
    ["literal name", '"worker"'],
    ["literal ARN", '"arn:aws:lambda:eu-west-1:123456789012:function:worker"'],
    ["literal ARN of an alias", '"arn:aws:lambda:eu-west-1:123456789012:function:worker:live"'],
    ["ARN with holes", '"arn:aws:lambda:${var.region}:${var.account}:function:worker"'],
    [
      "ARN with holes and the name",
      '"arn:aws:lambda:${var.region}:1:function:${aws_lambda_function.f.function_name}"',
    ],
    ["local", "local.fn"],
    ["splat of one", "one(aws_lambda_function.f[*].arn)"],
  ])("the function is found by its %s", async (_, name) => {
    const { function: fn } = await mapping(
      `function_name = ${name}\nevent_source_arn = aws_sqs_queue.q.arn`,
      `variable "region" {}
       variable "account" {}
       locals { fn = aws_lambda_function.f.arn }
       resource "aws_lambda_alias" "live" {
         name = "live"
         function_name = aws_lambda_function.f.function_name
       }`,
    );

    expect(said(fn)).toBe("aws_lambda_function.f");
  });

  test.each([
    ["a variable", "var.fn", "the variable fn has no default"],
    ["a data source", "data.aws_lambda_function.x.arn", /looked up when Terraform runs/],
    [
      "a longer name",
      '"${aws_lambda_function.f.function_name}-canary"',
      /names nothing of this configuration/,
    ],
    ["another's name", '"arn:aws:lambda:eu-west-1:1:function:other"', /names nothing of this configuration/],
  ])("a function that is named by %s is unknown, with the reason", async (_, name, reason) => {
    const { function: fn } = await mapping(
      `function_name = ${name}\nevent_source_arn = aws_sqs_queue.q.arn`,
      'variable "fn" {}\ndata "aws_lambda_function" "x" { function_name = "worker" }',
    );

    expect(only(fn)).toMatchObject({
      known: false,
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    });
  });

  test("without settings it has AWS's defaults for a queue", async () => {
    const fact = await mapping(
      "function_name = aws_lambda_function.f.arn\nevent_source_arn = aws_sqs_queue.q.arn",
    );

    expect(fact).toMatchObject({ kind: "sqs", sourceName: "aws_sqs_queue.q.arn" });
    expect(said(fact.source)).toBe("aws_sqs_queue.q");
    expect(only(fact.batchSize)).toMatchObject({ value: 10, from: "default" });
    expect(only(fact.batchingWindowSeconds)).toMatchObject({ value: 0, from: "default" });
    expect(
      [fact.reportBatchItemFailures, fact.enabled, fact.maximumConcurrency, fact.onFailure, fact.filters].map(
        (value) => said<unknown>(value),
      ),
    ).toEqual([false, true, undefined, undefined, false]);
  });

  test("each setting is read, with its place", async () => {
    const fact = await mapping(`
      function_name = aws_lambda_function.f.arn
      event_source_arn = aws_sqs_queue.q.arn
      batch_size = 25
      maximum_batching_window_in_seconds = 5
      function_response_types = ["ReportBatchItemFailures"]
      enabled = false
      scaling_config { maximum_concurrency = 7 }
      filter_criteria { filter { pattern = jsonencode({ body = { a = [1] } }) } }
      destination_config { on_failure { destination_arn = aws_sqs_queue.q.arn } }`);

    expect(only(fact.batchSize)).toMatchObject({
      value: 25,
      from: "literal",
      place: { pointer: "aws_lambda_event_source_mapping.m.batch_size" },
    });
    expect(said(fact.batchingWindowSeconds)).toBe(5);
    expect([said(fact.reportBatchItemFailures), said(fact.enabled), said(fact.filters)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(only(fact.maximumConcurrency)).toMatchObject({
      value: 7,
      place: { pointer: "aws_lambda_event_source_mapping.m.scaling_config.maximum_concurrency" },
    });
    expect(said(fact.onFailure)).toEqual({ kind: "sqs", to: "aws_sqs_queue.q" });
  });

  test("a table's stream has a stream's defaults", async () => {
    const facts = await factsOf(`${PAIR}
      resource "aws_dynamodb_table" "t" {
        name = "t"
        hash_key = "id"
        stream_enabled = true
        ttl {
          attribute_name = "expires"
          enabled = true
        }
      }
      resource "aws_lambda_event_source_mapping" "m" {
        function_name = aws_lambda_function.f.arn
        event_source_arn = aws_dynamodb_table.t.stream_arn
        starting_position = "LATEST"
      }`);
    const fact = byId(facts.mappings, "aws_lambda_event_source_mapping.m");

    expect(fact.kind).toBe("dynamodb");
    expect([
      said(fact.source),
      said(fact.batchSize),
      said(fact.maximumRetryAttempts),
      said(fact.maximumRecordAgeSeconds),
      said(fact.bisectBatchOnFunctionError),
    ]).toEqual(["aws_dynamodb_table.t", 100, -1, -1, false]);
    expect(facts.streams).toMatchObject([{ id: "aws_dynamodb_table.t", kind: "dynamodb" }]);
    const table = byId(facts.tables, "aws_dynamodb_table.t");
    expect([
      said(table.name),
      said(table.partitionKey),
      said(table.sortKey),
      said(table.ttlAttribute),
    ]).toEqual(["t", "id", undefined, "expires"]);
  });

  test("a ttl that is not enabled is none", async () => {
    const { tables } = await factsOf(
      'resource "aws_dynamodb_table" "t" {\n ttl {\n attribute_name = "expires"\n }\n}',
    );

    expect(said(byId(tables, "aws_dynamodb_table.t").ttlAttribute)).toBe(undefined);
  });

  test("a Kinesis stream's retention is in hours, 24 unless it is set", async () => {
    const { streams } = await factsOf(`
      resource "aws_kinesis_stream" "a" {}
      resource "aws_kinesis_stream" "b" { retention_period = 48 }`);

    expect(streams.map(({ retentionSeconds }) => said(retentionSeconds))).toEqual([86_400, 172_800]);
  });

  test("an imported source without a starting position is a queue; its reason stays", async () => {
    const fact = await mapping(
      "function_name = aws_lambda_function.f.arn\nevent_source_arn = var.arn",
      'variable "arn" {}',
    );

    expect([fact.kind, fact.sourceName]).toEqual(["sqs", "var.arn"]);
    expect(said(fact.source)).toBe("? the variable arn has no default");
    expect(said(fact.batchSize)).toBe(10);
  });

  test("an imported source with a starting position may be any stream, so its default batch size is unknown", async () => {
    const fact = await mapping(
      'function_name = aws_lambda_function.f.arn\nevent_source_arn = var.arn\nstarting_position = "LATEST"',
      'variable "arn" {}',
    );

    expect(fact.kind).toBe("unknown");
    expect(only(fact.batchSize).known).toBe(false);
  });

  test("response types that are a variable are unknown, not absent", async () => {
    const fact = await mapping(
      "function_name = aws_lambda_function.f.arn\nevent_source_arn = aws_sqs_queue.q.arn\nfunction_response_types = var.types",
      'variable "types" {}',
    );

    expect(said(fact.reportBatchItemFailures)).toBe("? the variable types has no default");
  });
});

describe("redrive policies", () => {
  const dlq =
    'resource "aws_sqs_queue" "dlq" { name = "orders-dlq" }\nvariable "n" { default = 4 }\nvariable "dlq" {}\n';
  const redriven = async (text: string) => {
    const facts = await factsOf(`${dlq}${text}`);
    const q = byId(facts.queues, "aws_sqs_queue.q");
    return { target: q.deadLetterQueue, count: q.maxReceiveCount };
  };

  test.each([
    ["jsonencode", "jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 3 })"],
    ["a quoted count", 'jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = "3" })'],
    [
      "a heredoc",
      '<<EOF\n{\n "deadLetterTargetArn": "${aws_sqs_queue.dlq.arn}",\n "maxReceiveCount": 3\n}\nEOF\n',
    ],
    [
      "an indented heredoc",
      '<<-EOF\n  {"deadLetterTargetArn": "${aws_sqs_queue.dlq.arn}", "maxReceiveCount": "3"}\n  EOF\n',
    ],
    ["quoted JSON", '"{\\"deadLetterTargetArn\\":\\"${aws_sqs_queue.dlq.arn}\\",\\"maxReceiveCount\\":3}"'],
    [
      "a literal ARN",
      'jsonencode({ deadLetterTargetArn = "arn:aws:sqs:eu-west-1:1:orders-dlq", maxReceiveCount = 3 })',
    ],
  ])("%s is read", async (_, text) => {
    const { target, count } = await redriven(`resource "aws_sqs_queue" "q" {\n redrive_policy = ${text}\n}`);

    expect([said(target), said(count)]).toEqual(["aws_sqs_queue.dlq", 3]);
  });

  test("a hole in a heredoc keeps where its value came from", async () => {
    const { count } = await redriven(
      'resource "aws_sqs_queue" "q" {\n redrive_policy = <<EOF\n{"deadLetterTargetArn": "${aws_sqs_queue.dlq.arn}", "maxReceiveCount": ${var.n}}\nEOF\n}',
    );

    expect(only(count)).toMatchObject({
      value: 4,
      from: "parameter-default",
      assuming: "the default of the variable n",
      place: { pointer: "var.n" },
    });
  });

  test("the count stands at its own place in jsonencode", async () => {
    const { count } = await redriven(
      'resource "aws_sqs_queue" "q" {\n  redrive_policy = jsonencode({\n    deadLetterTargetArn = aws_sqs_queue.dlq.arn\n    maxReceiveCount     = 3\n  })\n}',
    );

    expect(only(count)).toMatchObject({
      place: {
        line: 7,
        column: 27,
        endColumn: 28,
        pointer: "aws_sqs_queue.q.redrive_policy.maxReceiveCount",
      },
    });
  });

  test("a policy that is a resource of its own is the queue's", async () => {
    const { target, count } = await redriven(`
      resource "aws_sqs_queue" "q" {}
      resource "aws_sqs_queue_redrive_policy" "p" {
        queue_url = aws_sqs_queue.q.id
        redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
      }`);

    expect([said(target), said(count)]).toEqual(["aws_sqs_queue.dlq", 5]);
  });

  test("a policy for a queue that is not known makes the others' unknown, not absent", async () => {
    const { target } = await redriven(`
      resource "aws_sqs_queue" "q" {}
      resource "aws_sqs_queue_redrive_policy" "p" {
        queue_url = data.aws_sqs_queue.x.url
        redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
      }
      data "aws_sqs_queue" "x" {}`);

    expect(said(target)).toMatch(/aws_sqs_queue_redrive_policy.p is for a queue that is not known/);
  });

  test("an imported dead-letter queue is named as it is written", async () => {
    const { target, count } = await redriven(
      'resource "aws_sqs_queue" "q" {\n redrive_policy = jsonencode({ deadLetterTargetArn = var.dlq, maxReceiveCount = 3 })\n}',
    );

    expect([said(target), said(count)]).toEqual(["var.dlq", 3]);
  });

  test("a whole policy that is not known is unknown", async () => {
    const { target, count } = await redriven('resource "aws_sqs_queue" "q" {\n redrive_policy = var.dlq\n}');

    expect([said(target), said(count)]).toEqual([
      "? the variable dlq has no default",
      "? the variable dlq has no default",
    ]);
  });

  test("a policy by condition has a case for each", async () => {
    const { target, count } = await redriven(
      'variable "on" { default = true }\nresource "aws_sqs_queue" "q" {\n redrive_policy = var.on ? jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 3 }) : null\n}',
    );

    expect(cases(target)).toEqual([
      [{ "var.on": "true" }, "aws_sqs_queue.dlq"],
      [{ "var.on": "false" }, undefined],
    ]);
    expect(cases(count).map(([, value]) => value)).toEqual([3, undefined]);
  });
});

describe("functions", () => {
  test("dead-letter target, concurrency, environment and invoke configuration are read", async () => {
    const facts = await factsOf(`${PAIR}
      variable "prefix" {}
      resource "aws_dynamodb_table" "t" { name = "\${var.prefix}-t" }
      resource "aws_lambda_function" "g" {
        function_name = "g"
        timeout = 12
        reserved_concurrent_executions = 5
        dead_letter_config { target_arn = aws_sqs_queue.q.arn }
        environment {
          variables = {
            TABLE = aws_dynamodb_table.t.name
            MODE = "x"
            WHO = var.prefix
          }
        }
      }
      resource "aws_lambda_alias" "live" {
        name = "live"
        function_name = aws_lambda_function.g.arn
      }
      resource "aws_lambda_function_event_invoke_config" "c" {
        function_name = aws_lambda_alias.live.function_name
        qualifier = aws_lambda_alias.live.name
        maximum_retry_attempts = 0
        maximum_event_age_in_seconds = 120
        destination_config { on_failure { destination = aws_sqs_queue.q.arn } }
      }`);
    const g = byId(facts.functions, "aws_lambda_function.g");

    expect([said(g.name), said(g.timeoutSeconds), said(g.reservedConcurrency), said(g.deadLetter)]).toEqual([
      "g",
      12,
      5,
      "aws_sqs_queue.q",
    ]);
    expect([
      said(g.async.configured),
      said(g.async.maximumRetryAttempts),
      said(g.async.maximumEventAgeSeconds),
      said(g.async.onFailure),
    ]).toEqual([true, 0, 120, "aws_sqs_queue.q"]);
    expect([...g.environment].map(([name, value]) => [name, said(value)])).toEqual([
      ["TABLE", "aws_dynamodb_table.t"],
      ["MODE", "x"],
      ["WHO", "? the variable prefix has no default"],
    ]);
    const f = byId(facts.functions, "aws_lambda_function.f");
    expect([
      said(f.async.configured),
      said(f.async.maximumRetryAttempts),
      said(f.async.maximumEventAgeSeconds),
      said(f.async.onFailure),
      said(f.reservedConcurrency),
    ]).toEqual([false, 2, 21_600, undefined, undefined]);
  });

  test("-1 is no reserved concurrency, 0 is none at all", async () => {
    const { functions } = await factsOf(`
      resource "aws_lambda_function" "a" { reserved_concurrent_executions = -1 }
      resource "aws_lambda_function" "b" { reserved_concurrent_executions = 0 }`);

    expect(functions.map(({ reservedConcurrency }) => said(reservedConcurrency))).toEqual([undefined, 0]);
  });

  test("an invoke configuration for a function that is not known leaves the others' open", async () => {
    const { functions } = await factsOf(`${PAIR}
      variable "fn" {}
      resource "aws_lambda_function_event_invoke_config" "c" { function_name = var.fn }`);

    expect(said(byId(functions, "aws_lambda_function.f").async.configured)).toMatch(
      /is for a function that is not known/,
    );
  });

  test("its code is where its archive is made of", async () => {
    const { functions } = await factsOf(`
      data "archive_file" "zip" {
        type = "zip"
        source_dir = "\${path.module}/src"
        output_path = "x.zip"
      }
      resource "aws_lambda_function" "f" {
        filename = data.archive_file.zip.output_path
        handler = "index.handler"
      }`);

    expect(byId(functions, "aws_lambda_function.f").code).toEqual({
      root: "infra/src",
      handler: "index.handler",
    });
  });
});

describe("deliveries", () => {
  const delivery = async (text: string, id: string) => byId((await factsOf(`${PAIR}${text}`)).deliveries, id);

  test("an SNS subscription, with its redrive policy", async () => {
    const fact = await delivery(
      `resource "aws_sns_topic" "t" {}
       resource "aws_sns_topic_subscription" "s" {
         topic_arn = aws_sns_topic.t.arn
         protocol = "lambda"
         endpoint = aws_lambda_function.f.arn
         redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.q.arn })
       }
       resource "aws_sns_topic_subscription" "mail" {
         topic_arn = aws_sns_topic.t.arn
         protocol = "email"
         endpoint = "a@example.com"
       }`,
      "aws_sns_topic_subscription.s",
    );

    expect(fact).toMatchObject({ kind: "sns", asynchronous: true });
    expect([
      said<unknown>(fact.target),
      said(fact.source),
      said(fact.deadLetter),
      said(fact.maximumEventAgeSeconds),
    ]).toEqual([
      { kind: "function", id: "aws_lambda_function.f" },
      "aws_sns_topic.t",
      "aws_sqs_queue.q",
      1_987_200,
    ]);
  });

  test("filter policies that say the same are equal, however they are written", async () => {
    const { deliveries } = await factsOf(`${PAIR}
      resource "aws_sns_topic_subscription" "a" {
        protocol = "sqs"
        endpoint = aws_sqs_queue.q.arn
        filter_policy = <<EOF
{ "a": ["x"],
  "b": ["y"] }
EOF
      }
      resource "aws_sns_topic_subscription" "b" {
        protocol = "sqs"
        endpoint = aws_sqs_queue.q.arn
        filter_policy = jsonencode({ b = ["y"], a = ["x"] })
      }`);
    const [a, b] = deliveries;

    expect(a && said(a.selection)).toBe('MessageAttributes {"a":["x"],"b":["y"]}');
    expect(b && said(b.selection)).toBe(a && said(a.selection));
  });

  test("an EventBridge target has its rule's pattern, whatever the order of its keys", async () => {
    const text = (name: string, pattern: string) => `
      resource "aws_cloudwatch_event_rule" "${name}" {
        event_pattern = jsonencode(${pattern})
      }
      resource "aws_cloudwatch_event_target" "${name}" {
        rule = aws_cloudwatch_event_rule.${name}.name
        arn = aws_lambda_function.f.arn
      }`;
    const { deliveries } = await factsOf(
      `${PAIR}${text("a", '{ source = ["x"], detail-type = ["y"] }')}${text("b", '{ detail-type = ["y"], source = ["x"] }')}`,
    );
    const [a, b] = deliveries;

    expect(a && said(a.selection)).toBe('{"detail-type":["y"],"source":["x"]}');
    expect(b && said(b.selection)).toBe(a && said(a.selection));
    expect(a && [said(a.source), said(a.deadLetter), said(a.maximumEventAgeSeconds)]).toEqual([
      "default",
      undefined,
      86_400,
    ]);
  });

  test("an EventBridge target's own dead-letter queue and retry policy are read", async () => {
    const fact = await delivery(
      `resource "aws_cloudwatch_event_target" "t" {
         rule = "x"
         arn = aws_sqs_queue.q.arn
         dead_letter_config { arn = aws_sqs_queue.q.arn }
         retry_policy {
           maximum_event_age_in_seconds = 600
           maximum_retry_attempts = 2
         }
       }`,
      "aws_cloudwatch_event_target.t",
    );

    expect([
      said<unknown>(fact.target),
      said(fact.deadLetter),
      said(fact.maximumEventAgeSeconds),
      said(fact.deduplicationId),
    ]).toEqual([{ kind: "queue", id: "aws_sqs_queue.q" }, "aws_sqs_queue.q", 600, undefined]);
  });

  test("a schedule of EventBridge Scheduler", async () => {
    const fact = await delivery(
      `resource "aws_scheduler_schedule" "s" {
         schedule_expression = "rate(5 minutes)"
         target {
           arn = aws_lambda_function.f.arn
           role_arn = "x"
           retry_policy { maximum_event_age_in_seconds = 300 }
         }
       }`,
      "aws_scheduler_schedule.s",
    );

    expect(fact.kind).toBe("scheduler");
    expect([said<unknown>(fact.target), said(fact.deadLetter), said(fact.maximumEventAgeSeconds)]).toEqual([
      { kind: "function", id: "aws_lambda_function.f" },
      undefined,
      300,
    ]);
  });

  test("each notification of a bucket, with its prefix", async () => {
    const { deliveries } = await factsOf(`${PAIR}
      resource "aws_s3_bucket" "b" {}
      resource "aws_s3_bucket_notification" "n" {
        bucket = aws_s3_bucket.b.id
        lambda_function {
          lambda_function_arn = aws_lambda_function.f.arn
          events = ["s3:ObjectCreated:*"]
          filter_prefix = "in/"
        }
        queue {
          queue_arn = aws_sqs_queue.q.arn
          events = ["s3:ObjectRemoved:*"]
        }
      }`);

    expect(
      deliveries.map(({ id, prefix, target, source }) => [
        id,
        prefix && said(prefix),
        said<unknown>(target),
        said(source),
      ]),
    ).toEqual([
      [
        "aws_s3_bucket_notification.n.lambda_function[0]",
        "in/",
        { kind: "function", id: "aws_lambda_function.f" },
        "aws_s3_bucket.b",
      ],
      [
        "aws_s3_bucket_notification.n.queue[0]",
        "",
        { kind: "queue", id: "aws_sqs_queue.q" },
        "aws_s3_bucket.b",
      ],
    ]);
  });

  test("topic rules of IoT and log filters", async () => {
    const { deliveries } = await factsOf(`${PAIR}
      resource "aws_iot_topic_rule" "r" {
        sql = "SELECT * FROM 'a'"
        lambda { function_arn = aws_lambda_function.f.arn }
        error_action { sqs { queue_url = aws_sqs_queue.q.url } }
      }
      resource "aws_cloudwatch_log_subscription_filter" "l" {
        log_group_name = "g"
        filter_pattern = ""
        destination_arn = aws_lambda_function.f.arn
      }`);

    expect(
      deliveries.map(({ kind, target, deadLetter }) => [kind, said<unknown>(target), said(deadLetter)]),
    ).toEqual([
      ["iot", { kind: "function", id: "aws_lambda_function.f" }, "aws_sqs_queue.q"],
      ["logs", { kind: "function", id: "aws_lambda_function.f" }, undefined],
    ]);
  });
});

describe("pipes", () => {
  test("source, enrichment, target and the settings of the source", async () => {
    const { pipes } = await factsOf(`${PAIR}
      resource "aws_pipes_pipe" "p" {
        source = aws_sqs_queue.q.arn
        enrichment = aws_lambda_function.f.arn
        target = aws_sfn_state_machine.s.arn
        source_parameters {
          sqs_queue_parameters {
            batch_size = 5
            maximum_batching_window_in_seconds = 20
          }
        }
      }
      resource "aws_sfn_state_machine" "s" {}`);
    const [pipe] = pipes;

    expect(pipe?.kind).toBe("sqs");
    expect(
      pipe && [
        said(pipe.source),
        said(pipe.enrichment),
        said(pipe.target),
        said(pipe.batchSize),
        said(pipe.batchingWindowSeconds),
      ],
    ).toEqual(["aws_sqs_queue.q", "aws_lambda_function.f", undefined, 5, 20]);
  });
});
