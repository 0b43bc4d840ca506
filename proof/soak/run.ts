/** One soak: traffic at a steady pace, processes killed and frozen, connections cut; then everything is counted. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { localLambda, sqsEventSourceMapping } from "@effectively-once/testkit/lambda";
import { startFauxqs } from "fauxqs";
import { seeded } from "../../packages/cli/src/demo/traffic.ts";
import { whenInterrupted } from "../ending.ts";
import { type PlaceName, PLACES } from "../places.ts";
import type { Work } from "./consumer.ts";
import { startCutter } from "./cutter.ts";
import { outside, type Span, watchStandstills } from "./standstill.ts";
import { startWitness, type Witness } from "./witness.ts";

export interface SoakOptions {
  readonly place: PlaceName;
  /** A service's address; for SQLite nothing. */
  readonly url: string;
  readonly messages: number;
  /** How long messages are sent and faults are made; what is left is waited for. */
  readonly ms: number;
  readonly seed: number;
  readonly workers: number;
  readonly progress?: (line: string) => void;
}

export interface SoakReport {
  readonly place: PlaceName;
  readonly seed: number;
  readonly messages: number;
  readonly sent: number;
  readonly deliveries: number;
  readonly kills: number;
  readonly freezes: number;
  readonly cutsBefore: number;
  readonly cutsAfter: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly held: number;
  readonly recoveries: number;
  readonly unrecovered: number;
  readonly recoveryP50Ms: number;
  readonly recoveryP99Ms: number;
  readonly recoveryBoundMs: number;
  /** Times in which nobody could write, because a frozen process held the lock of the whole store. */
  readonly standstills: number;
  readonly longestStandstillMs: number;
  /** Of the recoveries that no standstill has touched. */
  readonly recoveryOutsideP99Ms: number;
  /** Of the messages that no kill and no freeze has met, from sending to their end. */
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export const LEASE_MS = 5_000;
const VISIBILITY_SECONDS = 5;
/** A duplicate that finds its message busy from its third receive on waits until the owner would have been ended. */
const FUNCTION_TIMEOUT_MS = 10_000;
/** Past the lease, past the visibility: what thaws is a zombie. */
const FREEZE_MS = 8_000;
const RESENT = 0.2;
const MAILED = 0.05;
const CUT = 0.003;
/** Without a clock of its own, a store waits this much longer before it takes a lease to be over. */
const MARGIN_MS: Readonly<Record<PlaceName, number>> = { sqlite: 0, postgres: 0, dynamodb: 5_000 };
/** Told one by one: what to read when recovery is out of bounds. */
const SLOWEST = 12;
const PROGRESS_MS = 10_000;
/** Longer than anything that comes again by itself. */
const STANDSTILL_MS = 60_000;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { place: placeName, messages, ms, seed, workers, progress = () => {} } = options;
  const startedMs = performance.now();
  const random = seeded(seed);
  const closing: (() => Promise<unknown> | void)[] = [];
  const closes = (close: () => Promise<unknown> | void): void => void closing.push(close);
  const end = async (): Promise<void> => {
    for (let close = closing.pop(); close; close = closing.pop())
      try {
        await close();
      } catch (error) {
        progress(`while ending: ${String(error)}`);
      }
  };
  const taken = whenInterrupted(end);
  try {
    const folder = mkdtempSync(join(tmpdir(), "effectively-once-soak-"));
    closes(() => rmSync(folder, { recursive: true, force: true }));
    const name = `once_soak_${randomBytes(5).toString("hex")}`;
    const url = placeName === "sqlite" ? join(folder, "soak.db") : options.url;
    const place = PLACES[placeName]({ url, name });
    closes(() => place.close());
    await place.setup();
    closes(() => place.remove());
    const cutter = placeName === "sqlite" ? undefined : await startCutter(url, CUT, seeded(seed ^ 0xc07));
    if (cutter) closes(() => cutter.close());
    const witness = await startWitness();
    closes(() => witness.close());
    const emulator = await startFauxqs({ port: 0, logger: false });
    closes(() => emulator.stop());
    const endpoint = `http://127.0.0.1:${emulator.port}`;
    const credentials = { accessKeyId: "soak", secretAccessKey: "soak" };
    const sqs = new SQSClient({ endpoint, region: "eu-west-1", credentials });
    closes(() => sqs.destroy());
    const { QueueUrl: queueUrl = "" } = await sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
      }),
    );
    const lambda = localLambda({
      handler: `${join(import.meta.dirname, "consumer.ts")}#handler`,
      timeoutMs: FUNCTION_TIMEOUT_MS,
      functionName: name,
      maxConcurrency: workers + 4,
      env: {
        SOAK_WITNESS: witness.url,
        SOAK_PLACE: placeName,
        SOAK_URL: cutter?.url ?? url,
        SOAK_NAME: name,
        SOAK_LEASE_MS: String(LEASE_MS),
        AWS_ENDPOINT_URL_SQS: endpoint,
        AWS_ACCESS_KEY_ID: "soak",
        AWS_SECRET_ACCESS_KEY: "soak",
      },
    });
    closes(() => lambda.shutdown());
    await Promise.all(Array.from({ length: workers }, () => lambda.invoke({ Records: [] })));
    let deliveries = 0;
    const mapping = sqsEventSourceMapping({
      sqs,
      queueUrl,
      queueArn: `arn:aws:sqs:eu-west-1:000000000000:${name}`,
      lambda,
      batchSize: 10,
      maxConcurrency: workers,
      onDelivery: () => {
        deliveries += 1;
      },
    });
    closes(() => mapping.stop());
    const standing = place.held && watchStandstills(place.held);
    closes(() => void standing?.stop());
    const trafficMs = performance.now();
    const overMs = (): number => performance.now() - trafficMs;
    const faults = makeFaults(
      random,
      () => lambda.running(),
      witness,
      () => overMs() < ms,
    );
    const works = Array.from({ length: messages }, (_, index): Work => ({
      id: `work-${index}`,
      mail: random() < MAILED,
    }));
    let handedOver = 0;
    const telling = setInterval(
      () =>
        progress(
          `${placeName}: ${handedOver} sent, ${deliveries} delivered, ${witness.charges.size} charged`,
        ),
      PROGRESS_MS,
    );
    closes(() => clearInterval(telling));
    const sent = await send(works, random, ms, overMs, async (work) => {
      witness.sent(work.id);
      handedOver += 1;
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(work) }));
    });
    const { kills, freezes } = await faults;
    cutter?.calm();
    await drained(sqs, queueUrl, () => deliveries, progress);
    const standstills = standing?.stop() ?? [];
    const rows = await place.rows();
    const { lost, doubled } = counted(works, witness, rows);
    for (const slow of witness.slowest(SLOWEST))
      progress(`${slow.id} recovered in ${(slow.ms / 1_000).toFixed(1)} s: ${slow.told.join("; ")}`);
    return {
      place: placeName,
      seed,
      messages,
      sent,
      deliveries,
      kills,
      freezes,
      cutsBefore: cutter?.cuts.before ?? 0,
      cutsAfter: cutter?.cuts.after ?? 0,
      lost,
      doubled,
      held: witness.held.size,
      recoveries: witness.recoveries.length,
      unrecovered: witness.unrecovered(),
      recoveryP50Ms: quantile(witness.recoveries.map(tookMs), 0.5),
      recoveryP99Ms: quantile(witness.recoveries.map(tookMs), 0.99),
      standstills: standstills.length,
      longestStandstillMs: Math.max(0, ...standstills.map(tookMs)),
      recoveryOutsideP99Ms: quantile(outside(witness.recoveries, standstills).map(tookMs), 0.99),
      latencyP50Ms: quantile(witness.latenciesMs, 0.5),
      latencyP99Ms: quantile(witness.latenciesMs, 0.99),
      recoveryBoundMs: Math.max(LEASE_MS + MARGIN_MS[placeName], VISIBILITY_SECONDS * 1_000) + 2_000,
      verdicts: witness.verdicts,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  } finally {
    taken();
    await end();
  }
}

