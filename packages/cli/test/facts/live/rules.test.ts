/** All rules over a live reading: an account is judged as a template is, and by what was seen of it besides. */

import { describe, expect, it } from "vitest";
import { SQS_RULES } from "../../../src/rules/catalogue-sqs.ts";
import { checkAll } from "../../../src/rules/check-all.ts";
import { LIVE_RULES } from "../../../src/rules/live/rules.ts";
import { type Account, functionArn, lambdaFunction, mapping, ordinary, queue, queueArn } from "./account.ts";
import { failure, type Intercept } from "./server.ts";
import { read } from "./support.ts";

async function judged(account: Account, intercept?: Intercept) {
  const { facts } = await read(account, intercept === undefined ? {} : { intercept });
  const { findings, unknown } = checkAll([...SQS_RULES, ...LIVE_RULES], facts, "recommended");
  return {
    findings: findings.map(({ rule, severity }) => `${rule.id} ${severity}`).toSorted(),
    unknown: unknown.map(({ rule, reason }) => `${rule.id} ${reason}`).toSorted(),
  };
}

const sound = ordinary({
  functions: [lambdaFunction("orders")],
  mappings: [mapping("orders", "orders", { FunctionResponseTypes: ["ReportBatchItemFailures"] })],
});

describe("an account", () => {
  it("that is sound has no findings", async () => {
    expect((await judged(sound)).findings).toEqual([]);
  });

  it("whose timeout was raised after its mapping was made has what Lambda would have refused", async () => {
    const raised = { ...sound, functions: [lambdaFunction("orders", { Timeout: 200 })] };

    expect((await judged(raised)).findings).toEqual(["DUP001 error"]);
  });

  it("whose alias calls a version with a longer timeout has it too", async () => {
    const { findings } = await judged({
      ...sound,
      mappings: [
        mapping("orders", "orders", {
          FunctionArn: functionArn("orders:live"),
          FunctionResponseTypes: ["ReportBatchItemFailures"],
        }),
      ],
      aliases: {
        orders: [
          { Name: "live", FunctionVersion: "3", RoutingConfig: { AdditionalVersionWeights: { 4: 0.1 } } },
        ],
      },
      versions: {
        "orders:3": lambdaFunction("orders", { Version: "3" }),
        "orders:4": lambdaFunction("orders", { Version: "4", Timeout: 300 }),
      },
    });

    expect(findings).toEqual(["DUP001 error"]);
  });

  it("that has seen trouble says so", async () => {
    const { findings } = await judged({
      ...sound,
      queues: {
        ...sound.queues,
        "orders-dlq": queue("orders-dlq", {
          MessageRetentionPeriod: "1209600",
          ApproximateNumberOfMessages: "4",
        }),
      },
      metrics: {
        "Duration Maximum orders": [181_000],
        "Duration p99 orders": [150_000],
        "Throttles Sum orders": [9],
        "NumberOfMessagesReceived Sum orders": [130],
        "NumberOfMessagesDeleted Sum orders": [100],
        "ApproximateAgeOfOldestMessage Maximum orders": [330_000],
      },
    });

    expect(findings).toEqual([
      "LIV001 error",
      "LIV002 warning",
      "LIV003 error",
      "LIV004 warning",
      "LIV005 warning",
    ]);
  });

  it("whose queue is in another account has open questions, and no findings", async () => {
    const { findings, unknown } = await judged({
      ...sound,
      mappings: [
        mapping("x", "orders", {
          EventSourceArn: "arn:aws:sqs:eu-west-1:999999999999:shared",
          FunctionResponseTypes: ["ReportBatchItemFailures"],
        }),
      ],
      metrics: { "Duration Maximum orders": [500] },
    });

    expect(findings).toEqual([]);
    expect(unknown).toContain("DUP001 it is in another account (999999999999)");
    expect(unknown).toContain("LIV001 it is in another account (999999999999)");
  });

  it("whose metrics are refused has open questions about them alone", async () => {
    const { findings, unknown } = await judged(sound, ({ action }) =>
      action === "cloudwatch:GetMetricData"
        ? failure(403, "AccessDeniedException", "not authorized to perform: cloudwatch:GetMetricData")
        : undefined,
    );

    expect(findings).toEqual([]);
    expect(unknown).toEqual(
      ["LIV001", "LIV002", "LIV003", "LIV005"].map((id) => `${id} not allowed: cloudwatch:GetMetricData`),
    );
  });

  it("does not conclude from triggers that it cannot see", async () => {
    const { findings, unknown } = await judged({
      ...sound,
      functions: [lambdaFunction("orders", { DeadLetterConfig: { TargetArn: queueArn("orders-dlq") } })],
    });

    expect(findings).toEqual([]);
    expect(unknown).toEqual(["LOSS006 asynchronous triggers are not seen in an account"]);
  });
});
