/** What the demo's functions have logged is what happened: `detect` counts in it what the demo's own books say. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DemoReport } from "../../../src/demo/report.ts";
import type { PictureData, PictureDelivery } from "../../../src/picture/data.ts";
import { effectivelyOnce } from "../../support.ts";
import { workspace } from "./support.ts";

const { folder } = workspace();

interface Booked {
  readonly rows: readonly unknown[];
}
interface Detected {
  readonly summary: {
    readonly deliveries: number;
    readonly keys: number;
    readonly repeatedRuns: number;
    readonly suppressed: number;
    readonly verdicts: Readonly<Record<string, number>>;
  };
  readonly keys: readonly {
    readonly key: string;
    readonly deliveries: readonly {
      readonly at: string;
      readonly messageId: string;
      readonly receiveCount: number;
      readonly verdict: string;
      readonly origin: string | null;
      readonly ran: boolean | "unknown";
      readonly outcome: string | null;
      readonly ending?: string;
    }[];
  }[];
  readonly ledger: {
    readonly rows: number;
    readonly truncated: boolean;
    readonly summary: { readonly unexplained: number | null };
    readonly doubled: readonly Booked[];
    readonly doubledByRetries: readonly Booked[];
  };
}

const SIDES = ["naive", "naiveKeyed", "guarded"] as const;
const ORDERS = 80;
/** Instants are whole milliseconds, of two processes. */
const SLACK_MS = 5;
const KILLED = ["timeout", "crash"];

