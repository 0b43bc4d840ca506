import { describe, expect, it } from "vitest";
import type { PipeFact, DeliveryFact, StreamFact } from "../../src/facts/model.ts";
import { known, unknown } from "../../src/facts/value.ts";
import { jsonReport } from "../../src/report/json.ts";
import {
  facts,
  FILE,
  functionFact,
  mappingFact,
  nothing,
  place,
  queueFact,
  report,
  rule,
  SUBJECT,
  checked,
  TOYS,
} from "./facts.ts";

interface Said {
  readonly summary: Record<string, number>;
  readonly pipelines: readonly {
    readonly facts: Record<string, Record<string, unknown>>;
    readonly [name: string]: unknown;
  }[];
  readonly findings: readonly Record<string, unknown>[];
  readonly suppressed: readonly Record<string, unknown>[];
}

function said(...args: Parameters<typeof report>): Said {
  return JSON.parse(JSON.stringify(jsonReport(report(...args)))) as Said;
}

describe("doctor --format json", () => {
  it("has the pinned shape, with a fact for each of the nine settings of an SQS pipeline", () => {
    const { summary, pipelines, findings } = said();

    expect(summary).toMatchObject({ pipelines: 1, error: 1, warning: 0, info: 0, unknown: 1, suppressed: 0 });
    expect(pipelines).toHaveLength(1);
    expect(pipelines[0]).toMatchObject({
      file: FILE,
      source: { kind: "sqs", id: "Orders" },
      function: "Worker",
      queue: "Orders",
      mapping: "Consume",
      facts: {
        timeoutSeconds: { value: 60, from: "literal" },
        visibilityTimeoutSeconds: { value: 30, from: "default" },
        batchSize: { value: 10, from: "default" },
        batchingWindowSeconds: { value: 0, from: "default" },
        reportBatchItemFailures: { value: false, from: "default" },
        fifo: { value: false, from: "default" },
        deadLetterQueue: { value: null, from: "default" },
        maxReceiveCount: { value: null, from: "default" },
        retentionSeconds: { value: 345_600, from: "default" },
      },
    });
    expect(findings).toHaveLength(2);
    expect(findings[0]).toMatchObject({
      ruleId: "DUP001",
      severity: "error",
      status: "fail",
      file: FILE,
      line: 5,
      column: 26,
      endLine: 5,
      ...SUBJECT,
      message: "A message is visible again after 30 s, while its first run may take 60 s.",
      formula: "30 < 60",
      help: "docs/rules/DUP001.md",
      fixes: [{ file: FILE, pointer: "/Resources/Orders/Properties/VisibilityTimeout", from: 30, to: 360 }],
      related: [{ file: FILE, line: 13, message: "the function's timeout" }],
      when: {},
    });
    expect(findings[1]).toMatchObject({
      ruleId: "DUP002",
      status: "unknown",
      reason: "queue is imported (Fn::ImportValue)",
      file: FILE,
      line: null,
      function: "Worker",
      queue: null,
      mapping: "Consume",
    });
  });

  it("says an unknown setting with its reason, and never its default", () => {
    const all = facts({
      queues: [],
      mappings: [mappingFact("Consume", { source: unknown("queue is imported (Fn::ImportValue)") })],
    });

    const [pipeline] = said({ facts: [all] }).pipelines;

    expect(pipeline).toMatchObject({ queue: null, source: { kind: "sqs", id: "Orders" } });
    for (const name of [
      "visibilityTimeoutSeconds",
      "fifo",
      "deadLetterQueue",
      "maxReceiveCount",
      "retentionSeconds",
    ])
      expect(pipeline?.facts[name]).toEqual({
        value: null,
        from: "unknown",
        reason: "queue is imported (Fn::ImportValue)",
      });
  });

  it("says that a reference names nothing here, when it does", () => {
    const all = facts({ mappings: [mappingFact("Consume", { function: known("Gone", "literal") })] });

    const [pipeline] = said({ facts: [all] }).pipelines;

    expect(pipeline?.["function"]).toBeNull();
    expect(pipeline?.facts["timeoutSeconds"]).toEqual({
      value: null,
      from: "unknown",
      reason: 'there is no function "Gone" here',
    });
  });

  it("gives each case of a setting its branch, and the first one's value", () => {
    const timeoutSeconds = {
      cases: [
        { when: { IsProd: "true" }, answer: { known: true, value: 30, from: "literal" } },
        { when: { IsProd: "false" }, answer: { known: false, reason: "the parameter T has no default" } },
      ],
    } as const;

    const [pipeline] = said({
      facts: [facts({ functions: [functionFact("Worker", { timeoutSeconds })] })],
    }).pipelines;

    expect(pipeline?.facts["timeoutSeconds"]).toEqual({
      value: 30,
      from: "branch",
      branches: [
        { when: { IsProd: "true" }, value: 30, from: "literal" },
        { when: { IsProd: "false" }, value: null, from: "unknown", reason: "the parameter T has no default" },
      ],
    });
  });

  it("keeps where a setting is from when all its cases are from there", () => {
    const of = (stage: string, value: number, from: "mapping" | "literal") =>
      ({ when: { Stage: stage }, answer: { known: true, value, from } }) as const;
    const batchSize = { cases: [of("dev", 5, "mapping"), of("prod", 10, "mapping")] };
    const batchingWindowSeconds = { cases: [of("dev", 5, "literal"), of("prod", 5, "literal")] };

    const all = facts({ mappings: [mappingFact("Consume", { batchSize, batchingWindowSeconds })] });
    const [pipeline] = said({ facts: [all] }).pipelines;

    expect(pipeline?.facts["batchSize"]).toMatchObject({ value: 5, from: "mapping" });
    expect(pipeline?.facts["batchSize"]?.["branches"]).toHaveLength(2);
    expect(pipeline?.facts["batchingWindowSeconds"]).toEqual({ value: 5, from: "literal" });
  });

  it("follows a reference into the worlds that it shares with the setting", () => {
    const source = {
      cases: [
        { when: { IsProd: "true" }, answer: { known: true, value: "Orders", from: "literal" } },
        { when: { IsProd: "false" }, answer: { known: true, value: "Other", from: "literal" } },
      ],
    } as const;
    const visibilityTimeoutSeconds = {
      cases: [
        { when: { IsProd: "true" }, answer: { known: true, value: 90, from: "literal" } },
        { when: { IsProd: "false" }, answer: { known: true, value: 10, from: "literal" } },
      ],
    } as const;
    const all = facts({
      queues: [queueFact("Orders", { visibilityTimeoutSeconds }), queueFact("Other")],
      mappings: [mappingFact("Consume", { source })],
    });

    const [pipeline] = said({ facts: [all] }).pipelines;

    expect(pipeline?.["queue"]).toBeNull();
    expect(pipeline?.facts["visibilityTimeoutSeconds"]?.["branches"]).toEqual([
      { when: { IsProd: "true" }, value: 90, from: "literal" },
      { when: { IsProd: "false" }, value: 30, from: "default" },
    ]);
  });

  it("has an entry for each mapping, pipe and delivery that may exist", () => {
    const pipe: PipeFact = {
      id: "Pipe",
      exists: known(true, "default"),
      kind: "sqs",
      source: known("Orders", "literal"),
      sourceName: "Orders",
      enrichment: known("Worker", "literal"),
      target: known(undefined, "default"),
      batchSize: known(1, "literal"),
      batchingWindowSeconds: known(0, "default"),
    };
    const delivery: DeliveryFact = {
      id: "Rule.Target",
      exists: unknown("its condition cannot be known"),
      kind: "eventbridge",
      asynchronous: true,
      target: known({ kind: "function", id: "Worker" }, "literal"),
      source: known("default", "default"),
      selection: known("{}", "literal"),
      deadLetter: known(undefined, "default"),
      maximumEventAgeSeconds: known(86_400, "default"),
      deduplicationId: known(undefined, "default"),
    };
    const stream: StreamFact = {
      id: "Stream",
      exists: known(true, "default"),
      kind: "kinesis",
      retentionSeconds: known(86_400, "default"),
    };
    const all = facts({
      streams: [stream],
      pipes: [pipe],
      deliveries: [delivery, { ...delivery, id: "Never", exists: known(false, "literal") }],
      mappings: [mappingFact("Read", { kind: "kinesis", source: known("Stream", "literal") })],
    });

    const { pipelines, summary } = said({ facts: [all] });

    expect(summary["pipelines"]).toBe(3);
    expect(
      pipelines.map(({ kind, mapping, source, function: name, queue }) => [
        kind,
        mapping,
        source,
        name,
        queue,
      ]),
    ).toEqual([
      ["delivery", "Rule.Target", { kind: "eventbridge", id: "default" }, "Worker", null],
      ["mapping", "Read", { kind: "kinesis", id: "Stream" }, "Worker", null],
      ["pipe", "Pipe", { kind: "sqs", id: "Orders" }, "Worker", "Orders"],
    ]);
    expect(pipelines[1]?.facts["retentionSeconds"]).toEqual({ value: 86_400, from: "default" });
    expect(pipelines[1]?.facts).not.toHaveProperty("visibilityTimeoutSeconds");
    expect(pipelines[0]?.facts["maximumRetryAttempts"]).toEqual({ value: 2, from: "default" });
    expect(pipelines[2]?.facts["reportBatchItemFailures"]).toMatchObject({ from: "unknown" });
    expect(pipelines[2]?.facts["timeoutSeconds"]).toMatchObject({
      value: null,
      reason: "it names no function",
    });
    expect(pipelines[2]?.facts["enrichmentTimeoutSeconds"]).toEqual({ value: 60, from: "literal" });
  });

  it("sorts by file, line, column and rule, however the rules came", () => {
    const at = (id: string, file: string, line: number, column = 1) =>
      rule(id, () => [{ subject: {}, status: "fail", message: id, place: place(file, line, column) }]);
    const rules = [
      at("B", "b.yaml", 1),
      at("D", "a.yaml", 9),
      at("A", "a.yaml", 9),
      at("C", "a.yaml", 10),
      at("E", "a.yaml", 9, 5),
    ];
    const order = (list: typeof rules) =>
      said({ checked: checked(list) }).findings.map(({ ruleId }) => ruleId);

    expect(order(rules)).toEqual(["A", "D", "E", "C", "B"]);
    expect(order(rules.toReversed())).toEqual(["A", "D", "E", "C", "B"]);
  });

  it("names the account, the region and the ARN of what is live", () => {
    const live = facts({
      language: "live",
      file: "123456789012/eu-west-1",
      functions: [functionFact("Worker")],
      mappings: [mappingFact("Consume")],
      queues: [
        queueFact("Orders", {
          arn: "arn:aws:sqs:eu-west-1:123456789012:Orders",
          account: "123456789012",
          region: "eu-west-1",
        }),
      ],
    });
    const rules = [rule("DUP001", () => [{ subject: SUBJECT, status: "fail", message: "short" }])];

    const [found] = said({ facts: [live], checked: checked(rules, [live]) }).findings;

    expect(found).toMatchObject({
      file: "123456789012/eu-west-1",
      line: null,
      account: "123456789012",
      region: "eu-west-1",
      arn: "arn:aws:sqs:eu-west-1:123456789012:Orders",
    });
  });

  it("keeps suppressed findings apart from those that count", () => {
    const all = checked();
    const [found] = all.findings;
    if (found === undefined) throw new Error("no finding");

    const { summary, findings, suppressed } = said({
      checked: { ...all, findings: [] },
      suppressed: [{ outcome: found, by: { kind: "comment", reason: "known", file: FILE, line: 4 } }],
    });

    expect(summary).toMatchObject({ error: 0, suppressed: 1 });
    expect(findings.map(({ ruleId }) => ruleId)).toEqual(["DUP002"]);
    expect(suppressed).toMatchObject([
      { ruleId: "DUP001", suppressed: { kind: "comment", reason: "known" } },
    ]);
  });

  it("says nothing was there, rather than nothing was wrong", () => {
    const { summary, pipelines } = said({ facts: [nothing()], checked: checked(TOYS, []) });

    expect(summary).toMatchObject({ pipelines: 0, functions: 0, files: 1 });
    expect(pipelines).toEqual([]);
  });
});
