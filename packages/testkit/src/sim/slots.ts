/**
 * The real engine, once per place where an environment may be: what it is made of (clock, store, SQS) asks whoever lives
 * there now. Made once and used for every schedule, because making it takes longer than many a schedule.
 */

import {
  type Clock,
  type Context,
  createOnce,
  type Ending,
  type LambdaContextLike,
  sqs,
} from "@effectively-once/runtime";
import type { SqsEventLike, SqsMessage, SqsReply } from "@effectively-once/runtime/sources/sqs";
import type { Store } from "@effectively-once/runtime/store";
import type { Environment } from "./environment.ts";
import type { Body } from "./programs.ts";
import type { SimTx } from "./transactions.ts";

/** Who lives in a slot. */
export interface Tenant {
  readonly environment: Pick<Environment, "clock" | "random" | "shutdown">;
  readonly store: Store<SimTx>;
  readonly client: (command: SqsCommand) => Promise<object>;
  readonly hold: (messageId: string, ending: Ending) => Promise<void>;
  readonly handle: (message: SqsMessage<Body>, ctx: Context<SimTx>, version: number) => Promise<void>;
}

export interface SqsCommand {
  readonly constructor: { readonly name: string };
  readonly input: {
    readonly Entries: readonly {
      readonly Id: string;
      readonly ReceiptHandle: string;
      readonly VisibilityTimeout?: number;
    }[];
  };
}

type Handler = (event: SqsEventLike, context: LambdaContextLike) => Promise<SqsReply>;
export type TakeoverMode = "rerun" | "hold";

export class Slot {
  /** Set while one of its environments is running; the engine asks it at each step. */
  tenant: Tenant | undefined;
  readonly #handlers = new Map<string, Handler>();

  handler(version: number, onTakeover: TakeoverMode, hold: boolean): Handler {
    const at = `${version} ${onTakeover} ${hold}`;
    let found = this.#handlers.get(at);
    if (!found) {
      found = this.#make(version, onTakeover, hold);
      this.#handlers.set(at, found);
    }
    return found;
  }

  #make(version: number, onTakeover: TakeoverMode, hold: boolean): Handler {
    const now = (): Tenant => {
      if (!this.tenant) throw new Error("nobody lives in this slot");
      return this.tenant;
    };
    const once = createOnce<SimTx>({
      store: through(() => now().store),
      namespace: "sim",
      leaseMs: LEASE_MS,
      onEvent: () => {},
      clock: {
        wallMs: () => now().environment.clock.wallMs(),
        monotonicMs: () => now().environment.clock.monotonicMs(),
        after: (ms, fn) => now().environment.clock.after(ms, fn),
      },
      random: {
        token: () => now().environment.random.token(),
        fraction: () => now().environment.random.fraction(),
      },
      shutdown: signalOf(() => now().environment.shutdown.signal) as AbortSignal,
    });
    const source = sqs<Body>({
      key: (message) => message.body.work,
      fingerprint: (message) => message.body.payload,
      client: { send: (command: never) => now().client(command as SqsCommand) },
      ...(hold && { hold: ({ messageId }, { ending }) => now().hold(messageId, ending) }),
    });
    return once.handler(source, (message, ctx) => now().handle(message, ctx, version), { onTakeover });
  }
}

export const LEASE_MS = 30_000;

/** The signal of whoever lives there now; the engine asks for no more than this. */
function signalOf(
  signal: () => AbortSignal,
): Pick<AbortSignal, "aborted" | "addEventListener" | "removeEventListener"> {
  return {
    get aborted() {
      return signal().aborted;
    },
    addEventListener: (...given: Parameters<AbortSignal["addEventListener"]>) =>
      signal().addEventListener(...given),
    removeEventListener: (...given: Parameters<AbortSignal["removeEventListener"]>) =>
      signal().removeEventListener(...given),
  };
}

function through(store: () => Store<SimTx>): Store<SimTx> {
  return {
    traits: {
      clock: "store",
      transactions: true,
      maxBatch: 1_000,
      maxResultBytes: 1_048_576,
      durability: "service",
    },
    claim: (items) => store().claim(items),
    complete: (items) => store().complete(items),
    fail: (items) => store().fail(items),
    release: (items) => store().release(items),
    renew: (items) => store().renew(items),
    checkpoint: (items) => store().checkpoint(items),
    transact: (request, body) => {
      const { transact } = store();
      if (!transact) throw new Error("the store of a simulation has transactions");
      return transact(request, body);
    },
    setup: () => store().setup(),
    check: () => store().check(),
    close: () => store().close(),
    read: (ids) => store().read(ids),
    list: (query) => store().list(query),
    resolve: (resolution) => store().resolve(resolution),
    rerun: (ids) => store().rerun(ids),
    forget: (ids) => store().forget(ids),
  };
}

/** The first use of a source's SQS client imports the SDK, which takes real time: done before any schedule. */
export async function warmed(slots: readonly Slot[]): Promise<void> {
  for (const slot of slots) {
    slot.tenant = warmth();
    for (const version of [0, 1])
      for (const mode of ["rerun", "hold"] as const)
        await slot.handler(version, mode, false)({ Records: [RECORD] }, { functionName: "sim" });
    slot.tenant = undefined;
  }
}

const RECORD = {
  messageId: "m",
  receiptHandle: "h",
  body: JSON.stringify({ work: "w", payload: 0 }),
  attributes: { ApproximateReceiveCount: "1" },
  messageAttributes: {},
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:sim",
};

/** In real time, and with a message that is busy, so that its visibility is asked for. */
function warmth(): Tenant {
  const store: Pick<Store<SimTx>, "claim"> = {
    claim: async (asked) =>
      asked.map(() => ({ kind: "busy", messageId: "n", nowMs: 0, leaseUntilMs: 1, runUntilMs: 1 })),
  };
  const clock: Clock = {
    ...{ wallMs: () => Date.now(), monotonicMs: () => performance.now() },
    after(_ms, fn) {
      const timer = setImmediate(fn);
      return () => clearImmediate(timer);
    },
  };
  return {
    environment: {
      clock,
      random: { token: () => "t", fraction: () => 0 },
      shutdown: new AbortController(),
    },
    store: store as Store<SimTx>,
    client: async () => ({}),
    hold: async () => {},
    handle: async () => {},
  };
}
