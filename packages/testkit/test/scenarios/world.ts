/** One scenario's world: a queue behind the rules of SQS, a guarded function in real processes, a mapping, a ledger. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import {
  type BatchReport,
  type EventSourceMappingOptions,
  type LocalLambda,
  localLambda,
  sqsEventSourceMapping,
} from "@effectively-once/testkit/lambda";
import { type SqsCall, type SqsRules, startSqsRules } from "@effectively-once/testkit/sqs-rules";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { left, makeQueue, type QueueOptions, sendAll, sqsClient, type TestQueue } from "../lambda/support.ts";
import type { Line, Settings, Work } from "./handler.ts";

export interface Stage {
  readonly sqs: SQSClient;
  readonly rules: SqsRules;
  /** What went through the rules, of every world. */
  readonly calls: readonly SqsCall[];
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const emulator: FauxqsServer = await startFauxqs({ port: 0, logger: false });
  const calls: SqsCall[] = [];
  const rules = await startSqsRules({
    endpoint: `http://127.0.0.1:${emulator.port}`,
    onCall: (call) => calls.push(call),
  });
  const sqs = sqsClient(rules.url);
  return {
    sqs,
    rules,
    calls,
    async close() {
      sqs.destroy();
      await rules.close();
      await emulator.stop();
    },
  };
}

export interface WorldOptions {
  readonly queue?: QueueOptions;
  readonly handler?: Omit<Settings, "path">;
  readonly timeoutMs?: number;
  readonly maxConcurrency?: number;
}

export interface World {
  readonly queue: TestQueue;
  readonly lambda: LocalLambda;
  readonly batches: readonly BatchReport[];
  /** So that a first batch has them all. */
  send(...messages: readonly Work[]): Promise<void>;
  /** As many environments are loaded before, so that no start on a busy machine is in a visibility timeout. */
  map(
    options?: Pick<EventSourceMappingOptions, "batchSize" | "reportBatchItemFailures">,
    warm?: number,
  ): Promise<void>;
  lines<Kind extends Line["kind"]>(kind: Kind, id?: string): Extract<Line, { readonly kind: Kind }>[];
  /** Ids in the orders table: a second row would show. */
  rows(): string[];
  record(id: string): Record<string, unknown> | undefined;
  drained(): Promise<boolean>;
  close(): Promise<void>;
}

const FUNCTION = join(import.meta.dirname, "handler.ts");

export async function openWorld(stage: Stage, options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-scenario-"));
  const path = join(folder, "orders.db");
  const store = sqliteStore({ path });
  await store.setup();
  await store.close();
  const db = new DatabaseSync(path, { timeout: 10_000 });
  // No unique key: a second row would be seen.
  db.exec("CREATE TABLE orders (id TEXT)");
  const queue = await makeQueue(stage.sqs, { visibilitySeconds: 2, ...options.queue });
  const settings: Settings = { leaseMs: 1_000, ...options.handler, path };
  const lambda = localLambda({
    handler: `${FUNCTION}#handler`,
    timeoutMs: options.timeoutMs ?? 30_000,
    maxConcurrency: options.maxConcurrency ?? 10,
    // Its own words about a full heap would only be noise here.
    onLog: () => {},
    env: {
      SCENARIO: JSON.stringify(settings),
      AWS_ENDPOINT_URL_SQS: stage.rules.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
  });
  const batches: BatchReport[] = [];
  let mapping: { stop(): Promise<void> } | undefined;
  return {
    queue,
    lambda,
    batches,
    send: (...messages) =>
      sendAll(
        stage.sqs,
        queue.url,
        messages,
        options.queue?.fifo ? (work) => groupOf(work as Work) : undefined,
      ),
    async map(more = {}, warm = Math.min(2, options.maxConcurrency ?? 2)) {
      await Promise.all(Array.from({ length: warm }, () => lambda.invoke({ Records: [] })));
      mapping = sqsEventSourceMapping({
        sqs: stage.sqs,
        queueUrl: queue.url,
        lambda,
        onBatch: (batch) => batches.push(batch),
        ...more,
      });
    },
    lines(kind, id) {
      const text = existsSync(`${path}.log`) ? readFileSync(`${path}.log`, "utf8") : "";
      const all = text.split("\n").filter(Boolean);
      return all
        .map((line) => JSON.parse(line) as Line)
        .filter((line) => line.kind === kind && (id === undefined || line.id === id)) as never;
    },
    rows: () =>
      db
        .prepare("SELECT id FROM orders ORDER BY rowid")
        .all()
        .map((row) => String(row["id"])),
    record: (id) => db.prepare("SELECT * FROM effectively_once_records WHERE label = ?").get(id),
    drained: async () => (await left(stage.sqs, queue.url)) === 0,
    async close() {
      await mapping?.stop();
      await lambda.shutdown();
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ids are written as group and number: `g1`. */
export function groupOf({ id }: Work): string {
  return id.replace(/\d+$/, "");
}
