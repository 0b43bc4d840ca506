/** The guarded function of the scenarios. It runs in the local Lambda's processes; each message says what befalls it. */

import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Context, createOnce, isOnceError, type SqsMessage, sqs } from "@effectively-once/runtime";
import { type SqliteTx, sqliteStore } from "@effectively-once/runtime/stores/sqlite";

export interface Work {
  readonly id: string;
  /** What the first attempt does before its effects, the second, and so on; the last one for all that follow. */
  readonly does?: readonly Act[];
}
/** `hang` waits until it is told to stop; `late` leaves an effect behind that nobody awaits. */
export type Act = "ok" | "exit" | "memory" | "throw" | "hang" | "late" | `slow ${number}`;

export interface Settings {
  readonly path: string;
  readonly leaseMs: number;
  readonly heartbeat?: boolean;
  readonly concurrency?: number;
  readonly deadlineMarginMs?: number;
}

/** What the processes leave behind for the test to read, one JSON line each. */
export type Line =
  | { readonly kind: "began"; readonly id: string; readonly attempt: number; readonly pid: number }
  | { readonly kind: "charge"; readonly id: string; readonly key: string }
  | { readonly kind: "late"; readonly id: string; readonly error: string }
  | {
      readonly kind: "delivery";
      readonly id: string | undefined;
      readonly verdict: string | undefined;
      readonly ending: string;
      readonly attempt: number | undefined;
      readonly receiveCount: number | undefined;
      readonly acknowledged: boolean;
    };

const settings = JSON.parse(process.env["SCENARIO"] ?? "{}") as Settings;
const log = `${settings.path}.log`;

function say(line: Line): void {
  appendFileSync(log, `${JSON.stringify(line)}\n`);
}

const once = createOnce({
  store: sqliteStore({ path: settings.path }),
  namespace: "scenarios",
  leaseMs: settings.leaseMs,
  onEvent(said) {
    if (said.kind !== "delivery") return;
    const { key: id, verdict, ending, attempt, receiveCount, acknowledged } = said;
    say({ kind: "delivery", id, verdict, ending, attempt, receiveCount, acknowledged });
  },
});

async function act(what: Act, id: string, ctx: Context<SqliteTx>): Promise<void> {
  switch (what) {
    case "ok":
      return;
    case "exit":
      process.exit(1);
    case "memory": {
      const all: unknown[] = [];
      for (;;) all.push(Array.from({ length: 1e6 }, () => all.length));
    }
    case "throw":
      throw new Error("this message is poison");
    case "hang":
      await new Promise((_resolve, reject) => {
        const alive = setInterval(() => {}, 1_000);
        ctx.signal.addEventListener("abort", () => {
          clearInterval(alive);
          reject(ctx.signal.reason as Error);
        });
      });
      return;
    case "late":
      setTimeout(() => {
        ctx
          .keyed("late", async ({ key }) => say({ kind: "charge", id, key }))
          .catch((error: unknown) =>
            say({ kind: "late", id, error: isOnceError(error) ? error.code : String(error) }),
          );
      }, 300);
      return;
    default:
      await sleep(Number(what.split(" ")[1]));
  }
}

export const handler = once.handler(
  sqs<Work>({
    key: (m: SqsMessage<Work>) => m.body.id,
    ...(settings.heartbeat === undefined ? {} : { heartbeat: settings.heartbeat }),
    ...(settings.concurrency === undefined ? {} : { concurrency: settings.concurrency }),
    ...(settings.deadlineMarginMs === undefined ? {} : { deadlineMarginMs: settings.deadlineMarginMs }),
  }),
  async ({ body }, ctx) => {
    const { id, does = [] } = body;
    say({ kind: "began", id, attempt: ctx.attempt, pid: process.pid });
    const what: Act = does[Math.min(ctx.attempt, does.length) - 1] ?? "ok";
    await act(what, id, ctx);
    await ctx.keyed("charge", async ({ key }) => say({ kind: "charge", id, key }));
    await ctx.commit(async (tx) => void tx.prepare("INSERT INTO orders (id) VALUES (?)").run(id));
  },
);