const tookMs = ({ fromMs, toMs }: Span): number => toMs - fromMs;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
}

/** At a steady pace, a fifth of them twice, within a few seconds. */
async function send(
  works: readonly Work[],
  random: () => number,
  ms: number,
  overMs: () => number,
  put: (work: Work) => Promise<unknown>,
): Promise<number> {
  const plan = works.flatMap((work, index) => {
    const atMs = (index / works.length) * ms;
    return random() < RESENT
      ? [
          { atMs, work },
          { atMs: atMs + random() * 5_000, work },
        ]
      : [{ atMs, work }];
  });
  plan.sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, work } of plan) {
    const waitMs = atMs - overMs();
    if (waitMs > 1) await sleep(waitMs);
    await put(work);
  }
  return plan.length;
}

async function makeFaults(
  random: () => number,
  running: () => readonly number[],
  witness: Witness,
  goOn: () => boolean,
): Promise<{ readonly kills: number; readonly freezes: number }> {
  let kills = 0;
  let freezes = 0;
  const own = seeded(Math.floor(random() * 2 ** 31));
  const frozen: Promise<void>[] = [];
  while (goOn()) {
    await sleep(1_000 + own() * 3_000);
    // An idle process has nothing to lose: the fault waits until one is at work.
    while (running().length === 0 && goOn()) await sleep(2);
    const pids = running();
    const pid = pids[Math.floor(own() * pids.length)];
    if (pid === undefined) continue;
    if (own() < 0.7) {
      if (!signalled(pid, "SIGKILL")) continue;
      witness.killed(pid);
      kills += 1;
    } else if (signalled(pid, "SIGSTOP")) {
      witness.frozen(pid);
      freezes += 1;
      frozen.push(sleep(FREEZE_MS).then(() => void signalled(pid, "SIGCONT")));
    }
  }
  await Promise.all(frozen);
  return { kills, freezes };
}

