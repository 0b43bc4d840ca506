import { describe, expect, it } from "vitest";
import { withConfigured } from "../../src/facts/code/configured.ts";
import type { IdempotencyFact } from "../../src/facts/model.ts";
import { byDefault, facts, fn, idempotency, literal } from "../rules/support.ts";
import { read } from "./support.ts";

const IMPORTS = `import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
`;
const LAYER = `const persistenceStore = new DynamoDBPersistenceLayer({ tableName: "records" });\n`;

function script(text: string, some: Parameters<typeof read>[1] = {}): readonly IdempotencyFact[] {
  return read({ "app/index.ts": text }, some).idempotency;
}

function answerOf(
  value: IdempotencyFact["recordsLastSeconds"] | IdempotencyFact["table"] | undefined,
): unknown {
  const answer = value?.cases[0]?.answer;
  return answer?.known ? answer.value : answer?.reason;
}

describe("Powertools in a script", () => {
  it("keeps records for an hour unless told otherwise", () => {
    const [found, ...more] = script(`${IMPORTS}${LAYER}
      export const handler = makeIdempotent(run, { persistenceStore });`);

    expect(more).toEqual([]);
    expect(found).toMatchObject({
      id: "F.idempotency",
      function: "F",
      library: "powertools",
      place: { file: "app/index.ts" },
      recordsLastSeconds: { cases: [{ answer: { value: 3_600, from: "default" } }] },
    });
    expect(answerOf(found?.table)).toBe("records");
  });

  it.each([
    ["a number", "900", 900],
    ["a number with underscores", "86_400", 86_400],
    ["a product", "60 * 60 * 24 * 8", 691_200],
    ["a constant of the file", "DAY", 86_400],
  ])("is told by %s", (_, text, seconds) => {
    const [found, ...more] = script(`${IMPORTS}${LAYER}const DAY = 86_400; // seconds
      const config = new IdempotencyConfig({ eventKeyJmesPath: "id", expiresAfterSeconds: ${text} /* long */ });
      export const handler = makeIdempotent(run, { persistenceStore, config });`);

    expect(more).toEqual([]);
    expect(answerOf(found?.recordsLastSeconds)).toBe(seconds);
    expect(found?.recordsLastSeconds.cases[0]?.answer).toMatchObject({ from: "literal", place: { line: 5 } });
  });

  it.each(["days(3)", "Number(process.env.TTL)", "ttl", "(1 + 2) * 60"])("is not known from %s", (text) => {
    const [found] = script(`${IMPORTS}const config = new IdempotencyConfig({ expiresAfterSeconds: ${text} });
      export const handler = makeIdempotent(run, { persistenceStore, config });`);

    expect(answerOf(found?.recordsLastSeconds)).toContain(`how long records last is ${text}`);
  });

  it.each([
    ["Number(process.env.SECONDS)", "7200", 7_200],
    ["parseInt(process.env.SECONDS ?? '60', 10)", "7200", 7_200],
    ["Number(SECONDS)", "7200", 7_200],
    ["Number(process.env.SECONDS)", "long", "how long records last is Number(process.env.SECONDS)"],
    ["Number(process.env.SECONDS)", "", "how long records last is Number(process.env.SECONDS)"],
  ])("looks %s up in the environment: %s", (text, value, expected) => {
    const [found] = script(
      `${IMPORTS}const { SECONDS } = process.env;
      const config = new IdempotencyConfig({ expiresAfterSeconds: ${text} });
      export const handler = makeIdempotent(run, { persistenceStore, config });`,
      { environment: new Map([["SECONDS", literal(value)]]) },
    );
    const answer = answerOf(found?.recordsLastSeconds);

    expect(typeof expected === "string" ? String(answer).startsWith(expected) : answer).toBe(
      typeof expected === "string" ? true : expected,
    );
  });

  it("is not known when the configuration is elsewhere", () => {
    const [found] = script(`${IMPORTS}import { config } from "config";
      export const handler = makeIdempotent(run, { persistenceStore, config });`);

    expect(answerOf(found?.recordsLastSeconds)).toContain("in code that was not read");
  });

  it("is read from a file that is imported", () => {
    const found = read({
      "app/index.ts": `${IMPORTS}import { config } from "./once";
        export const handler = makeIdempotent(run, { persistenceStore, config });`,
      "app/once.ts": `import { IdempotencyConfig } from "@aws-lambda-powertools/idempotency";
        export const config = new IdempotencyConfig({ expiresAfterSeconds: 7_200 });`,
    }).idempotency;

    expect(found.map((one) => answerOf(one.recordsLastSeconds))).toEqual([7_200]);
  });

  it("has a memory for each of two lives", () => {
    const found = script(`${IMPORTS}${LAYER}
      const config = new IdempotencyConfig({ expiresAfterSeconds: 60 });
      export const a = makeIdempotent(run, { persistenceStore, config });
      export const b = makeIdempotent(run, { persistenceStore });`);

    expect(found.map((one) => [one.id, answerOf(one.recordsLastSeconds)])).toEqual([
      ["F.idempotency", 60],
      ["F.idempotency#2", 3_600],
    ]);
  });

  it("is not there in a comment, a string or another library", () => {
    expect(script(`${IMPORTS}// makeIdempotent(run)`)).toEqual([]);
    expect(script(`${IMPORTS}const text = "makeIdempotent(run)";`)).toEqual([]);
    expect(script(`import { makeIdempotent } from "other"; makeIdempotent(run);`)).toEqual([]);
  });

  it("is there as middleware and as decorator", () => {
    expect(
      script(`import { makeHandlerIdempotent } from "@aws-lambda-powertools/idempotency/middleware";
      middy(run).use(makeHandlerIdempotent({ persistenceStore }));`),
    ).toHaveLength(1);
    expect(
      script(`import { idempotent } from "@aws-lambda-powertools/idempotency";
      class A { @idempotent({ persistenceStore }) async handler() {} }`),
    ).toHaveLength(1);
  });

  it("may write another attribute", () => {
    const [found] = script(`${IMPORTS}
      const persistenceStore = new DynamoDBPersistenceLayer({ tableName: "t", expiryAttr: "ttl" });
      export const handler = makeIdempotent(run, { persistenceStore });`);

    expect(answerOf(found?.expiryAttribute)).toBe("ttl");
  });
});

