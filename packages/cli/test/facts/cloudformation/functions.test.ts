import { describe, expect, test } from "vitest";
import { one, read, told } from "./support.ts";

test("what a function does not set is Lambda's default", () => {
  const { functions } = read(
    "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: a.b } } }",
  );

  const fn = one(functions, "F");
  expect(told(fn.timeoutSeconds)).toBe("3 default");
  expect(told(fn.reservedConcurrency)).toBe("undefined default");
  expect(told(fn.deadLetter)).toBe("undefined default");
  expect(told(fn.name)).toBe("undefined default");
  expect(told(fn.async.configured)).toBe("false default");
  expect(told(fn.async.maximumRetryAttempts)).toBe("2 default");
  expect(told(fn.async.maximumEventAgeSeconds)).toBe("21600 default");
  expect(told(fn.async.onFailure)).toBe("undefined default");
  expect(fn.code).toBeUndefined();
});

test("what a function sets is read", () => {
  const { functions } = read(`
Resources:
  D: { Type: AWS::SQS::Queue }
  F:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Timeout: "60"
      ReservedConcurrentExecutions: 0
      DeadLetterConfig: { TargetArn: !GetAtt D.Arn }
      Environment: { Variables: { A: "1", B: !Ref D, "a.b": c } }
`);

  const fn = one(functions, "F");
  expect(told(fn.name)).toBe("orders literal");
  expect(told(fn.timeoutSeconds)).toBe("60 literal");
  expect(told(fn.reservedConcurrency)).toBe("0 literal");
  expect(told(fn.deadLetter)).toBe("D literal");
  expect([...fn.environment].map(([name, value]) => `${name} ${told(value)}`)).toEqual([
    "A 1 literal",
    "B unknown, B is the name of D, which only a deployment knows",
    "a.b c literal",
  ]);
});

describe("asynchronous calls", () => {
  const template = (configs: string, callers: string): string => `
Resources:
  D: { Type: AWS::SQS::Queue }
  F: { Type: AWS::Lambda::Function }
  A: { Type: AWS::Lambda::Alias, Properties: { FunctionName: !Ref F, Name: live, FunctionVersion: "1" } }
${configs}
${callers}`;
  const config = (id: string, qualifier: string, retries: number): string =>
    `  ${id}: { Type: AWS::Lambda::EventInvokeConfig, Properties: { FunctionName: !Ref F, Qualifier: ${qualifier}, MaximumRetryAttempts: ${retries}, DestinationConfig: { OnFailure: { Destination: !GetAtt D.Arn } } } }`;
  const caller = (id: string, arn: string): string =>
    `  ${id}: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 day), Targets: [{ Id: a, Arn: ${arn} }] } }`;

  test("are configured by a resource of its own", () => {
    const facts = read(template(config("C", "$LATEST", 0), caller("R", "!GetAtt F.Arn")));

    const { async } = one(facts.functions, "F");
    expect(told(async.configured)).toBe("true literal");
    expect(told(async.maximumRetryAttempts)).toBe("0 literal");
    expect(told(async.maximumEventAgeSeconds)).toBe("21600 default");
    expect(told(async.onFailure)).toBe("D literal");
  });

  test("of an alias are configured at the alias", () => {
    const both = `${config("C", "$LATEST", 0)}\n${config("E", "live", 1)}`;

    expect(
      told(one(read(template(both, caller("R", "!Ref A"))).functions, "F").async.maximumRetryAttempts),
    ).toBe("1 literal");
    expect(
      told(one(read(template(both, caller("R", "!GetAtt F.Arn"))).functions, "F").async.maximumRetryAttempts),
    ).toBe("0 literal");
  });

  test("are not configured by what stands at an alias that nothing calls", () => {
    const facts = read(template(config("E", "live", 1), caller("R", "!GetAtt F.Arn")));

    expect(told(one(facts.functions, "F").async.configured)).toBe("false default");
  });

  test("under several names that are configured apart are not known", () => {
    const facts = read(
      template(config("E", "live", 1), `${caller("R", "!Ref A")}\n${caller("S", "!GetAtt F.Arn")}`),
    );

    expect(told(one(facts.functions, "F").async.maximumRetryAttempts)).toBe(
      "unknown, MaximumRetryAttempts differs: F is called as live and as $LATEST, which are configured apart",
    );
  });

  test("that nothing of the template makes are as the only configuration says", () => {
    expect(
      told(one(read(template(config("E", "live", 1), "")).functions, "F").async.maximumRetryAttempts),
    ).toBe("1 literal");
  });

  test("of a SAM function with an alias come through that alias", () => {
    const facts = read(`
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      EventInvokeConfig: { MaximumRetryAttempts: 1 }
      Events: { E: { Type: Schedule, Properties: { Schedule: rate(1 day) } } }
`);

    expect(told(one(facts.functions, "F").async.maximumRetryAttempts)).toBe("1 literal");
  });

  test("are configured in one world only, when the configuration has a condition", () => {
    const facts = read(`Conditions: { Big: !Equals [!ImportValue A, b] }
${template("  C: { Type: AWS::Lambda::EventInvokeConfig, Condition: Big, Properties: { FunctionName: !Ref F, Qualifier: $LATEST, MaximumRetryAttempts: 0 } }", caller("R", "!GetAtt F.Arn"))}`);

    expect(told(one(facts.functions, "F").async.maximumRetryAttempts)).toBe(
      "Big=true: 0 literal | Big=false: 2 default",
    );
  });

  test("are sent on to where its success goes", () => {
    const facts = read(`
Resources:
  F: { Type: AWS::Lambda::Function }
  G: { Type: AWS::Lambda::Function }
  C: { Type: AWS::Lambda::EventInvokeConfig, Properties: { FunctionName: !Ref F, Qualifier: $LATEST, DestinationConfig: { OnSuccess: { Destination: !GetAtt G.Arn } } } }
`);

    const delivery = one(facts.deliveries, "C.OnSuccess");
    expect(delivery.kind).toBe("function");
    expect(told(delivery.source)).toBe("F literal");
    expect(told(delivery.target)).toBe('{"kind":"function","id":"G"} literal');
  });
});

