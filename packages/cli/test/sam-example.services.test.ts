/** examples/orders-sam: its template names what the runtime needs, and its handler runs under `dev` as its README says. */

import { CreateTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { dynamodbSchema } from "@effectively-once/runtime/schema";
import { dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
import { describe, expect, inject, it } from "vitest";
import { QUEUE_ACTIONS, recordActions } from "../src/commands/setup/policy.ts";
import { functionIn } from "../src/commands/dev/template.ts";
import { readYaml } from "../src/template/yaml.ts";
import { effectivelyOnce } from "./support.ts";
import { templateProblems } from "./validators/cloudformation.ts";

const example = join(import.meta.dirname, "../../../examples/orders-sam");
const path = join(example, "template.yaml");
interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, never>;
}
const { Resources } = readYaml(readFileSync(path, "utf8"), path) as {
  readonly Resources: Readonly<Record<string, Resource>>;
};

describe("the SAM example's template", () => {
  it("is what AWS's resource specification takes, but for the event, of which it knows only older properties", () => {
    const template = readYaml(readFileSync(path, "utf8"), path);
    const problems = templateProblems(template).filter(
      (problem) => !/^Resources\.OrdersFunction\.Properties\.Events\.Orders\.Properties\b/.test(problem),
    );
    expect(problems).toEqual([]);
  });

  it("grants what the runtime asks for, and nothing else", () => {
    const statements = Resources["OrdersFunction"]?.Properties as unknown as {
      Policies: readonly { Statement: readonly { Sid: string; Action: readonly string[] }[] }[];
    };
    const granted = statements.Policies[0]?.Statement ?? [];
    const actions = (sid: string) => granted.find(({ Sid }) => Sid === sid)?.Action.toSorted();
    expect(actions("OnceRecords")).toEqual(recordActions("handler"));
    expect(actions("OnceQueues")).toEqual([...QUEUE_ACTIONS].toSorted());
    const ttl = Resources["OnceRecords"]?.Properties as unknown as {
      TimeToLiveSpecification: { AttributeName: string };
    };
    expect(ttl.TimeToLiveSpecification.AttributeName).toBe(dynamodbSchema.ttlAttribute);
  });

  it("keeps the inequalities that its README names", () => {
    const found = functionIn(path, undefined);
    expect(found).toMatchObject({ timeoutSeconds: 30, visibilityTimeoutSeconds: 180, maxReceiveCount: 5 });
    expect(found.reportBatchItemFailures).toBe(true);
    expect(found.handler).toMatch(/src\/orders\.ts#handler$/);
    // No handler that Lambda would not find, and nothing that only a deployment knows, but what the README names.
    expect(found.notes.filter((note) => !/environment variable/.test(note))).toEqual([]);
  });
});

const endpoint = inject("dynamodbUrl");

describe("the SAM example's function", () => {
  it("A-04 · runs under dev: an order that is sent twice is charged once and written down once", async () => {
    const name = `orders-${randomBytes(4).toString("hex")}`;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
    await dynamodbStore({ tableName: `${name}-records`, client }).setup();
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    const charges: unknown[] = [];
    const payments = createServer((request, response) => {
      charges.push(request.headers["idempotency-key"]);
      request.resume();
      response.end(JSON.stringify({ id: `charge-${charges.length}` }));
    });
    await new Promise<void>((resolve) => payments.listen(0, "127.0.0.1", resolve));
    const { out, err, code } = await effectivelyOnce(
      ["dev", "--template", path, "--send", join(example, "events/orders.jsonl"), "--once", "--json"],
      {
        RECORDS_TABLE: `${name}-records`,
        ORDERS_TABLE: name,
        PAYMENTS_URL: `http://127.0.0.1:${(payments.address() as AddressInfo).port}`,
        AWS_ENDPOINT_URL_DYNAMODB: endpoint ?? "",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
      },
    ).ended;
    payments.close();
    const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
    client.destroy();

    const verdicts = out
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
    expect(err).not.toMatch(/does not load/);
    expect(verdicts.toSorted()).toEqual(["duplicate", "first", "first"]);
    expect(charges).toHaveLength(2);
    expect(Items.map(({ id }) => id?.S).toSorted()).toEqual(["order-1", "order-2"]);
    expect(code).toBe(0);
  });
});
