/** Joins what ran more than once with what it did: the rows of the business table. */

import { isRepeatedRun } from "../harm.ts";
import type { Judged } from "../model.ts";
import { type Amount, amountOf, spelled, sum } from "./amount.ts";
import type { BadRows, LedgerRow } from "./rows.ts";

/** A row, as far as it is needed to undo it. */
export interface BookedRow {
  readonly line: number;
  readonly amount: string | undefined;
  readonly currency: string | undefined;
}

/** A key that ran more than once, and the rows it has. */
export interface LedgerKey {
  readonly key: string;
  /** As the ledger names it: the key itself, or the id of one of its messages. */
  readonly bookedAs: string | undefined;
  readonly runs: number;
  readonly repeatedRuns: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly messageIds: readonly string[];
  readonly requestIds: readonly string[];
  readonly rows: readonly BookedRow[];
}

export interface Total {
  readonly currency: string;
  readonly rows: number;
  /** Exact, with as many digits behind the point as the longest of them. */
  readonly amount: string;
}

export interface LedgerReport {
  readonly source: string;
  readonly hasAmounts: boolean;
  readonly rows: number;
  readonly bad: Pick<BadRows, "count" | "examples">;
  /** Amounts that are no decimal numbers: their rows count, and are in no sum. */
  readonly unreadableAmounts: number;
  /** Two or more rows, and a delivery that ran although the work was running or done. */
  readonly doubled: readonly LedgerKey[];
  /** Two or more rows, and attempts that had failed or were killed: one of them had its effect all the same. */
  readonly doubledByRetries: readonly LedgerKey[];
  /** One row although it ran again: something behind the handler has defended it. */
  readonly defended: number;
  /** No row at all. */
  readonly missing: readonly LedgerKey[];
  readonly missingCount: number;
  /** Keys with two or more rows that, by these logs, ran once or are not there; `undefined`: too many keys to tell. */
  readonly unexplained: number | undefined;
  /** All rows of doubled keys but the first of each, by currency. */
  readonly excess: readonly Total[];
}

interface Wanted {
  readonly key: string;
  runs: number;
  repeatedRuns: number;
  firstAtMs: number;
  lastAtMs: number;
  readonly messageIds: Set<string>;
  readonly requestIds: Set<string>;
  readonly rows: Map<string, BookedRow[]>;
}

const MAX_IDS = 20;
const MAX_MISSING = 100;
/** Keys of the ledger that are remembered to find those with two rows. */
const MAX_OTHERS = 4_000_000;

export class LedgerJoin {
  readonly #wanted = new Map<string, Wanted>();
  readonly #byMessage = new Map<string, Wanted>();
  /** `true`: it has been seen twice. */
  readonly #others = new Map<string, boolean>();
  #otherDoubled = 0;
  #tooMany = false;
  #rows = 0;

  /** @param judged all deliveries of one key, in their order */
  add(judged: readonly Judged[]): void {
    const [first] = judged;
    const ran = judged.filter((one) => one.ran !== false);
    if (first === undefined || ran.length < 2) return;
    const { key, atMs } = first.delivery;
    // Two functions may have the same key.
    const one: Wanted = this.#wanted.get(key) ?? {
      key,
      runs: 0,
      repeatedRuns: 0,
      firstAtMs: atMs,
      lastAtMs: atMs,
      messageIds: new Set(),
      requestIds: new Set(),
      rows: new Map(),
    };
    one.runs += ran.length;
    one.repeatedRuns += judged.filter(isRepeatedRun).length;
    one.firstAtMs = Math.min(one.firstAtMs, atMs);
    one.lastAtMs = Math.max(one.lastAtMs, judged.at(-1)?.delivery.atMs ?? atMs);
    for (const { delivery } of ran) {
      const { messageId, invocation } = delivery;
      if (messageId !== undefined && one.messageIds.size < MAX_IDS) {
        one.messageIds.add(messageId);
        this.#byMessage.set(messageId, one);
      }
      if (invocation && one.requestIds.size < MAX_IDS) one.requestIds.add(invocation.requestId);
    }
    this.#wanted.set(one.key, one);
  }

  book({ key, line, amount, currency }: LedgerRow): void {
    this.#rows++;
    const wanted = this.#wanted.get(key) ?? this.#byMessage.get(key);
    if (wanted === undefined) {
      this.#other(key);
      return;
    }
    const rows = wanted.rows.get(key);
    if (rows) rows.push({ line, amount, currency });
    else wanted.rows.set(key, [{ line, amount, currency }]);
  }

  done(source: string, hasAmounts: boolean, bad: BadRows): LedgerReport {
    const doubled: LedgerKey[] = [];
    const doubledByRetries: LedgerKey[] = [];
    const missing: LedgerKey[] = [];
    let defended = 0;
    let missingCount = 0;
    for (const one of this.#wanted.values()) {
      const key = ledgerKeyOf(one);
      if (key.rows.length > 1) (key.repeatedRuns > 0 ? doubled : doubledByRetries).push(key);
      else if (key.repeatedRuns === 0) continue;
      else if (key.rows.length === 1) defended++;
      else if (++missingCount <= MAX_MISSING) missing.push(key);
    }
    const { totals, unreadable } = totalsOf([...doubled, ...doubledByRetries]);
    return {
      source,
      hasAmounts,
      rows: this.#rows,
      bad: { count: bad.count, examples: bad.examples },
      unreadableAmounts: hasAmounts ? unreadable : 0,
      doubled,
      doubledByRetries,
      defended,
      missing,
      missingCount,
      unexplained: this.#tooMany ? undefined : this.#otherDoubled,
      excess: totals,
    };
  }

  #other(key: string): void {
    const twice = this.#others.get(key);
    if (twice === undefined) {
      if (this.#others.size < MAX_OTHERS) this.#others.set(key, false);
      else this.#tooMany = true;
    } else if (!twice) {
      this.#others.set(key, true);
      this.#otherDoubled++;
    }
  }
}

/** A ledger by message ids may have a row for each message of a key: all of them are the same piece of work. */
function ledgerKeyOf({ rows, messageIds, requestIds, ...one }: Wanted): LedgerKey {
  const [name] = rows.keys();
  return {
    ...one,
    bookedAs: name,
    messageIds: [...messageIds],
    requestIds: [...requestIds],
    rows: [...rows.values()].flat().toSorted((left, right) => left.line - right.line),
  };
}

/** What is too much: all rows but the first one. */
export function excessOf({ rows }: LedgerKey): readonly BookedRow[] {
  return rows.slice(1);
}

function totalsOf(keys: readonly LedgerKey[]): {
  readonly totals: readonly Total[];
  readonly unreadable: number;
} {
  const sums = new Map<string, { rows: number; amount: Amount }>();
  let unreadable = 0;
  for (const row of keys.flatMap(excessOf)) {
    const amount = amountOf(row.amount ?? "");
    if (amount === undefined) {
      unreadable++;
      continue;
    }
    const currency = row.currency ?? "";
    const before = sums.get(currency) ?? { rows: 0, amount: { units: 0n, scale: 0 } };
    sums.set(currency, { rows: before.rows + 1, amount: sum(before.amount, amount) });
  }
  const totals = [...sums]
    .map(([currency, { rows, amount }]) => ({ currency, rows, amount: spelled(amount) }))
    .toSorted((left, right) => (left.currency < right.currency ? -1 : 1));
  return { totals, unreadable };
}
