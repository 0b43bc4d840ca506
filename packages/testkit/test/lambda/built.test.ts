/** The local Lambda as published: JavaScript files, no TypeScript, no source condition. */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const src = join(import.meta.dirname, "../../src/lambda");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-built-"));
  mkdirSync(join(folder, "lambda"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  for (const file of readdirSync(src)) {
    const code = stripTypeScriptTypes(readFileSync(join(src, file), "utf8"));
    // What the compiler's rewriteRelativeImportExtensions does.
    const built = code.replaceAll(/(from "\.\.?\/[^"]+)\.ts"/g, '$1.js"');
    writeFileSync(join(folder, "lambda", file.replace(/\.ts$/, ".js")), built);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("starts its environments from the built bootstrap, and runs a handler in TypeScript all the same", async () => {
  writeFileSync(
    join(folder, "handler.ts"),
    `export const handler = async (n: number, context: { functionName: string }): Promise<unknown> =>
      ({ n, name: context.functionName, argv: process.execArgv });`,
  );
  writeFileSync(
    join(folder, "main.js"),
    `import { localLambda } from "./lambda/local-lambda.js";
     const lambda = localLambda({ handler: "handler.ts", timeoutMs: 5_000, functionName: "built" });
     const result = await lambda.invoke(7);
     await lambda.shutdown();
     console.log(JSON.stringify(result));`,
  );

  const { stdout } = await promisify(execFile)(process.execPath, ["main.js"], { cwd: folder });

  expect(JSON.parse(stdout)).toEqual({
    outcome: "success",
    ran: { requestId: expect.any(String), fromMs: expect.any(Number), toMs: expect.any(Number) },
    reply: {
      n: 7,
      name: "built",
      argv: ["--disable-warning=ExperimentalWarning", "--max-old-space-size=128"],
    },
  });
});