describe("a table's name", () => {
  it.each([
    ["process.env.TABLE", "T"],
    ["process.env.TABLE!", "T"],
    ["env.TABLE", "T"],
    [`process.env["TABLE"] ?? ""`, "T"],
    ["name", "T"],
    ["TABLE", "T"],
    ["other", "T"],
    ["process.env.MISSING", "the variable MISSING is not in the environment of F"],
    ["tableFor(stage)", "its name is tableFor(stage), which takes running the code to know"],
  ])("%s", (text, expected) => {
    const [found] = script(
      `${IMPORTS}const name = process.env.TABLE;\nconst { TABLE = "", OTHER: other } = process.env;
      const persistenceStore = new DynamoDBPersistenceLayer({ tableName: ${text} });
      export const handler = makeIdempotent(run, { persistenceStore });`,
      {
        environment: new Map([
          ["TABLE", literal("T")],
          ["OTHER", literal("T")],
        ]),
      },
    );

    expect(answerOf(found?.table)).toBe(expected);
  });

  it("is none in a cache", () => {
    const [found] = script(`import { CachePersistenceLayer } from "@aws-lambda-powertools/idempotency/cache";
      import { makeIdempotent } from "@aws-lambda-powertools/idempotency";
      export const handler = makeIdempotent(run, { persistenceStore: new CachePersistenceLayer({ client }) });`);

    expect(found?.table.cases[0]?.answer).toMatchObject({ known: true, value: undefined });
  });
});

describe("Powertools in Python", () => {
  const head = `import os
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent,
)
`;

  it("is read with its table and its life", () => {
    const text = `${head}
TABLE = os.environ["TABLE"]
layer = DynamoDBPersistenceLayer(table_name=TABLE, expiry_attr="ends")
config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=60 * 60)  # an hour

@idempotent(config=config, persistence_store=layer)
def lambda_handler(event, context):
    return {}
`;
    const [found] = read(
      { "app/app.py": text },
      { handler: "app.lambda_handler", environment: new Map([["TABLE", literal("T")]]) },
    ).idempotency;

    expect(found).toMatchObject({ library: "powertools" });
    expect([found?.recordsLastSeconds, found?.table, found?.expiryAttribute].map(answerOf)).toEqual([
      3_600,
      "T",
      "ends",
    ]);
  });

  it("is there by its other decorator, with the default", () => {
    const text = `from aws_lambda_powertools.utilities.idempotency import idempotent_function
@idempotent_function(data_keyword_argument="order", persistence_store=DynamoDBPersistenceLayer(table_name=os.getenv("NONE")))
def work(order): pass
`;
    const [found] = read({ "app/app.py": text }, { handler: "app.handler" }).idempotency;

    expect(answerOf(found?.recordsLastSeconds)).toBe(3_600);
  });

  it("is not the function that is called so", () => {
    const text = `import aws_lambda_powertools\ndef idempotent(x):\n    return x\n`;

    expect(read({ "app/app.py": text }, { handler: "app.handler" }).idempotency).toEqual([]);
  });
});

