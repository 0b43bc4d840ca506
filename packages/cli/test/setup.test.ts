/** `setup`: what it makes in SQLite, and that a validator accepts all that it prints. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { dynamodbSchema } from "@effectively-once/runtime/schema";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setup } from "../src/commands/setup/command.ts";
import { readYaml } from "../src/template/yaml.ts";
import { answerOf, effectivelyOnce } from "./support.ts";
import { templateProblems } from "./validators/cloudformation.ts";
import { policyProblems } from "./validators/iam.ts";
import { parseHcl, terraformProblems } from "./validators/terraform.ts";

const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders.fifo";
const OWN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";
const TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/once-records";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-setup-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function printed(...args: readonly string[]): Promise<string> {
  return (await answerOf(setup, ...args)).text ?? "";
}

describe("setup", () => {
  it("makes the table, says so, and finds it the next time", async () => {
    const first = await effectivelyOnce(["setup", "sqlite:./made.db"], {}, folder).ended;
    const again = await effectivelyOnce(["setup", "sqlite:./made.db", "--json"], {}, folder).ended;

    expect(first).toMatchObject({
      code: 0,
      out: "sqlite:./made.db: the table of records was created\n",
      err: "",
    });
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toEqual({
      schemaVersion: 1,
      store: "sqlite",
      storeUrl: "sqlite:./made.db",
      action: "found",
      warnings: [],
    });
    await sqliteStore({ path: join(folder, "made.db") }).check();
  });

  it.each([
    ["no store URL", [], /needs a store URL/],
    ["an option of printing", ["sqlite:x.db", "--role", "setup"], /--role is for --print/],
    [
      "another print",
      ["sqlite:x.db", "--print", "cdk"],
      /--print is one of sql, cloudformation, terraform, iam; got "cdk"/,
    ],
    ["SQL of DynamoDB", ["dynamodb://once", "--print", "sql"], /DynamoDB has no SQL/],
    ["a template of SQLite", ["sqlite:x.db", "--print", "terraform"], /is for dynamodb:\/\/<table>/],
    [
      "a queue's URL",
      ["dynamodb://once", "--print", "iam", "--queue-arn", "https://sqs"],
      /--queue-arn is a queue's ARN/,
    ],
    [
      "a table's ARN for a template",
      ["dynamodb://once", "--print", "terraform", "--table-arn", TABLE],
      /--table-arn is for --print iam/,
    ],
    ["a role in SQLite", ["sqlite:x.db", "--print", "iam", "--role", "setup"], /the database's own matter/],
  ])("refuses %s with a sentence", async (_, args, sentence) => {
    await expect(answerOf(setup, ...args)).rejects.toThrow(sentence);
  });
});

describe("--print sql", () => {
  it("prints what makes the store's table in SQLite, and can be run again", async () => {
    const path = join(folder, "printed.db");
    const sql = await printed("sqlite:ignored.db?table=my%20records", "--print", "sql");
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.exec(sql);
    db.close();

    await sqliteStore({ path, table: "my records" }).check();
    await expect(sqliteStore({ path }).check()).rejects.toThrow(/no table of records/);
  });
});

describe("--print cloudformation", () => {
  const variants: readonly (readonly string[])[] = [
    [],
    ["--deletion-protection", "--queue-arn", QUEUE, "--own-table-arn", OWN],
  ];
  it.each(variants)("prints a template that AWS's schemas accept (%#)", async (...args) => {
    const template = readYaml(
      await printed("dynamodb://once-records", "--print", "cloudformation", ...args),
      "x",
    ) as {
      Resources: { OncePolicy: { Properties: { PolicyDocument: unknown } } };
    };

    expect(templateProblems(template)).toEqual([]);
    const kindOf = (resource: unknown): string | undefined =>
      JSON.stringify(resource) === '{"Ref":"QueueArns"}'
        ? QUEUE
        : JSON.stringify(resource).includes("Arn")
          ? TABLE
          : undefined;
    expect(await policyProblems(template.Resources.OncePolicy.Properties.PolicyDocument, kindOf)).toEqual([]);
  });

  it("carries the schema that the store wants, and what was asked for", async () => {
    const args = [
      "--print",
      "cloudformation",
      "--deletion-protection",
      "--queue-arn",
      QUEUE,
      "--queue-arn",
      QUEUE,
    ];
    const template = readYaml(await printed("dynamodb://once-records", ...args), "x");

    expect(template).toMatchObject({
      Parameters: { QueueArns: { Default: `${QUEUE},${QUEUE}` } },
      Resources: {
        OnceRecords: {
          Properties: {
            TableName: "once-records",
            BillingMode: "PAY_PER_REQUEST",
            DeletionProtectionEnabled: true,
            TimeToLiveSpecification: { AttributeName: dynamodbSchema.ttlAttribute, Enabled: true },
          },
        },
      },
    });
  });

  it.each([
    ["a property that is misspelt", "BillingMode:", "BilingMode:", /BilingMode is no property/],
    [
      "a type that there is not",
      "AWS::DynamoDB::Table",
      "AWS::DynamoDB::Tabel",
      /no type AWS::DynamoDB::Tabel/,
    ],
    [
      "a required property left out",
      "AttributeName: expires_at_seconds",
      "AttributeNames: x",
      /is no property|lacks/,
    ],
    ["a value of another type", "Enabled: true", "Enabled: soon", /Enabled is no boolean/],
    ["a reference to nothing", "!Ref OncePolicy", "!Ref OncePolice", /nothing is named OncePolice/],
    [
      "an attribute that there is not",
      "!GetAtt OnceRecords.Arn",
      "!GetAtt OnceRecords.Am",
      /no attribute Am/,
    ],
  ])("would not pass with %s", async (_, right, wrong, sentence) => {
    const text = await printed("dynamodb://once-records", "--print", "cloudformation");
    expect(text).toContain(right);

    expect(templateProblems(readYaml(text.replace(right, wrong), "x")).join("\n")).toMatch(sentence);
  });
});

describe("--print iam", () => {
  it.each(["handler", "setup", "operator"])(
    "prints a policy of actions that exist, for the %s",
    async (role) => {
      const args = ["--table-arn", TABLE, "--queue-arn", QUEUE, "--own-table-arn", OWN, "--role", role];
      const policy = JSON.parse(await printed("dynamodb://once-records", "--print", "iam", ...args)) as {
        Statement: { Action: string[] }[];
      };

      expect(await policyProblems(policy)).toEqual([]);
      const actions = policy.Statement.flatMap(({ Action }) => Action);
      expect(actions.some((action) => action.includes("PartiQL"))).toBe(role !== "setup");
      expect(actions.includes("sqs:ChangeMessageVisibility")).toBe(role === "handler");
      expect(actions.includes("sqs:DeleteMessage")).toBe(role === "handler");
    },
  );

  it("names all that the store's own schema names for a handler", async () => {
    const policy = await printed("dynamodb://once-records", "--print", "iam", "--table-arn", TABLE);

    for (const action of [...dynamodbSchema.actions.handler, ...dynamodbSchema.actions.transactions])
      expect(policy).toContain(`"${action}"`);
  });

  it("says on stderr which placeholders are left, and is JSON all the same", async () => {
    const run = effectivelyOnce(["setup", "dynamodb://once?region=eu-west-1", "--print", "iam"]);
    const { code, out, err } = await run.ended;

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      Statement: [{ Resource: ["arn:aws:dynamodb:eu-west-1:ACCOUNT_ID:table/once"] }, {}],
    });
    expect(err).toMatch(/Replace ACCOUNT_ID, QUEUE_NAME/);
  });

  it("has only the queue's part for a store in SQL", async () => {
    const policy = JSON.parse(await printed("postgres://h/d", "--print", "iam", "--queue-arn", QUEUE)) as {
      Statement: { Sid: string }[];
    };

    expect(policy.Statement.map(({ Sid }) => Sid)).toEqual(["OnceQueues"]);
    expect(await policyProblems(policy)).toEqual([]);
  });

  it.each([
    ["dynamodb:PartiQLInsert", "dynamodb:PartiQLInserts", /no action dynamodb:PartiQLInserts/],
    ["dynamodb:PartiQLInsert", "dynamodb:ListTables", /ListTables is not for arn/],
    ["sqs:DeleteMessage", "sqs:DeleteMessageBatch", /no action sqs:DeleteMessageBatch/],
    ["2012-10-17", "2012-10-18", /the Version is/],
  ])("would not pass with %s changed to %s", async (right, wrong, sentence) => {
    const args = ["--table-arn", TABLE, "--queue-arn", QUEUE];
    const text = (await printed("dynamodb://once-records", "--print", "iam", ...args)).replace(right, wrong);

    expect((await policyProblems(JSON.parse(text))).join("\n")).toMatch(sentence);
  });
});

describe("--print terraform", () => {
  const variants: readonly (readonly string[])[] = [
    [],
    ["--deletion-protection", "--queue-arn", QUEUE, "--own-table-arn", OWN],
  ];
  it.each(variants)(
    "prints what HashiCorp's parser and the provider's documentation accept (%#)",
    async (...args) => {
      const text = await printed("dynamodb://once-records", "--print", "terraform", ...args);

      expect(terraformProblems(text)).toEqual([]);
    },
  );

  it("allows what the printed IAM policy allows", async () => {
    const args = ["--queue-arn", QUEUE, "--own-table-arn", OWN];
    const iam = JSON.parse(
      await printed("dynamodb://once-records", "--print", "iam", "--table-arn", TABLE, ...args),
    ) as { Statement: { Sid: string; Action: string[] }[] };
    const hcl = parseHcl(await printed("dynamodb://once-records", "--print", "terraform", ...args)) as {
      data: { aws_iam_policy_document: { once: { statement: { sid: string; actions: string[] }[] }[] } };
    };

    expect(
      hcl.data.aws_iam_policy_document.once[0]?.statement.map(({ sid, actions }) => [sid, actions]),
    ).toEqual(iam.Statement.map(({ Sid, Action }) => [Sid, Action]));
  });

  it.each([
    ["hash_key ", "hash_keys ", /no argument hash_keys/],
    ["enabled        = true", 'enabled        = "yes"', /enabled is no boolean/],
    ['aws_iam_policy" "once', 'aws_iam_police" "once', /not documented here/],
  ])("would not pass with %s changed to %s", async (right, wrong, sentence) => {
    const text = await printed("dynamodb://once-records", "--print", "terraform");
    expect(text).toContain(right);

    expect(terraformProblems(text.replace(right, wrong)).join("\n")).toMatch(sentence);
  });

  it("would not pass with a brace left out", async () => {
    const text = await printed("dynamodb://once-records", "--print", "terraform");

    expect(() => terraformProblems(text.replace("}", ""))).toThrow(/refuses/);
  });
});