it("finds in the logs of the demo what the demo has counted", async () => {
  const logs = join(folder, "logs");
  const html = join(folder, "demo.html");
  const demo = await effectivelyOnce([
    ...["demo", "--seed", "11", "--messages", String(ORDERS), "--json"],
    ...["--logs", logs, "--html", html],
  ]).ended;
  expect(demo.code).toBe(0);
  const report = JSON.parse(demo.out) as DemoReport;
  const picture = JSON.parse(
    /id="data">(.*?)<\/script>/s.exec(readFileSync(html, "utf8"))?.[1] ?? "",
  ) as PictureData;

  for (const side of SIDES) {
    const [ofCharges, ofOrders] = await Promise.all([
      detected(logs, side, "charges"),
      detected(logs, side, "orders"),
    ]);
    expect(ofCharges).toMatchObject({
      summary: { deliveries: report[side].deliveries, keys: ORDERS },
      read: { complete: true, unreadable: 0, withoutKey: 0, problems: [] },
    });

    const ledgers = [ofCharges.ledger, ofOrders.ledger];
    expect(ledgers.map(({ truncated, summary }) => [truncated, summary.unexplained])).toEqual([
      [false, 0],
      [false, 0],
    ]);
    expect(sumOf(ledgers.map(({ rows }) => rows))).toBe(report[side].effects);
    const doubled = ledgers.flatMap((one) => [...one.doubled, ...one.doubledByRetries]);
    expect(sumOf(doubled.map(({ rows }) => rows.length - 1))).toBe(report[side].duplicatedEffects);

    // Each delivery, by what the mapping saw of it: those that were killed or frozen on the way as well.
    const seen = new Map(
      picture.sections
        .find(({ id }) => id === side)
        ?.messages.flatMap(({ key, deliveries }) =>
          deliveries.map((one, at) => [placeOf(one), { key, one, at, all: deliveries }] as const),
        ),
    );
    expect(seen.size).toBe(report[side].deliveries);
    const shownMs = new Map(
      ofCharges.keys.flatMap(({ deliveries }) =>
        deliveries.map((one) => [placeOf(one), Date.parse(one.at)] as const),
      ),
    );
    for (const { deliveries } of ofCharges.keys)
      expect(deliveries.filter(({ verdict }) => verdict === "first").length).toBeLessThan(2);
    let sure = 0;
    const unheard: string[] = [];
    for (const { key, deliveries } of ofCharges.keys)
      for (const found of deliveries) {
        const known = seen.get(placeOf(found));
        if (!known) throw new Error(`the demo has not seen ${placeOf(found)} of ${key}`);
        const { one, at, all } = known;
        expect(known.key).toBe(key);
        if (side === "guarded") {
          if (found.ending === undefined) continue;
          // Killed after its line, and before its word to the demo: the log has more then.
          if (KILLED.includes(one.outcome ?? "")) unheard.push(found.verdict);
          else expect([found.verdict, found.ending]).toEqual([one.verdict, one.outcome]);
          continue;
        }
        expect(found).toMatchObject({ ran: true, outcome: one.outcome });
        if (all.some((other) => other !== one && isNear(one, other, shownMs))) continue;
        sure += 1;
        expect([placeOf(found), found.verdict]).toEqual([placeOf(found), verdictOf(one, all.slice(0, at))]);
      }
    if (side === "guarded") {
      const told = ofCharges.keys.flatMap(({ deliveries }) =>
        deliveries.filter(({ ending }) => ending !== undefined),
      );
      // One whose store never answered has no verdict; the demo counts it by how it ended.
      const words = told.map(({ verdict, ending = "" }) => (verdict === "unknown" ? ending : verdict));
      expect(unheard.length).toBeLessThan(3);
      for (const verdict of unheard) words.splice(words.indexOf(verdict), 1);
      expect(countsOf(words)).toEqual(report.guarded.verdicts);
      expect(ofCharges.summary).toMatchObject({ repeatedRuns: 0 });
    } else {
      expect(sure).toBeGreaterThan(report[side].deliveries * 0.8);
      const { takeover = 0, busy = 0, duplicate = 0 } = ofCharges.summary.verdicts;
      expect(takeover).toBeGreaterThan(0);
      expect(ofCharges.summary).toMatchObject({ repeatedRuns: busy + duplicate, suppressed: 0 });
    }
  }

  // What it says is to be run next can be run, and what it has written is not written over.
  const next = /\neffectively-once (detect .*)\n$/.exec(demo.err)?.[1] ?? "";
  const args = [...next.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const ran = await effectivelyOnce(args).ended;
  expect(ran.code).toBe(1);
  expect(ran.out).toContain("EUR too much");
  const again = await effectivelyOnce(["demo", "--logs", logs]).ended;
  expect(again.err).toContain(`${logs} already has`);
  expect(again.code).toBe(2);
}, 240_000);

async function detected(logs: string, side: string, ledger: string): Promise<Detected> {
  const { out } = await effectivelyOnce([
    ...["detect", join(logs, `${side}.log`), "--key", "$.body.orderId", "--json", "--all", "--limit", "0"],
    ...["--ledger", join(logs, `${side}.${ledger}.csv`), "--ledger-amount", "amount"],
  ]).ended;
  return JSON.parse(out) as Detected;
}

/** Said once more, in other words than the classification's own. */
function verdictOf(one: PictureDelivery, before: readonly PictureDelivery[]): string {
  if (before.length === 0) return "first";
  const ended = before.filter(({ endMs }) => endMs !== undefined && endMs <= one.startMs);
  if (ended.some(({ outcome }) => outcome === "success")) return "duplicate";
  if (ended.length < before.length) return "busy";
  const last = ended.toSorted((left, right) => (left.endMs ?? 0) - (right.endMs ?? 0)).at(-1);
  return last?.outcome === "error" ? "retry" : "takeover";
}

/**
 * In the log a delivery is as late as the line that shows it, which its handler has written after it began. Where another one
 * of its key begins or ends in between, the two are right in different ways.
 */
function isNear(one: PictureDelivery, other: PictureDelivery, shownMs: ReadonlyMap<string, number>): boolean {
  const [from, to] = [one.startMs - SLACK_MS, (shownMs.get(placeOf(one)) ?? one.startMs) + SLACK_MS];
  const otherTo = shownMs.get(placeOf(other)) ?? other.startMs;
  const endsWithin = other.endMs !== undefined && other.endMs >= from && other.endMs <= to;
  return endsWithin || (other.startMs <= to && otherTo >= from);
}

function placeOf({ messageId, receiveCount }: Pick<PictureDelivery, "messageId" | "receiveCount">): string {
  return `${messageId} ${receiveCount}`;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

function countsOf(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
