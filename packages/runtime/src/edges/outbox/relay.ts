/** Sends what is in an outbox: each message at least once under its stable id, those of one key in order (B-10). */

import { OnceError } from "../../errors.ts";
import { type Clock, type Random, sleep, Stopwatch, systemClock, systemRandom } from "../../ports.ts";
import { checkNames } from "../../options.ts";
import type { OutboxMessage, OutboxTable, OutgoingMessage, TakenRow } from "./message.ts";

export interface RelayOptions {
  /** Sends one message; what it throws is tried again later, and holds up the messages of its key. */
  readonly send: (message: OutgoingMessage, how: { readonly signal: AbortSignal }) => Promise<unknown>;
  /** How long one relay may take over a message before another sends it too. @default 30_000 */
  readonly leaseMs?: number;
  /** How many messages are sent beside each other. @default 10 */
  readonly concurrency?: number;
  /** How long after a failure a message is tried again, by its tries. @default doubling from 1 s to 5 min */
  readonly backoff?: (tries: number) => number;
  /** Is told of each try that failed; never with the body. @default console.warn */
  readonly onError?: (failure: {
    readonly id: string;
    readonly to: string;
    readonly tries: number;
    readonly error: unknown;
  }) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface Drained {
  readonly sent: number;
  readonly failed: number;
}

export interface Relay {
  /** Sends until nothing is left that can be sent now, or until `signal` aborts. For a schedule, or after a handler. */
  drain(options?: { readonly signal?: AbortSignal }): Promise<Drained>;
  /** Drains again and again, until `signal` aborts. @default every 1_000 ms */
  run(options: { readonly signal: AbortSignal; readonly pollMs?: number }): Promise<Drained>;
}

export interface Outbox<Tx> {
  setup(): Promise<void>;
  /** Adds messages within a transaction: they are sent if it commits, and not if it does not. */
  add(tx: Tx, ...messages: readonly OutboxMessage[]): Promise<void>;
  /** What sends them. Several may run at once, in several processes. */
  relay(options: RelayOptions): Relay;
}

const OPTIONS = ["send", "leaseMs", "concurrency", "backoff", "onError", "clock", "random"];
const LONGEST_BACKOFF_MS = 300_000;

export function relayOf(table: OutboxTable, options: RelayOptions): Relay {
  checkNames("relay", options, OPTIONS);
  if (typeof options.send !== "function")
    throw new OnceError("invalid-option", "relay needs `send`, a function that sends one message.");
  const { leaseMs = 30_000, concurrency = 10, clock = systemClock, random = systemRandom } = options;
  const backoff = options.backoff ?? ((tries) => Math.min(LONGEST_BACKOFF_MS, 1_000 * 2 ** (tries - 1)));
  const onError =
    options.onError ??
    (({ id, to, tries, error }) =>
      console.warn(
        `effectively-once outbox: message ${id} to ${to} failed (try ${tries}): ${String(error)}`,
      ));

  async function deliver(row: TakenRow, watch: Stopwatch): Promise<"sent" | "failed" | "late"> {
    const leftMs = leaseMs - watch.elapsedMs();
    // A process that stood still: another relay has it now, and may have sent what comes behind it.
    if (leftMs <= 0) return "late";
    const limit = new AbortController();
    const cancel = clock.after(leftMs, () =>
      limit.abort(
        new OnceError("deadline", "The relay's lease on this message is over.", { retryable: true }),
      ),
    );
    const { id, to, body, key, attributes, tries } = row;
    try {
      await options.send({ id, to, body, key, attributes, tries }, { signal: limit.signal });
    } catch (error) {
      onError({ id, to, tries, error });
      await table.later(row, backoff(tries) * (0.75 + random.fraction() / 2));
      return "failed";
    } finally {
      cancel();
    }
    await table.sent(row);
    return "sent";
  }

  async function drain({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Drained> {
    let sent = 0;
    let failed = 0;
    while (signal?.aborted !== true) {
      const watch = new Stopwatch(clock);
      const rows = await table.take(concurrency, leaseMs);
      if (rows.length === 0) break;
      const ends = await Promise.allSettled(rows.map((row) => deliver(row, watch)));
      for (const end of ends) {
        if (end.status === "rejected") throw end.reason;
        if (end.value === "sent") sent += 1;
        if (end.value === "failed") failed += 1;
      }
    }
    return { sent, failed };
  }

  return {
    drain,
    async run({ signal, pollMs = 1_000 }) {
      let sent = 0;
      let failed = 0;
      while (!signal.aborted) {
        const one = await drain({ signal }).catch((error: unknown): Drained => {
          onError({ id: "", to: "", tries: 0, error });
          return { sent: 0, failed: 0 };
        });
        sent += one.sent;
        failed += one.failed;
        await sleep(clock, pollMs, signal);
      }
      return { sent, failed };
    },
  };
}
