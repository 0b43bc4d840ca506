import { describe, expect, it } from "vitest";
import { type Files, InputProblem } from "../../src/facts/files.ts";
import { readCode } from "../../src/facts/code/read.ts";
import { facts, fn } from "../rules/support.ts";
import { inMemory, read } from "./support.ts";

describe("a partial batch response is seen", () => {
  it.each([
    ["in the answer", `export const handler = async () => ({ batchItemFailures: [] });`],
    ["in an answer with quotes", `exports.handler = () => ({ "batchItemFailures": [] });`],
    [
      "by Powertools' processor",
      `import { BatchProcessor, processPartialResponse } from "@aws-lambda-powertools/batch";
       export const handler = (event) => processPartialResponse(event, one, new BatchProcessor("SQS"));`,
    ],
    [
      "by middy's middleware",
      `const partial = require("@middy/sqs-partial-batch-failure");\nexports.handler = middy(run).use(partial());`,
    ],
    [
      "by this runtime",
      `import { createOnce, sqs } from "@effectively-once/runtime";
       export const handler = once.handler(sqs<Order>({ key: (m) => m.body.id }), work);`,
    ],
  ])("%s", (_, text) => {
    expect(read({ "app/index.ts": text }).signs).toMatchObject([
      { function: "F", sign: "partial-batch-response", place: { file: "app/index.ts" } },
    ]);
  });

  it("in Python, as a key or by Powertools", () => {
    const key = `def lambda_handler(event, context):\n    return {"batchItemFailures": failures}\n`;
    const powertools = `from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
def lambda_handler(event, context):
    return process_partial_response(event=event, record_handler=one, processor=processor)
`;

    for (const text of [key, powertools])
      expect(read({ "app/app.py": text }, { handler: "app.lambda_handler" }).signs).toHaveLength(1);
  });

  it("where it stands", () => {
    const [sign] = read({ "app/index.mjs": `// answers\nreturn { batchItemFailures };` }).signs;

    expect(sign?.place).toMatchObject({ line: 2, column: 10, endLine: 2, endColumn: 27, start: 20, end: 37 });
  });
});

describe("a partial batch response is not seen", () => {
  it.each([
    ["in a comment", `// return { batchItemFailures: [] }\nexport const handler = 1;`],
    ["in a message", `console.log("no batchItemFailures here");`],
    ["in a longer name", `const batchItemFailuresCount = 0;`],
    [
      "in what is imported and not called",
      `import { processPartialResponse } from "@aws-lambda-powertools/batch";`,
    ],
    ["in another library's processor", `import { BatchProcessor } from "./own"; new BatchProcessor();`],
    [
      "in another source of this runtime",
      `import { s3 } from "@effectively-once/runtime"; once.handler(s3(), work);`,
    ],
  ])("%s", (_, text) => {
    expect(read({ "app/index.ts": text }).signs).toEqual([]);
  });
});

describe("a handler's file is found", () => {
  const sign = "export const handler = () => ({ batchItemFailures: [] });";

  it.each([
    ["index.handler", "app/index.js"],
    ["src/orders.handler", "app/src/orders.ts"],
    ["orders.handler", "app/src/orders.ts"],
    ["src/orders.ts#handler", "app/src/orders.ts"],
    ["orders.handler", "app/orders/index.mts"],
    ["pkg.app.handler", "app/pkg/app.py"],
  ])("%s: %s", (handler, path) => {
    expect(
      read({ [path]: path.endsWith(".py") ? `x = {"batchItemFailures": []}` : sign }, { handler }).signs,
    ).toHaveLength(1);
  });

  it("when it is the code itself", () => {
    const function_ = fn({ code: { root: "app/entry.ts", handler: "index.handler" } });

    expect(
      readCode(facts({ functions: [function_] }), inMemory({ "app/entry.ts": sign })).signs,
    ).toHaveLength(1);
  });

  it("not at all, and nothing is said then", () => {
    expect(read({})).toMatchObject({ signs: [], idempotency: [] });
    expect(readCode(facts({ functions: [fn()] }), inMemory({})).signs).toEqual([]);
  });
});

describe("imports are followed", () => {
  const answer = "export const answer = () => ({ batchItemFailures: [] });";

  it.each([
    [`import { answer } from "./answer.js";`, "app/answer.ts"],
    [`export * from "../lib/answer";`, "lib/answer/index.ts"],
    [`const { answer } = require('./answer');`, "app/answer.js"],
    [`const { answer } = await import("./answer.mjs");`, "app/answer.mts"],
  ])("%s", (line, path) => {
    expect(read({ "app/index.ts": line, [path]: answer }).signs).toMatchObject([{ place: { file: path } }]);
  });

  it("in Python too", () => {
    for (const [line, path] of [
      ["from .batch import answer", "app/pkg/batch.py"],
      ["from . import batch", "app/pkg/batch.py"],
      ["from ..common.batch import answer", "app/common/batch.py"],
      ["from common.batch import answer", "app/common/batch.py"],
      ["import batch", "app/pkg/batch.py"],
    ] as const)
      expect(
        read(
          { "app/pkg/app.py": line, [path]: `x = {"batchItemFailures": []}` },
          { handler: "pkg.app.handler" },
        ).signs,
        line,
      ).toHaveLength(1);
  });

  it("for two steps, round and round, and not into packages", () => {
    const chain = {
      "app/index.ts": `import "./a"; import "x";`,
      "app/a.ts": `import "./b"; import "./index";`,
      "app/b.ts": `import "./c";`,
    };

    expect(read({ ...chain, "app/b.ts": answer }).signs).toHaveLength(1);
    expect(read({ ...chain, "app/c.ts": answer }).signs).toEqual([]);
    expect(read({ ...chain, "app/x.ts": answer }).signs).toEqual([]);
  });

  it("not where they stand in a comment", () => {
    expect(read({ "app/index.ts": `// import "./answer";`, "app/answer.ts": answer }).signs).toEqual([]);
  });
});

it("a bundle, and what cannot be read, was not seen", () => {
  const large = `${"x;".repeat(250_000)} batchItemFailures`;
  const files = inMemory({ "app/index.js": "" });
  const broken = {
    ...files,
    text: () => {
      throw new InputProblem("it is a binary file");
    },
  };

  expect(read({ "app/index.js": large }).signs).toEqual([]);
  expect(
    readCode(facts({ functions: [fn({ code: { root: "app", handler: "index.handler" } })] }), broken).signs,
  ).toEqual([]);
});

it("one file of many functions is read once, and its folder looked through once", () => {
  let reads = 0;
  let looks = 0;
  const files: Files = {
    text: () => {
      reads += 1;
      return "exports.handler = () => ({ batchItemFailures: [] });";
    },
    names: (folder) => {
      looks += 1;
      return folder === "app" ? ["index.js"] : [];
    },
  };
  const functions = Array.from({ length: 50 }, (_, index) =>
    fn({ id: `F${index}`, code: { root: "app", handler: "index.handler" } }),
  );

  expect(readCode(facts({ functions }), files).signs).toHaveLength(50);
  expect(reads).toBe(1);
  expect(looks).toBeLessThan(10);
});
