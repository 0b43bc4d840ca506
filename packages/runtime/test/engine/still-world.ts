/** A world in which time stands still, and an event source of the test's own: each delivery is what the test says it is. */

import { createOnce, type HandlerOptions, type InvocationEvent, type OnceEvent } from "../../src/index.ts";
import type { Context, DeliveryEvent, LambdaContextLike } from "../../src/types.ts";
import type { Clock } from "../../src/ports.ts";
import type { Arrival, End, Reading, Source, SourceHost, SourceShape } from "../../src/source.ts";
import type { Store, StoredRecord } from "../../src/store.ts";
import { memoryStore } from "../../src/stores/memory/index.ts";

/** Waits of up to a second are over at once, and are written down; longer ones when the test moves the time on. */
export function stillClock(): Clock & {
  readonly waits: number[];
  move(ms: number): void;
  /** The process stands still: no timer has noticed it yet. */
  stall(ms: number): void;
  /** The process is gone, and what waited in it. */
  forget(): void;
  /** How many timers wait for the time to move on. */
  waiting(): number;
} {
  let nowMs = 1_700_000_000_000;
  const waits: number[] = [];
  const long = new Set<{ readonly dueMs: number; readonly fn: () => void }>();
  return {
    waits,
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(ms, fn) {
      waits.push(ms);
      if (ms <= 1_000) {
        const soon = setImmediate(fn);
        return () => clearImmediate(soon);
      }
      const timer = { dueMs: nowMs + ms, fn };
      long.add(timer);
      return () => void long.delete(timer);
    },
    move(ms) {
      nowMs += ms;
      for (const timer of [...long]) if (timer.dueMs <= nowMs && long.delete(timer)) timer.fn();
    },
    stall: (ms) => void (nowMs += ms),
    forget: () => long.clear(),
    waiting: () => long.size,
  };
}

/** A delivery: by default of the key and the payload that its ref is, in no order. */
export interface Given extends Partial<Omit<Arrival<Given>, "delivery">> {
  readonly ref: string;
  readonly key?: unknown;
  readonly fingerprint?: unknown;
  readonly messageId?: string | undefined;
  readonly receiveCount?: number;
  readonly sentAtMs?: number;
}

export interface WorldOptions {
  readonly maxBatch?: number;
  readonly concurrency?: number;
  readonly deadlineMarginMs?: number;
  readonly messageIdKey?: boolean;
  readonly shape?: SourceShape;
  readonly backoff?: (attempt: number) => number;
  readonly hold?: (ref: string) => Promise<void>;
  readonly transport?: false;
  readonly heartbeat?: boolean;
  readonly warns?: Parameters<SourceHost["warn"]>[0];
  readonly leaseMs?: number;
  readonly shutdown?: AbortSignal;
  readonly handler?: HandlerOptions<Given>;
  /** In the place of the memory store's own operations. */
  readonly store?: Partial<Store<never>>;
}

type Operation = "claim" | "complete" | "fail" | "release" | "renew" | "checkpoint";

