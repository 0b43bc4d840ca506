/** `setup` on Postgres and on DynamoDB Local: made, found, and what it prints run as it is. */

import { randomBytes } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { setup } from "../src/commands/setup/command.ts";
import { readYaml } from "../src/template/yaml.ts";
import { answerOf, called } from "./support.ts";

const name = (): string => `once_setup_${randomBytes(6).toString("hex")}`;

describe("setup in Postgres", () => {
  const role = name();
  const schemas: string[] = [];
  let pool: pg.Pool;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: inject("postgresUrl") });
    await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 's3cret'`);
  });
  afterAll(async () => {
    for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await pool.query(`DROP ROLE ${role}`);
    await pool.end();
  });

  function url(schema: string, user?: string): string {
    if (!schemas.includes(schema)) schemas.push(schema);
    const made = new URL(inject("postgresUrl"));
    made.searchParams.set("schema", schema);
    if (user !== undefined) [made.username, made.password] = [user, "s3cret"];
    return made.href;
  }

  it("makes schema and table, and finds them the next time", async () => {
    const schema = name();

    expect((await answerOf(setup, url(schema))).data).toMatchObject({ store: "postgres", action: "created" });
    expect((await answerOf(setup, url(schema))).data).toMatchObject({ action: "found", warnings: [] });
    await postgresStore({ pool, schema }).check();
  });

  it("D-15 · says what the role that connects may not do, although the table is there", async () => {
    const schema = name();
    await answerOf(setup, url(schema));
    await pool.query(`GRANT USAGE ON SCHEMA "${schema}" TO ${role}`);

    const { text = "", data } = await answerOf(setup, url(schema, role));

    expect(data).toMatchObject({ action: "found" });
    expect(text).toMatch(/warning: The role .* may not SELECT, INSERT, UPDATE, DELETE .* GRANT/);
    expect(text).not.toContain("s3cret");
  });

  it("D-15 · exits 2 when the role may make nothing, and names no password", async () => {
    const { code, out, err } = await called("setup", url(name(), role));

    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/Postgres/);
    expect(err).not.toContain("s3cret");
  });

  it("prints SQL that makes the same table, twice without harm", async () => {
    const schema = name();
    const { text = "" } = await answerOf(setup, url(schema), "--print", "sql");
    await pool.query(text);
    await pool.query(text);

    await postgresStore({ pool, schema }).check();
    expect((await answerOf(setup, url(schema))).data).toMatchObject({ action: "found" });
  });
});

const endpoint = inject("dynamodbUrl");

describe.skipIf(endpoint === undefined)("setup in DynamoDB", () => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: endpoint ?? "", region: "eu-west-1", credentials });
  afterAll(() => client.destroy());
  const url = (table: string): string => `dynamodb://${table}?region=eu-west-1&endpoint=${endpoint ?? ""}`;

  it("makes the table with its time to live, and finds it the next time", async () => {
    const table = name();

    expect((await answerOf(setup, url(table))).data).toMatchObject({ store: "dynamodb", action: "created" });
    expect((await answerOf(setup, url(table))).data).toMatchObject({ action: "found", warnings: [] });
    await dynamodbStore({ tableName: table, client }).check();
  });

  it("switches on what a table lacks", async () => {
    const table = name();
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );

    expect((await answerOf(setup, url(table))).data).toMatchObject({ action: "updated", warnings: [] });
  });

  it("D-15 · exits 2 for a table with another key", async () => {
    const table = name();
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );

    const { code, err } = await called("setup", url(table));

    expect(code).toBe(2);
    expect(err).toMatch(/its key is "pk", and must be "id"/);
  });

  it("prints a CloudFormation table that the store accepts", async () => {
    const table = name();
    const { text = "" } = await answerOf(setup, url(table), "--print", "cloudformation");
    const { Resources } = readYaml(text, "x") as {
      Resources: { OnceRecords: { Properties: Record<string, never> } };
    };
    // DynamoDB Local does not know the rest.
    const {
      TimeToLiveSpecification,
      DeletionProtectionEnabled: _,
      ...properties
    } = Resources.OnceRecords.Properties;
    await client.send(new CreateTableCommand(properties as never));
    await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));

    await dynamodbStore({ tableName: table, client }).check();
  });
});
