/** The other side of every effect, which also knows what each process had in hand when it was killed. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Span } from "./standstill.ts";

/** In milliseconds of `performance.now()`. */
export interface Recovery extends Span {
  readonly id: string;
}

export interface Witness {
  readonly url: string;
  /** Charges made, by id: a call with a key that is known already makes none. */
  readonly charges: ReadonlyMap<string, number>;
  readonly mails: ReadonlyMap<string, number>;
  readonly held: ReadonlySet<string>;
  readonly verdicts: Readonly<Record<string, number>>;
  /**
   * For each message that a process had in hand when it was killed or frozen: from the last fault that it met (such a
   * stop, or an attempt that failed because a connection was cut) until it ended.
   */
  readonly recoveries: readonly Recovery[];
  /** The slowest recoveries, slowest first, each with what was told of its message: what to read when one is out of bounds. */
  slowest(
    count: number,
  ): readonly { readonly id: string; readonly ms: number; readonly told: readonly string[] }[];
  /** From sending to its end, for each message that no such stop has met: what the machine itself takes, cuts included. */
  readonly latenciesMs: readonly number[];
  /** Messages that such a stop has left, and that have not ended since. */
  unrecovered(): number;
  killed(pid: number): void;
  frozen(pid: number): void;
  sent(id: string): void;
  close(): Promise<void>;
}

/** Endings of an attempt that the faults of a soak cause; the handler itself never fails. */
const FAULTY: ReadonlySet<string> = new Set(["failed", "store-error", "fenced", "deadline"]);

export async function startWitness(): Promise<Witness> {
  const charges = new Map<string, number>();
  const mails = new Map<string, number>();
  const held = new Set<string>();
  const verdicts: Record<string, number> = {};
  const latenciesMs: number[] = [];
  const recoveries: Recovery[] = [];
  const told = new Map<string, string[]>();
  const bornMs = performance.now();
  const tell = (id: string, what: string): void => {
    const lines = told.get(id) ?? [];
    told.set(id, lines);
    lines.push(`${((performance.now() - bornMs) / 1_000).toFixed(2)} s ${what}`);
  };
  const keys = new Set<string>();
  const sentMs = new Map<string, number>();
  const inHand = new Map<string, readonly string[]>();
  const over = new Set<string>();
  const openSinceMs = new Map<string, number>();
  const add = (counts: Map<string, number>, id: string): void =>
    void counts.set(id, (counts.get(id) ?? 0) + 1);
  const end = (id: string): void => {
    if (over.has(id)) return;
    over.add(id);
    const sinceMs = openSinceMs.get(id);
    if (sinceMs === undefined) {
      latenciesMs.push(performance.now() - (sentMs.get(id) ?? 0));
      return;
    }
    openSinceMs.delete(id);
    recoveries.push({ id, fromMs: sinceMs, toMs: performance.now() });
  };

  const stopped = (pid: number, how: string): void => {
    for (const id of inHand.get(String(pid)) ?? []) {
      if (over.has(id)) continue;
      openSinceMs.set(id, performance.now());
      tell(id, `${how} ${pid}`);
    }
  };

  function note(what: string, id: string, more: string, last: string, key: string | undefined): void {
    switch (what) {
      case "received":
        inHand.set(id, more.split(","));
        for (const one of more.split(",")) tell(one, `received by ${id}`);
        break;
      case "returned":
        inHand.delete(id);
        break;
      case "charge":
        if (key === undefined || keys.has(key)) break;
        keys.add(key);
        add(charges, id);
        break;
      case "mail":
        add(mails, id);
        break;
      case "held":
        held.add(id);
        end(id);
        break;
      case "ended":
        tell(id, `${more} ${last}`);
        verdicts[more] = (verdicts[more] ?? 0) + 1;
        if (last === "completed" || last === "duplicate") end(id);
        // An attempt at recovery that a fault has cut short in its turn: it is as far as it was after the kill.
        else if (FAULTY.has(last) && openSinceMs.has(id)) openSinceMs.set(id, performance.now());
        break;
      default:
        throw new Error(`the other side knows no ${what}`);
    }
  }

  const server = createServer((request, response) => {
    const [, what = "", id = "", more = "", last = ""] = (request.url ?? "").split("/");
    request.resume();
    note(
      what,
      decodeURIComponent(id),
      decodeURIComponent(more),
      last,
      request.headers["idempotency-key"]?.toString(),
    );
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    charges,
    mails,
    held,
    verdicts,
    recoveries,
    latenciesMs,
    unrecovered: () => openSinceMs.size,
    killed(pid) {
      stopped(pid, "killed");
      inHand.delete(String(pid));
    },
    frozen: (pid) => stopped(pid, "frozen"),
    slowest: (count) =>
      recoveries
        .map(({ id, fromMs, toMs }) => ({ id, ms: toMs - fromMs, told: told.get(id) ?? [] }))
        .toSorted((a, b) => b.ms - a.ms)
        .slice(0, count),
    sent: (id) => {
      if (!sentMs.has(id)) sentMs.set(id, performance.now());
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
