/** `dev` as a user runs it: deliveries with their verdicts, bad input by name, new code after a change, a clean end. */

import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectivelyOnce } from "./support.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-dev-"));
  const runtime = JSON.stringify(join(import.meta.dirname, "../../runtime/src/index.ts"));
  const store = JSON.stringify(join(import.meta.dirname, "../../runtime/src/stores/sqlite/index.ts"));
  file(
    "guarded.mjs",
    `import { createOnce, sqs } from ${runtime};
import { sqliteStore } from ${store};
const store = sqliteStore({ path: ${JSON.stringify(join(folder, "records.db"))} });
await store.setup();
const once = createOnce({ store, namespace: "dev", leaseMs: 5000 });
export const handler = once.handler(sqs({ key: (m) => m.body.orderId }), async (m, ctx) => {
  await ctx.keyed("charge", async ({ key }) => key);
  if (m.body.fail) throw new Error("card declined");
});`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Line {
  readonly messageId: string;
  readonly receiveCount?: number;
  readonly verdict?: string;
  readonly ending?: string;
  readonly outcome: string;
  readonly error?: string;
}
const lines = (out: string): Line[] =>
  out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

describe("dev", () => {
  it("A-04 · A-08 · E-08 · F-01 · prints each delivery with its verdict, sends good lines and names bad ones, shows the dead-letter queue", async () => {
    const send = file(
      "orders.jsonl",
      '{"orderId":"a"}\n{"orderId":"a"}\nnot json\n{"orderId":"b","fail":true}\n{"other":1}\n',
    );
    const { code, out, err } = await effectivelyOnce([
      ...["dev", join(folder, "guarded.mjs"), "--send", send, "--once", "--json"],
      ...["--max-receive-count", "2", "--visibility-timeout", "2", "--batch-size", "10"],
    ]).ended;
    const said = lines(out);
    const endings = (verdict: string) =>
      said.filter((line) => line.verdict === verdict).map((line) => line.ending);

    expect(err).toMatch(/orders\.jsonl, line 3 is not sent/);
    expect(endings("first")).toEqual(["completed", "failed"]);
    expect(endings("duplicate")).toEqual(["duplicate"]);
    expect(endings("retry")).toEqual(["failed"]);
    expect(endings("invalid")).toEqual(["invalid", "invalid"]);
    expect(said.filter((line) => line.error === "card declined")).toHaveLength(2);
    expect(said.filter((line) => line.outcome === "dead-letter")).toHaveLength(2);
    expect(code).toBe(1);
  });

  it("runs a handler without a guard, and says what it reported", async () => {
    const handler = file(
      "plain.mjs",
      "export const handler = async ({ Records }) => ({ batchItemFailures: [] });",
    );
    const send = file("one.json", '{"orderId":"a"}');
    const { code, out } = await effectivelyOnce(["dev", handler, "--send", send, "--once"]).ended;
    expect(out).toMatch(/receive 1 {2}deleted/);
    expect(code).toBe(0);
  });

  it("A-03 · with --once a message that always fails ends in a dead-letter queue, without being asked to", async () => {
    const handler = file(
      "failing.mjs",
      "export const handler = async ({ Records }) => ({ batchItemFailures: Records.map((r) => ({ itemIdentifier: r.messageId })) });",
    );
    const send = file("one.json", '{"orderId":"a"}');
    const { code, out } = await effectivelyOnce([
      ...["dev", handler, "--send", send, "--once", "--json", "--visibility-timeout", "0"],
    ]).ended;
    // At once visible again, so that several pollers have it in hand, and one may be told of before another.
    const said = lines(out).map(({ receiveCount, outcome }) => String(receiveCount ?? outcome));
    expect(said.toSorted()).toEqual(["1", "2", "3", "4", "5", "dead-letter"]);
    expect(code).toBe(1);
  });

  it("deletes the queues that it made at somebody else's endpoint, and gives the handler their region", async () => {
    const server = await startFauxqs({ port: 0, logger: false });
    const endpoint = `http://127.0.0.1:${server.port}`;
    const handler = file(
      "region.mjs",
      "export const handler = async () => console.log(`region ${process.env.AWS_REGION}`);",
    );
    try {
      const { code, err, out } = await effectivelyOnce([
        ...["dev", handler, "--send", file("one.json", "{}"), "--once", "--endpoint-url", endpoint],
        ...["--region", "eu-central-1"],
      ]).ended;
      expect(err + out).toMatch(/region eu-central-1/);
      expect(code).toBe(0);
      const sqs = new SQSClient({
        endpoint,
        region: "eu-central-1",
        credentials: { accessKeyId: "x", secretAccessKey: "y" },
      });
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
      sqs.destroy();
      expect(QueueUrls).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it("runs new code after a change, and ends cleanly on Ctrl-C", async () => {
    const code = (word: string) => `export const handler = async () => console.log(${JSON.stringify(word)});`;
    const handler = file("changing.mjs", code("before"));
    const run = effectivelyOnce(["dev", `${handler}#handler`]);
    await run.said(/polls/);
    file("changing.mjs", code("after"));
    await run.said(/changing\.mjs has changed/);
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
  });

  it.each([
    ["no handler", [], /dev needs a handler/],
    ["a file that is not there", ["missing.mjs"], /does not load: .*missing\.mjs/],
    ["a file that throws", ["throws.mjs"], /does not load: .*no database/],
    ["a file that exports nothing callable", ["empty.mjs"], /does not load: .*handler/],
    ["a message file that is no JSON", ["guarded.mjs", "--send", "bad.json"], /holds no JSON: line 1/],
    ["a batch size that AWS refuses", ["guarded.mjs", "--batch-size", "11"], /needs a batching window/],
  ])("says what is wrong with %s, and exits 2", async (_says, [name, ...args], sentence) => {
    file("throws.mjs", 'throw new Error("no database");');
    file("empty.mjs", "export const other = 1;");
    file("bad.json", "orders");
    const given = name === undefined ? [] : [join(folder, name)];
    const rest = args.map((arg) => (arg === "bad.json" ? join(folder, arg) : arg));
    const { code, err } = await effectivelyOnce(["dev", ...given, ...rest, "--once"]).ended;
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });

  it("names a port that is in use, and what to do", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await effectivelyOnce(["dev", join(folder, "guarded.mjs"), "--port", String(port)])
      .ended;
    server.close();
    expect(err).toMatch(new RegExp(`port ${port} is in use.*--port`));
    expect(code).toBe(2);
  });
});
