/** Builders for the engine's tests: an SQS event, a clock that is moved by hand, a store that counts and fails on request. */

import { createOnce, type InvocationEvent, type OnceEvent, type OnceOptions } from "../../src/index.ts";
import type { Clock } from "../../src/ports.ts";
import type { SqsEventLike, SqsRecordLike } from "../../src/sources/sqs/index.ts";
import { type MemoryStore, memoryStore } from "../../src/stores/memory/index.ts";

/** Takes what the SQS source sends besides its reply, in the place of an SQSClient: what was moved and deleted, in order. */
export function recordingClient() {
  const sent: { readonly command: string; readonly input: Record<string, unknown> }[] = [];
  const entries = (command: string) =>
    sent
      .filter((one) => one.command === command)
      .map(
        ({ input }) => input["Entries"] as readonly { ReceiptHandle: string; VisibilityTimeout?: number }[],
      );
  return {
    sent,
    client: {
      send: async (command: never) => {
        const { constructor, input } = command as {
          constructor: { name: string };
          input: Record<string, unknown>;
        };
        sent.push({ command: constructor.name, input });
        return {};
      },
    },
    /** One list of handles per DeleteMessageBatch. */
    deleted: () => entries("DeleteMessageBatchCommand").map((part) => part.map(handleOf)),
    /** The last visibility asked for, by message id. */
    moved: () =>
      Object.fromEntries(
        entries("ChangeMessageVisibilityBatchCommand")
          .flat()
          .map((entry) => [handleOf(entry), entry.VisibilityTimeout]),
      ),
  };
}

const handleOf = ({ ReceiptHandle }: { readonly ReceiptHandle: string }) =>
  ReceiptHandle.replace("handle-", "");

export interface Order {
  readonly orderId: string;
  readonly amount?: number;
}

export function record(
  id: string,
  body: unknown,
  more: { receiveCount?: number; group?: string } = {},
): SqsRecordLike {
  return {
    messageId: id,
    receiptHandle: `handle-${id}`,
    body: typeof body === "string" ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(more.receiveCount ?? 1),
      SentTimestamp: "1700000000000",
      MessageGroupId: more.group,
    },
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:eu-west-1:000000000000:orders${more.group === undefined ? "" : ".fifo"}`,
  };
}

export function event(...records: readonly SqsRecordLike[]): SqsEventLike {
  return { Records: records };
}

export function orders(count: number): SqsEventLike {
  return event(...Array.from({ length: count }, (_, index) => record(`m${index}`, { orderId: `o${index}` })));
}

/** Real timers, and a wall clock that a test pushes forward: leases age without waiting. */
export function movableClock(): Clock & {
  /** As after a freeze: the clock has moved on, and no timer has noticed it yet. */
  advance(ms: number): void;
  /** Time that passes: what was set to go off within it does so, now. */
  elapse(ms: number): void;
} {
  let offsetMs = 0;
  const wallMs = () => Date.now() + offsetMs;
  const pending = new Set<{ readonly dueMs: number; readonly go: () => void }>();
  return {
    wallMs,
    monotonicMs: () => performance.now(),
    after(ms, fn) {
      const timer = setTimeout(() => entry.go(), Math.max(0, ms));
      const cancel = () => {
        clearTimeout(timer);
        pending.delete(entry);
      };
      const entry = { dueMs: wallMs() + ms, go: () => (cancel(), fn()) };
      pending.add(entry);
      return cancel;
    },
    advance(ms) {
      offsetMs += ms;
    },
    elapse(ms) {
      offsetMs += ms;
      const due = [...pending].filter(({ dueMs }) => dueMs <= wallMs());
      for (const { go } of due.toSorted((one, other) => one.dueMs - other.dueMs)) go();
    },
  };
}

export type Operation = "claim" | "complete" | "fail" | "release" | "renew" | "checkpoint";

/** Asked before (`apply` undone) or after each operation; what it throws is what the caller sees. */
export interface Faults {
  before?: (operation: Operation) => void | Promise<void>;
  after?: (operation: Operation) => void | Promise<void>;
}

export interface Bench {
  readonly store: MemoryStore;
  readonly calls: Operation[];
  /** Of deliveries and warnings; those of invocations are apart. */
  readonly events: OnceEvent[];
  readonly invocations: InvocationEvent[];
  readonly clock: ReturnType<typeof movableClock>;
  readonly faults: Faults;
  once(more?: Partial<OnceOptions<never>>): ReturnType<typeof createOnce<never>>;
  endings(): string[];
  warnings(): string[];
}

export function bench(): Bench {
  const clock = movableClock();
  const inner = memoryStore({ clock });
  const calls: Operation[] = [];
  const events: OnceEvent[] = [];
  const invocations: InvocationEvent[] = [];
  const faults: Faults = {};
  const through =
    <Items, Answer>(operation: Operation, call: (items: Items) => Promise<Answer>) =>
    async (items: Items): Promise<Answer> => {
      calls.push(operation);
      await faults.before?.(operation);
      const answer = await call(items);
      await faults.after?.(operation);
      return answer;
    };
  const store: MemoryStore = {
    ...inner,
    claim: through("claim", inner.claim),
    complete: through("complete", inner.complete),
    fail: through("fail", inner.fail),
    release: through("release", inner.release),
    renew: through("renew", inner.renew),
    checkpoint: through("checkpoint", inner.checkpoint),
  };
  return {
    store,
    calls,
    events,
    invocations,
    clock,
    faults,
    once: (more = {}) =>
      createOnce({
        store,
        namespace: "test",
        clock,
        onEvent: (said) => (said.kind === "invocation" ? invocations : events).push(said as never),
        ...more,
      }),
    endings: () => events.flatMap((said) => (said.kind === "delivery" ? [said.ending] : [])),
    warnings: () => events.flatMap((said) => (said.kind === "warning" ? [said.error.code] : [])),
  };
}

export const lambda = (remainingMs = 60_000, functionName = "orders") => {
  const untilMs = performance.now() + remainingMs;
  return {
    functionName,
    awsRequestId: "r",
    getRemainingTimeInMillis: () => Math.max(0, untilMs - performance.now()),
  };
};

/** The same on the clock of a bench, whose time passes by `elapse`. */
export const lambdaOn = (clock: Clock, remainingMs = 60_000) => {
  const untilMs = clock.wallMs() + remainingMs;
  return { ...lambda(), getRemainingTimeInMillis: () => Math.max(0, untilMs - clock.wallMs()) };
};

export const failures = (reply: { batchItemFailures: { itemIdentifier: string }[] }): string[] =>
  reply.batchItemFailures.map((failure) => failure.itemIdentifier);
