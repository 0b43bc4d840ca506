/** The whole story: one traffic, three consumers, the same faults, one counter for all ledgers. */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { localLambda, sqsEventSourceMapping } from "@effectively-once/testkit/lambda";
import { startFauxqs } from "fauxqs";
import { type Ledger, openLedger } from "./ledger.ts";
import { startPayments } from "./payments.ts";
import { faults, type Order, traffic } from "./traffic.ts";

export const SIDES = ["naive", "naiveKeyed", "guarded"] as const;
export type Side = (typeof SIDES)[number];

export interface SideCount {
  readonly messages: number;
  readonly deliveries: number;
  readonly effects: number;
  readonly duplicatedEffects: number;
  readonly lost: number;
}
export interface DemoReport {
  readonly schemaVersion: 1;
  readonly seed: number;
  readonly store: string;
  readonly naive: SideCount;
  readonly naiveKeyed: SideCount;
  readonly guarded: SideCount & {
    readonly inDoubt: number;
    readonly verdicts: Readonly<Record<string, number>>;
  };
}

export interface DemoOptions {
  readonly seed: number;
  readonly messages: number;
  readonly storeUrl: string | undefined;
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

const VISIBILITY_SECONDS = 2;
const FREEZE_MS = 3_500;
const FUNCTION_TIMEOUT_MS = 8_000;
const LIMIT_MS = 50_000;
/** Faults and slowness end then, so that every side can finish. */
const FAULTS_UNTIL_MS = 14_000;

export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { seed, signal, progress } = options;
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-demo-"));
  const storeUrl = options.storeUrl ?? `sqlite:${folder}`;
  const run = randomUUID().slice(0, 8);
  const closing: (() => Promise<unknown> | void)[] = [
    () => (options.keep ? undefined : rmSync(folder, { recursive: true, force: true })),
  ];
  try {
    const emulator = await startFauxqs({ port: 0, logger: false });
    closing.push(() => emulator.stop());
    const payments = await startPayments();
    closing.push(() => payments.close());
    const endpoint = `http://127.0.0.1:${emulator.port}`;
    const credentials = { accessKeyId: "demo", secretAccessKey: "demo" };
    const sqs = new SQSClient({ endpoint, region: "eu-west-1", credentials });
    closing.push(() => sqs.destroy());
    const orders = traffic(options.messages, seed);
    const slowUntilMs = Date.now() + FAULTS_UNTIL_MS;
    const ends = await Promise.all(
      SIDES.map(async (side) => {
        const name = `once_demo_${run}_${side.toLowerCase()}`;
        const ledger = await openLedger(storeUrl, name);
        closing.push(() => ledger.close(!options.keep));
        await ledger.setup();
        const queueUrl = await queue(sqs, name);
        await send(sqs, queueUrl, orders);
        const env = {
          DEMO_SIDE: side,
          DEMO_STORE: storeUrl,
          DEMO_NAME: name,
          DEMO_PAYMENTS: payments.url,
          DEMO_SLOW_UNTIL_MS: String(slowUntilMs),
          AWS_ENDPOINT_URL_SQS: endpoint,
          AWS_ACCESS_KEY_ID: "demo",
          AWS_SECRET_ACCESS_KEY: "demo",
        };
        const handler = `${join(import.meta.dirname, `consumers${extname(import.meta.filename)}`)}#${side}`;
        const lambda = localLambda({
          handler,
          timeoutMs: FUNCTION_TIMEOUT_MS,
          functionName: name,
          maxConcurrency: 8,
          env,
        });
        closing.push(() => lambda.shutdown());
        let deliveries = 0;
        const count = () => {
          deliveries += 1;
        };
        const queueArn = `arn:aws:sqs:eu-west-1:000000000000:${name}`;
        const mapping = sqsEventSourceMapping({
          sqs,
          queueUrl,
          queueArn,
          lambda,
          batchSize: 5,
          maxConcurrency: 6,
          onDelivery: count,
        });
        closing.push(() => mapping.stop());
        const timers = inject(seed, () => lambda.running());
        closing.push(() => timers.forEach(clearTimeout));
        return { side, ledger, queueUrl, deliveries: () => deliveries };
      }),
    );
    await drained(
      sqs,
      ends.map(({ queueUrl }) => queueUrl),
      signal,
      progress,
    );
    const counts = await Promise.all(
      ends.map(({ side, ledger, deliveries }) =>
        countSide(ledger, payments.charges(side), orders, deliveries()),
      ),
    );
    const [naive, naiveKeyed, guarded] = counts as [SideCount, SideCount, SideCount];
    const verdicts = payments.verdicts("guarded");
    const inDoubt = verdicts["in-doubt"] ?? 0;
    const store = storeUrl.split(":")[0] ?? "";
    return { schemaVersion: 1, seed, store, naive, naiveKeyed, guarded: { ...guarded, inDoubt, verdicts } };
  } finally {
    for (const close of closing.reverse()) await close();
    if (options.keep && !options.storeUrl) progress(`kept: ${folder}`);
  }
}

async function queue(sqs: SQSClient, name: string): Promise<string> {
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  if (!QueueUrl) throw new Error("the SQS emulator made no queue");
  return QueueUrl;
}

async function send(sqs: SQSClient, QueueUrl: string, orders: readonly Order[]): Promise<void> {
  for (let start = 0; start < orders.length; start += 10) {
    const part = orders.slice(start, start + 10);
    const Entries = part.map((order, index) => ({ Id: String(index), MessageBody: JSON.stringify(order) }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

/** Environments die and freeze past lease and visibility, at the same times on every side. */
function inject(seed: number, running: () => readonly number[]): NodeJS.Timeout[] {
  return faults(seed, FAULTS_UNTIL_MS).map(({ atMs, kind, which }) =>
    setTimeout(() => {
      const pids = running();
      const pid = pids[Math.floor(which * pids.length)];
      if (pid === undefined) return;
      signalTo(pid, kind === "kill" ? "SIGKILL" : "SIGSTOP");
      if (kind === "freeze") setTimeout(() => signalTo(pid, "SIGCONT"), FREEZE_MS).unref();
    }, atMs),
  );
}

function signalTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}

async function drained(
  sqs: SQSClient,
  urls: readonly string[],
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  const startedMs = performance.now();
  for (let empty = 0; empty < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    signal.throwIfAborted();
    const left = await Promise.all(urls.map((url) => remaining(sqs, url)));
    const elapsedMs = performance.now() - startedMs;
    if (Math.round(elapsedMs / 500) % 4 === 0)
      progress(
        `${Math.round(elapsedMs / 1_000)} s: ${left.map((count, index) => `${SIDES[index]} ${count} left`).join(", ")}`,
      );
    empty = left.every((count) => count === 0) ? empty + 1 : 0;
    if (elapsedMs > LIMIT_MS) return;
  }
}

async function remaining(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  return (
    Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0) +
    Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"] ?? 0)
  );
}

/** The same counter for every side: charges and rows, per order one of each is right. */
async function countSide(
  ledger: Ledger,
  charges: readonly string[],
  orders: readonly Order[],
  deliveries: number,
): Promise<SideCount> {
  const rows = await ledger.orders();
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const doubled = (made: readonly string[]) => made.length - new Set(made).size;
  const missing = (made: readonly string[]) => [...ids].filter((id) => !made.includes(id));
  return {
    messages: orders.length,
    deliveries,
    effects: charges.length + rows.length,
    duplicatedEffects: doubled(charges) + doubled(rows),
    lost: new Set([...missing(charges), ...missing(rows)]).size,
  };
}