export function stillWorld(options: WorldOptions = {}) {
  const clock = stillClock();
  const inner = memoryStore({ clock });
  /** What the store was asked, one list of ids per call. */
  const asked: Record<Operation, string[][]> = {
    claim: [],
    complete: [],
    fail: [],
    release: [],
    renew: [],
    checkpoint: [],
  };
  /** What happens between the store's answer and its arrival. */
  const after: Partial<Record<Operation, () => unknown>> = {};
  const watched = <Item extends { readonly id: string }, Answer>(
    operation: Operation,
    call: (items: readonly Item[]) => Promise<Answer>,
  ): ((items: readonly Item[]) => Promise<Answer>) => {
    const own = options.store?.[operation] as unknown as typeof call | undefined;
    return async (items) => {
      asked[operation].push(items.map(({ id }) => labelOf(id)));
      const answer = await (own ?? call)(items);
      await after[operation]?.();
      return answer;
    };
  };
  const labelOf = (id: string): string => inner.records.get(id)?.label ?? "";
  const store: Store<never> = {
    ...inner,
    ...options.store,
    traits: { ...inner.traits, maxBatch: options.maxBatch ?? inner.traits.maxBatch },
    claim: watched("claim", inner.claim),
    complete: watched("complete", inner.complete),
    fail: watched("fail", inner.fail),
    release: watched("release", inner.release),
    renew: watched("renew", inner.renew),
    checkpoint: watched("checkpoint", inner.checkpoint),
  };
  const events: OnceEvent[] = [];
  const invocations: InvocationEvent[] = [];
  const once = createOnce<never>({
    store,
    namespace: "still",
    clock,
    leaseMs: options.leaseMs ?? 30_000,
    random: { token: tokens(), fraction: () => 0 },
    shutdown: options.shutdown,
    onEvent: (said) => (said.kind === "invocation" ? invocations : events).push(said as never),
  });
  const moved: Record<string, number>[] = [];
  const acknowledged: (readonly string[])[] = [];
  const lost: string[] = [];
  const source: Source<readonly Given[], Given, readonly End[]> = {
    kind: "own",
    concurrency: options.concurrency ?? 10,
    deadlineMarginMs: options.deadlineMarginMs ?? 500,
    messageIdKey: options.messageIdKey ?? false,
    backoff: options.backoff,
    open: async (event, host) => {
      if (options.warns) host.warn(options.warns);
      return {
        shape: options.shape ?? "sqs-standard",
        arrivals: event.map(arrivalOf),
        heartbeat: options.heartbeat ?? false,
        transport:
          options.transport === false
            ? undefined
            : {
                visibility: async (entries) => {
                  moved.push(Object.fromEntries(entries.map(({ ref, ms }) => [ref, ms])));
                  return { lost };
                },
                acknowledge: async (refs) => void acknowledged.push(refs),
              },
        reply: (ends) => ends,
        hold: options.hold,
      };
    },
  };
  const ran: string[] = [];
  const world = {
    ...{ clock, once, store, asked, after, events, invocations, moved, acknowledged, lost, ran },
    records: inner.records,
    /** What the handler does, after it was written down that it ran. */
    run: async (_given: Given, _context: Context<never>): Promise<unknown> => undefined,
    handle: (given: readonly Given[], context?: LambdaContextLike): Promise<readonly End[]> =>
      handler(given, context as LambdaContextLike),
    /** Claims what a process has left behind that is gone: its lease is over. */
    async leaveBehind(...given: readonly Given[]): Promise<void> {
      const before = world.run;
      world.run = () => new Promise(() => {});
      void world.handle(given);
      await settled();
      clock.forget();
      clock.move(60_000);
      world.run = before;
      for (const list of [ran, events, invocations, moved, acknowledged, clock.waits]) list.length = 0;
      for (const list of Object.values(asked)) list.length = 0;
    },
    record: (label: string): StoredRecord | undefined =>
      [...inner.records.values()].find((found) => found.label === label),
    deliveries: (): DeliveryEvent[] => events.filter((said) => said.kind === "delivery"),
    endings: (): Record<string, string> =>
      Object.fromEntries(world.deliveries().map(({ messageId, ending }) => [messageId ?? "", ending])),
    warnings: (): string[] => events.flatMap((said) => (said.kind === "warning" ? [said.error.code] : [])),
  };
  const handler = once.handler(
    source,
    async (given, context) => {
      ran.push(given.ref);
      return world.run(given, context);
    },
    { name: "queue", ...options.handler },
  );
  return world;
}

/** Everything that can go on without time does. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A Lambda context that says the same whenever it is asked. */
export const lasting = (remainingMs: number, functionName = "orders"): LambdaContextLike => ({
  functionName,
  awsRequestId: "request-1",
  getRemainingTimeInMillis: () => remainingMs,
});

function arrivalOf(given: Given): Arrival<Given> {
  const { ref, receiveCount, sentAtMs } = given;
  const reading: Reading<Given> = given.reading ?? {
    ok: true,
    message: given,
    key: "key" in given ? given.key : ref,
    fingerprint: "fingerprint" in given ? given.fingerprint : { of: ref },
  };
  return {
    ref,
    delivery: {
      source: "own-queue",
      messageId: "messageId" in given ? given.messageId : ref,
      receiveCount,
      sentAtMs,
    },
    correlationId: given.correlationId,
    carrier: given.carrier,
    lane: given.lane,
    reading,
  };
}

function tokens(): () => string {
  let count = 0;
  return () => `token-${(count += 1)}`;
}