describe("code", () => {
  const sam = (properties: string, more = ""): string =>
    `Transform: AWS::Serverless-2016-10-31\nResources:\n  F: { Type: AWS::Serverless::Function, Properties: { ${properties} }${more} }`;

  test("lies where CodeUri says, when it is on the disk", () => {
    const { functions } = read(
      sam("CodeUri: src/, Handler: orders.handler"),
      { "app/src/orders.ts": "" },
      "app/template.yaml",
    );

    expect(one(functions, "F").code).toEqual({ root: "app/src", handler: "orders.handler" });
  });

  test("is not guessed when it is not there, or in a bucket", () => {
    expect(one(read(sam("CodeUri: src/, Handler: a.b")).functions, "F").code).toBeUndefined();
    expect(one(read(sam("CodeUri: 's3://b/k', Handler: a.b")).functions, "F").code).toBeUndefined();
  });

  test("of esbuild is its entry point", () => {
    const metadata =
      ", Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [src/orders.ts] } }";

    expect(
      one(read(sam("CodeUri: ., Handler: orders.handler", metadata), { "src/orders.ts": "" }).functions, "F")
        .code?.handler,
    ).toBe("src/orders.handler");
  });
});

describe("memory of what was done", () => {
  const table =
    "  Idempotency: { Type: AWS::DynamoDB::Table, Properties: { TableName: seen, KeySchema: [{ AttributeName: id, KeyType: HASH }] } }\n  Other: { Type: AWS::DynamoDB::Table }\n";
  const fn = (variables: string): string =>
    `Resources:\n${table}  F: { Type: AWS::Lambda::Function, Properties: { Environment: { Variables: { ${variables} } } } }`;

  test.each([
    ["POWERTOOLS_SERVICE_NAME: a, IDEMPOTENCY_TABLE: !Ref Idempotency", "powertools", "Idempotency literal"],
    ["IDEMPOTENCY_TABLE_NAME: !Ref Other", "unknown", "Other literal"],
    ["IDEMPOTENCY_TABLE: seen", "unknown", "Idempotency literal"],
    ["IDEMPOTENCY_TABLE: elsewhere", "unknown", "elsewhere literal"],
    ["TABLE: !Ref Idempotency, POWERTOOLS_LOG_LEVEL: INFO", "powertools", "Idempotency literal"],
  ])("is seen in %s", (variables, library, named) => {
    const { idempotency } = read(fn(variables));

    const fact = one(idempotency, "F.Idempotency");
    expect(fact.function).toBe("F");
    expect(fact.library).toBe(library);
    expect(told(fact.table)).toBe(named);
    expect(told(fact.recordsLastSeconds)).toBe("unknown, how long its records last is set in its code");
  });

  test.each([
    "TABLE: !Ref Other",
    "POWERTOOLS_IDEMPOTENCY_DISABLED: '1'",
    "IDEMPOTENCY_A: !Ref Idempotency, IDEMPOTENCY_B: !Ref Other",
  ])("is not guessed from %s", (variables) => {
    expect(read(fn(variables)).idempotency).toEqual([]);
  });
});
