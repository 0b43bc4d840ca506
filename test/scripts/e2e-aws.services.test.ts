/** `npm run e2e:aws` against the emulators: the requests it makes are taken, and nothing of it is left, however it ends. */

import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const dynamodbUrl = inject("dynamodbUrl") ?? "";
const script = join(import.meta.dirname, "../../scripts/e2e-aws.ts");
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
let emulator: Awaited<ReturnType<typeof startFauxqs>>;
let sqsUrl = "";
beforeAll(async () => {
  emulator = await startFauxqs({ port: 0, logger: false });
  sqsUrl = `http://127.0.0.1:${emulator.port}`;
});
afterAll(() => emulator.stop());

function start(args: readonly string[], endpoints: { readonly sqs?: string } = {}) {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--conditions=@effectively-once/source",
      script,
      ...["--region", "us-east-1", ...args],
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
        AWS_ENDPOINT_URL_SQS: endpoints.sqs ?? sqsUrl,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
  );
  let out = "";
  let err = "";
  child.stdout?.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, out, err })),
  );
  const said = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => pattern.test(err) && resolve();
      child.stderr?.on("data", look);
      void ended.then(() => reject(new Error(`ended without saying ${String(pattern)}: ${err}`)));
      look();
    });
  return { child, ended, said, prefix: () => /effectively-once-e2e-[0-9a-f]{8}/.exec(err)?.[0] ?? "none" };
}

async function leftOf(prefix: string): Promise<readonly string[]> {
  const dynamodb = new DynamoDBClient({ endpoint: dynamodbUrl, region: "us-east-1", credentials });
  const sqs = new SQSClient({ endpoint: sqsUrl, region: "us-east-1", credentials });
  const found: string[] = [];
  let from: string | undefined;
  do {
    const page = await dynamodb.send(new ListTablesCommand({ ExclusiveStartTableName: from }));
    found.push(...(page.TableNames ?? []).filter((name) => name.startsWith(prefix)));
    from = page.LastEvaluatedTableName;
  } while (from !== undefined);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
  dynamodb.destroy();
  sqs.destroy();
  return [...found, ...QueueUrls];
}

/** SQS that refuses one operation, as a role without the permission for it is refused. */
async function refusing(operation: string): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((asked, answer) => {
    if (asked.headers["x-amz-target"] === `AmazonSQS.${operation}`) {
      asked.resume();
      answer.writeHead(403, { "content-type": "application/x-amz-json-1.0" });
      answer.end(JSON.stringify({ __type: "com.amazonaws.sqs#AccessDeniedException", message: operation }));
      return;
    }
    const on = request(
      sqsUrl + (asked.url ?? "/"),
      { method: asked.method, headers: asked.headers },
      (found) => {
        answer.writeHead(found.statusCode ?? 500, found.headers);
        found.pipe(answer);
      },
    );
    asked.pipe(on);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("e2e:aws on the emulators", () => {
  it("runs every vector and the demo, prints both, and leaves nothing", { timeout: 300_000 }, async () => {
    const run = start(["--yes", "--messages", "20", "--seed", "7", "--json"]);
    const { code, out, err } = await run.ended;
    expect(err).toMatch(/less than \$0\.\d\d/);
    const result = JSON.parse(out) as {
      conformance: { passed: number; failed: readonly unknown[] };
      demo: { guarded: object };
    };
    expect(result.conformance.failed).toEqual([]);
    expect(result.conformance.passed).toBeGreaterThan(150);
    expect(result.demo.guarded).toMatchObject({ effects: 40, duplicatedEffects: 0, lost: 0 });
    expect(await leftOf(run.prefix())).toEqual([]);
    expect(code).toBe(0);
  });

  it(
    "deletes everything when AWS refuses in the middle, and says what was refused",
    { timeout: 300_000 },
    async () => {
      const { server, url } = await refusing("SendMessageBatch");
      const run = start(["--yes", "--messages", "10"], { sqs: url });
      const { code, err } = await run.ended;
      server.close();
      expect(err).toMatch(/AWS refused this .*SendMessageBatch/);
      expect(await leftOf(run.prefix())).toEqual([]);
      expect(code).toBe(2);
    },
  );

  it("deletes everything on Ctrl-C", { timeout: 120_000 }, async () => {
    const run = start(["--yes"]);
    await run.said(/vector 3 of/);
    expect(await leftOf(run.prefix())).not.toEqual([]);
    run.child.kill("SIGINT");
    const { code } = await run.ended;
    expect(await leftOf(run.prefix())).toEqual([]);
    expect(code).toBe(130);
  });

  it("deletes with --clean what a killed run has left", { timeout: 120_000 }, async () => {
    const run = start(["--yes"]);
    await run.said(/vector 3 of/);
    run.child.kill("SIGKILL");
    await run.ended;
    expect(await leftOf(run.prefix())).not.toEqual([]);
    const { code, err } = await start(["--clean", run.prefix()]).ended;
    expect(err).toContain(`nothing is left of ${run.prefix()}`);
    expect(await leftOf(run.prefix())).toEqual([]);
    expect(code).toBe(0);
  });

  it("makes nothing where nobody can say yes", async () => {
    const run = start([]);
    const { code, err } = await run.ended;
    expect(err).toMatch(/--yes/);
    expect(await leftOf(run.prefix())).toEqual([]);
    expect(code).toBe(2);
  });
});
