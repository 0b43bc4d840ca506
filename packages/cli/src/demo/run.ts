/** The whole story: one traffic, three consumers, the same faults, one counter for all ledgers. */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PictureData } from "../picture/data.ts";
import { faults } from "./faults.ts";
import { type Ledger, openLedger, sideUrl } from "./ledger.ts";
import { type Payments, startPayments } from "./payments.ts";
import { demoPicture } from "./picture.ts";
import { type DemoQueues, emulatedQueues } from "./queues.ts";
import { countEffects, countVerdicts, type DemoReport, type SideCount } from "./report.ts";
import { type Side, SIDES, prepareSide, sideName, VISIBILITY_SECONDS } from "./side.ts";
import type { SideRecords } from "./log-folder.ts";
import { type Order, traffic } from "./traffic.ts";

export interface DemoOptions {
  readonly seed: number;
  readonly messages: number;
  readonly storeUrl: string | undefined;
  readonly keep: boolean;
  /** @default an emulator in this process */
  readonly queues?: DemoQueues;
  /** Tells the tables and queues of this run from those of others. @default random */
  readonly run?: string;
  readonly signal: AbortSignal;
  /** A line that the next one may replace. */
  readonly progress: (line: string) => void;
  /** Gets every delivery of every side, drawn or not, before the run's parts are ended. */
  readonly onPicture?: (data: PictureData) => void;
  /** Gets what every side has logged and booked; with it, the functions write logs. */
  readonly onLogs?: (sides: readonly SideRecords[]) => void;
  /** A line that stays. */
  readonly say: (line: string) => void;
}

/** Faults and slowness end then, so that every side can finish. */
const FAULTS_UNTIL_MS = 14_000;
const POLL_MS = 500;
const PROGRESS_MS = 2_000;

/** Longer than anything that comes again by itself: the function's timeout, a lease, a visibility timeout. */
const STANDSTILL_MS = 30_000;

/** @throws OnceError when the store cannot be reached; the signal's reason when it is interrupted. Ends all it started. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { seed, messages, keep } = options;
  const closing: (() => Promise<unknown> | void)[] = [];
  const onClose = (close: () => Promise<unknown> | void): void => void closing.push(close);
  try {
    const folder = mkdtempSync(join(tmpdir(), "effectively-once-demo-"));
    const keepFolder = keep && options.storeUrl === undefined;
    onClose(() => (keepFolder ? undefined : rmSync(folder, { recursive: true, force: true })));
    const storeUrl = options.storeUrl ?? `sqlite:${join(folder, "demo.db")}`;
    const run = options.run ?? randomUUID().slice(0, 8);
    const ledgers: [(typeof SIDES)[number], string, Ledger][] = [];
    for (const side of SIDES) {
      const name = sideName(run, side);
      const ledger = await openLedger(sideUrl(storeUrl, side), name);
      onClose(() => ledger.close(!keep));
      ledgers.push([side, name, ledger]);
    }
    // Before anything is started, so that a store that cannot be reached is said at once.
    for (const [, , ledger] of ledgers.toReversed()) await ledger.setup();
    const queues = options.queues ?? (await emulatedQueues());
    onClose(() => queues.close());
    const payments = await startPayments();
    onClose(() => payments.close());
    const orders = traffic(messages, seed);
    const shared = {
      orders,
      queues,
      paymentsUrl: payments.url,
      faults: faults(seed, FAULTS_UNTIL_MS),
      logs: options.onLogs !== undefined,
      onClose,
    };
    options.progress("starting three functions");
    const sides = await Promise.all(
      ledgers.map(([side, name, ledger]) => prepareSide({ ...shared, side, name, ledger })),
    );
    options.signal.throwIfAborted();
    payments.slowFor(FAULTS_UNTIL_MS);
    for (const side of sides) side.start();
    await drained(sides, options, queues.emptyTimes);
    const ids = orders.map(({ orderId }) => orderId);
    const [naive, naiveKeyed, guarded] = (await Promise.all(
      sides.map((side) => count(side, ids, payments)),
    )) as [SideCount, SideCount, SideCount];
    const inDoubt = (await sides[2]?.ledger.held()) ?? 0;
    if (keep) for (const [side, , ledger] of ledgers) options.say(`kept ${side}: ${ledger.where}`);
    const report: DemoReport = {
      schemaVersion: 1,
      seed,
      store: storeUrl.split(":")[0] ?? "",
      naive,
      naiveKeyed,
      guarded: { ...guarded, inDoubt, verdicts: countVerdicts(sides[2]?.told() ?? []) },
    };
    const seen = sides.map((side) => ({
      side: side.side,
      seen: side.seen(),
      told: side.told(),
    }));
    if (options.onLogs)
      options.onLogs(await Promise.all(sides.map((side) => recordsOf(side, orders, payments))));
    options.onPicture?.(demoPicture(report, seen, VISIBILITY_SECONDS));
    return report;
  } finally {
    // In reverse: first the pollers, then the processes, the queue, the files. One that fails does not stop the others.
    const failures: unknown[] = [];
    for (const close of closing.reverse())
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    for (const error of failures) options.say(`while ending: ${String(error)}`);
  }
}

/** Waits until every queue has been empty often enough in a row, and nothing runs that could still book something; gives up when nothing moves any more. */
async function drained(sides: readonly Side[], options: DemoOptions, emptyTimes: number): Promise<void> {
  const startedMs = performance.now();
  let saidMs = 0;
  let movedMs = startedMs;
  let before = "";
  for (let empty = 0; empty < emptyTimes;) {
    await sleep(POLL_MS, undefined, { signal: options.signal });
    const left = await Promise.all(sides.map((side) => side.left()));
    const nowMs = performance.now();
    const text = left.map((messages, index) => `${SIDES[index]} ${messages} left`).join(", ");
    const running = sides.map((side) => side.running());
    const moved = `${text} ${sides.map((side) => side.deliveries()).join(" ")} ${running.join(" ")}`;
    if (moved !== before) movedMs = nowMs;
    before = moved;
    if (nowMs - startedMs - saidMs >= PROGRESS_MS) {
      saidMs = nowMs - startedMs;
      options.progress(`${Math.round(saidMs / 1_000)} s: ${text}`);
    }
    empty = [...left, ...running].every((count) => count === 0) ? empty + 1 : 0;
    if (nowMs - movedMs > STANDSTILL_MS) {
      options.say(
        `Nothing has moved for ${STANDSTILL_MS / 1_000} s: ${text}. What is still in a queue counts as lost.`,
      );
      return;
    }
  }
}

async function count(
  { side, ledger, deliveries }: Side,
  ids: readonly string[],
  payments: Payments,
): Promise<SideCount> {
  const rows = await ledger.orders();
  return {
    messages: ids.length,
    deliveries: deliveries(),
    ...countEffects(ids, payments.charges(side), rows),
  };
}

async function recordsOf(
  { side, ledger, log }: Side,
  orders: readonly Order[],
  payments: Payments,
): Promise<SideRecords> {
  const amounts = new Map(orders.map(({ orderId, amount }) => [orderId, amount]));
  const booked = (ids: readonly string[]): SideRecords["charges"] =>
    ids.map((orderId) => ({ orderId, cents: amounts.get(orderId) ?? 0 }));
  return {
    side,
    lines: log?.lines() ?? [],
    charges: booked(payments.charges(side)),
    rows: booked(await ledger.orders()),
  };
}