describe("this runtime", () => {
  const head = `import { createOnce, sqs } from "@effectively-once/runtime";\n`;

  it("keeps records for 29 days unless told otherwise", () => {
    const [found] = script(
      `${head}import { dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
      const { RECORDS = "" } = process.env;
      const once = createOnce({ store: dynamodbStore({ tableName: RECORDS, client }), namespace: "orders" });`,
      {
        environment: new Map([["RECORDS", literal("Records")]]),
      },
    );

    expect(found).toMatchObject({ library: "effectively-once" });
    expect(answerOf(found?.recordsLastSeconds)).toBe(29 * 86_400);
    expect(answerOf(found?.table)).toBe("Records");
  });

  it("is told in milliseconds", () => {
    const [found] = script(
      `${head}const once = createOnce({ store, namespace: "x", retentionMs: 2 * 86_400_000 });`,
    );

    expect(answerOf(found?.recordsLastSeconds)).toBe(172_800);
    expect(answerOf(found?.table)).toBe("the store is in code that was not read");
  });

  it("needs no table in a SQL database", () => {
    const [found] = script(`${head}import { postgresStore } from "@effectively-once/runtime/stores/postgres";
      const once = createOnce({ store: postgresStore({ pool }), namespace: "x" });`);

    expect(found?.table.cases[0]?.answer).toMatchObject({ known: true, value: undefined });
  });
});

describe("the environment", () => {
  it("names a table, and leaves open how long records last", () => {
    const [found] = script("export const handler = 1;", {
      environment: new Map([["IDEMPOTENCY_TABLE_NAME", literal("T")]]),
    });

    expect(found).toMatchObject({ function: "F", library: "unknown" });
    expect(answerOf(found?.table)).toBe("T");
    expect(answerOf(found?.recordsLastSeconds)).toContain("IDEMPOTENCY_TABLE_NAME");
  });

  it("adds nothing to what the code says, and other tables are no memory", () => {
    const environment = new Map([
      ["IDEMPOTENCY_TABLE", literal("T")],
      ["ORDERS_TABLE", literal("O")],
    ]);

    expect(script(`${IMPORTS}makeIdempotent(run, {})`, { environment })).toHaveLength(1);
    expect(script("", { environment: new Map([["ORDERS_TABLE", literal("O")]]) })).toEqual([]);
  });
});

describe("the configuration", () => {
  it("stands before what was found, and keeps what it does not say", () => {
    const found = facts({ functions: [fn()], idempotency: [idempotency()] });
    const told = withConfigured(found, [{ function: "F", recordsLastSeconds: 60 }]).idempotency;

    expect(told).toMatchObject([{ function: "F", library: "powertools" }]);
    expect(answerOf(told[0]?.recordsLastSeconds)).toBe(60);
    expect(answerOf(told[0]?.table)).toBe("T");
  });

  it("names functions by id or by name, and leaves others alone", () => {
    const some = facts({
      functions: [fn({ name: literal("orders") }), fn({ id: "G" })],
      idempotency: [idempotency({ id: "other", function: "G" })],
    });
    const told = withConfigured(some, [
      { function: "orders", recordsLastSeconds: 60, table: "T" },
    ]).idempotency;

    expect(told.map((one) => [one.function, answerOf(one.recordsLastSeconds)])).toEqual([
      ["G", 3_600],
      ["F", 60],
    ]);
    expect(withConfigured(some, [{ function: "none", recordsLastSeconds: 1 }])).toBe(some);
  });

  it("knows of no table where none is said", () => {
    const told = withConfigured(facts({ functions: [fn({ name: byDefault(undefined) })] }), [
      { function: "F", recordsLastSeconds: 60 },
    ]).idempotency;

    expect(told[0]).toMatchObject({
      library: "unknown",
      table: { cases: [{ answer: { value: undefined } }] },
    });
  });
});