function signalled(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function drained(
  sqs: SQSClient,
  QueueUrl: string,
  deliveries: () => number,
  progress: (line: string) => void,
): Promise<void> {
  let before = "";
  let movedMs = performance.now();
  for (let empty = 0; empty < 3;) {
    await sleep(500);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    const left =
      Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0) +
      Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"] ?? 0);
    empty = left === 0 ? empty + 1 : 0;
    const now = `${left} left, ${deliveries()} deliveries`;
    if (now !== before) movedMs = performance.now();
    before = now;
    if (performance.now() - movedMs > STANDSTILL_MS) {
      progress(
        `Nothing has moved for ${STANDSTILL_MS / 1_000} s: ${now}. What is still there counts as lost.`,
      );
      return;
    }
  }
}

/** What is held for a person is neither lost nor done; its effects must still not be there twice. */
function counted(
  works: readonly Work[],
  { charges, mails, held }: Witness,
  rows: ReadonlyMap<string, number>,
): { readonly lost: readonly string[]; readonly doubled: readonly string[] } {
  const lost: string[] = [];
  const doubled: string[] = [];
  for (const { id, mail } of works) {
    const counts: readonly [string, number, boolean][] = [
      ["charge", charges.get(id) ?? 0, true],
      ["mail", mails.get(id) ?? 0, mail],
      ["row", rows.get(id) ?? 0, true],
    ];
    for (const [what, count, wanted] of counts) {
      if (wanted && count === 0 && !held.has(id)) lost.push(`${id} ${what}`);
      if (count > (wanted ? 1 : 0)) doubled.push(`${id} ${what} ${count}`);
    }
  }
  return { lost, doubled };
}
