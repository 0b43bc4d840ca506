/** What `dev` reads out of a SAM template, and what it says of one that would not work. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionIn } from "../src/commands/dev/template.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-template-"));
  for (const name of ["src", "src/orders", "src/mails"]) mkdirSync(join(folder, name));
  for (const name of ["src/orders.ts", "src/orders/handle.ts", "src/mails/handle.ts"])
    writeFileSync(join(folder, name), "export const handler = async () => {};");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(handler: string, entries: readonly string[]) {
  const path = join(folder, "template.yaml");
  writeFileSync(
    path,
    JSON.stringify({
      Resources: {
        Fn: {
          Type: "AWS::Serverless::Function",
          Metadata: { BuildMethod: "esbuild", BuildProperties: { EntryPoints: entries } },
          Properties: {
            Handler: handler,
            Events: { In: { Type: "SQS", Properties: { Queue: { "Fn::GetAtt": ["Q", "Arn"] } } } },
          },
        },
        Q: { Type: "AWS::SQS::Queue" },
      },
    }),
  );
  return functionIn(path, undefined);
}

describe("a function with several SQS events", () => {
  function several(event?: string) {
    const path = join(folder, "several.yaml");
    const sqs = (BatchSize: number) => ({ Type: "SQS", Properties: { BatchSize, Queue: "arn" } });
    writeFileSync(
      path,
      JSON.stringify({
        Resources: {
          Fn: {
            Type: "AWS::Serverless::Function",
            Properties: {
              Handler: "src/orders.handler",
              Events: { Api: { Type: "Api" }, Slow: sqs(1), Fast: sqs(5) },
            },
          },
        },
      }),
    );
    return functionIn(path, undefined, event);
  }

  it("reads the first and says so, or the one that is named", () => {
    expect(several().batchSize).toBe(1);
    expect(several().notes.join()).toMatch(/Slow, Fast; Slow is used.*--event/);
    expect(several("Fast").batchSize).toBe(5);
    expect(several("Fast").notes.join()).not.toMatch(/--event/);
  });

  it("names those that there are when the one that is asked for is none", () => {
    expect(() => several("Api")).toThrow(/no SQS event "Api". It has: Slow, Fast\./);
  });
});

describe("the handler of a function that esbuild builds", () => {
  it("is the entry point whose output it names", () => {
    const found = read("orders.handler", ["src/orders.ts"]);
    expect(found.handler).toBe(`${join(folder, "src/orders.ts")}#handler`);
    expect(found.notes).toEqual([]);
  });

  it("of several entry points is told by the folders below the one they share", () => {
    const entries = ["src/orders/handle.ts", "src/mails/handle.ts"];
    const found = read("mails/handle.handler", entries);
    expect(found.handler).toBe(`${join(folder, "src/mails/handle.ts")}#handler`);
    expect(found.notes).toEqual([]);
  });

  it("is run and named when it would not be found once deployed", () => {
    const found = read("src/orders.handler", ["src/orders.ts"]);
    expect(found.handler).toBe(`${join(folder, "src/orders.ts")}#handler`);
    expect(found.notes.join()).toMatch(/will not be found: .*so Handler is orders\.handler/);
  });
});
