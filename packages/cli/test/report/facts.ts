/** Facts and rules for tests of what comes after the rules: a queue, a function, a mapping between them. */

import type { Facts, FunctionFact, MappingFact, QueueFact } from "../../src/facts/model.ts";
import { known, type Place } from "../../src/facts/value.ts";
import { type Checked, checkAll, type Finding } from "../../src/rules/check-all.ts";
import type { Outcome, Rule } from "../../src/rules/rule.ts";
import type { Report } from "../../src/report/report.ts";

export function place(file: string, line: number, column = 1, more: Partial<Place> = {}): Place {
  return { file, line, column, endLine: line, endColumn: column + 2, ...more };
}

export function queueFact(id: string, more: Partial<QueueFact> = {}): QueueFact {
  return {
    id,
    exists: known(true, "default"),
    name: known(undefined, "default"),
    visibilityTimeoutSeconds: known(30, "default"),
    retentionSeconds: known(345_600, "default"),
    delaySeconds: known(0, "default"),
    fifo: known(false, "default"),
    contentBasedDeduplication: known(false, "default"),
    deadLetterQueue: known(undefined, "default"),
    maxReceiveCount: known(undefined, "default"),
    ...more,
  };
}

export function functionFact(id: string, more: Partial<FunctionFact> = {}): FunctionFact {
  return {
    id,
    exists: known(true, "default"),
    name: known(undefined, "default"),
    timeoutSeconds: known(60, "literal"),
    reservedConcurrency: known(undefined, "default"),
    deadLetter: known(undefined, "default"),
    async: {
      configured: known(false, "default"),
      maximumRetryAttempts: known(2, "default"),
      maximumEventAgeSeconds: known(21_600, "default"),
      onFailure: known(undefined, "default"),
    },
    environment: new Map(),
    ...more,
  };
}

export function mappingFact(id: string, more: Partial<MappingFact> = {}): MappingFact {
  return {
    id,
    kind: "sqs",
    exists: known(true, "default"),
    function: known("Worker", "literal"),
    source: known("Orders", "literal"),
    sourceName: "Orders",
    batchSize: known(10, "default"),
    batchingWindowSeconds: known(0, "default"),
    reportBatchItemFailures: known(false, "default"),
    enabled: known(true, "default"),
    maximumConcurrency: known(undefined, "default"),
    onFailure: known(undefined, "default"),
    filters: known(false, "default"),
    maximumRetryAttempts: known(-1, "default"),
    maximumRecordAgeSeconds: known(-1, "default"),
    bisectBatchOnFunctionError: known(false, "default"),
    ...more,
  };
}

export const FILE = "template.yaml";

export function facts(more: Partial<Facts> = {}): Facts {
  return {
    language: "cloudformation",
    file: FILE,
    functions: [functionFact("Worker", { place: place(FILE, 10) })],
    queues: [queueFact("Orders", { place: place(FILE, 2) })],
    streams: [],
    mappings: [mappingFact("Consume", { place: place(FILE, 20) })],
    pipes: [],
    deliveries: [],
    tables: [],
    idempotency: [],
    signs: [],
    gaps: [],
    ...more,
  };
}

export function nothing(more: Partial<Facts> = {}): Facts {
  return facts({ functions: [], queues: [], mappings: [], ...more });
}

export function rule(
  id: string,
  outcomes: (facts: Facts) => readonly Outcome[],
  more: Partial<Rule> = {},
): Rule {
  return {
    id,
    name: `rule-${id.toLowerCase()}`,
    title: `Fires as ${id}`,
    severity: { minimal: "error", recommended: "error", strict: "error" },
    why: "The message is handled twice.",
    fix: "Raise the visibility timeout.",
    check: outcomes,
    ...more,
  };
}

export const SUBJECT = { queue: "Orders", function: "Worker", mapping: "Consume" };

/** `DUP001` fails with all that a finding can carry, `DUP002` cannot tell, `DUP003` is well. */
export const TOYS: readonly Rule[] = [
  rule("DUP001", () => [
    {
      subject: SUBJECT,
      status: "fail",
      message: "A message is visible again after 30 s, while its first run may take 60 s.",
      formula: "30 < 60",
      place: place(FILE, 5, 26),
      related: [{ place: place(FILE, 13, 16), message: "the function's timeout" }],
      fixes: [{ file: FILE, pointer: "/Resources/Orders/Properties/VisibilityTimeout", from: 30, to: 360 }],
      timeline: [
        { label: "invisible", fromSeconds: 0, toSeconds: 30 },
        { label: "first run", fromSeconds: 0, toSeconds: 60 },
        { label: "second run", fromSeconds: 30, toSeconds: 90 },
      ],
    },
  ]),
  rule("DUP002", () => [
    {
      subject: { function: "Worker", mapping: "Consume" },
      status: "unknown",
      reason: "queue is imported (Fn::ImportValue)",
    },
  ]),
  rule("DUP003", () => [{ subject: SUBJECT, status: "pass" }], {
    severity: { minimal: "off", recommended: "warning", strict: "error" },
  }),
];

export function checked(rules: readonly Rule[] = TOYS, all: readonly Facts[] = [facts()]): Checked {
  return checkAll(rules, all, "recommended");
}

export function report(more: Partial<Report> = {}): Report {
  const all = more.facts ?? [facts()];
  return {
    version: "0.1.0",
    profile: "recommended",
    facts: all,
    checked: checked(TOYS, all),
    suppressed: [],
    unusedSuppressions: [],
    problems: [],
    ...more,
  };
}

/** One finding of a rule, for what asks for findings only. */
export function finding(
  id: string,
  more: Partial<Extract<Outcome, { status: "fail" }>> = {},
  about: Facts = facts(),
): Finding {
  const outcome: Outcome = { subject: SUBJECT, status: "fail", message: `${id} fires.`, ...more };
  const [found] = checkAll([rule(id, () => [outcome])], [about], "recommended").findings;
  if (found === undefined) throw new Error("the rule has no finding");
  return found;
}

export const TEMPLATE = `Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30 # short
      QueueName: orders


  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Timeout: 60
`;
