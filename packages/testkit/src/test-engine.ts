/** The engine under a test context: one attempt of it, over a store that has no records. */

import {
  type Clock,
  createOnce,
  type Effects,
  type OnceError,
  type Transactions,
} from "@effectively-once/runtime";
import type { StepKind, Steps, Store, WonVerdict } from "@effectively-once/runtime/store";

export type Verbs = Effects & Transactions<unknown>;

interface Given {
  readonly remembered?: Readonly<
    Record<string, { readonly kind: Exclude<StepKind, "handler" | "edge">; readonly value?: unknown }>
  >;
  /** Where it is given, the store has transactions. */
  readonly tx?: unknown;
}

const SWITCH = "EFFECTIVELY_ONCE_DISABLED";
/** Longer than any test: no lease runs out, no beat comes. */
const LEASE_MS = 1_000_000_000;
const LONGEST_TIMER_MS = 86_400_000;

// Taken before a test can replace them: fake timers must not hold up the verbs.
const { setTimeout: later, clearTimeout: cancel } = globalThis;
const wallMs = Date.now.bind(Date);
const monotonicMs = performance.now.bind(performance);
const CLOCK: Clock = {
  wallMs,
  monotonicMs,
  after(ms, fn) {
    if (ms > LONGEST_TIMER_MS) return () => {};
    const timer = later(fn, Math.max(0, ms));
    return () => cancel(timer);
  },
};

/** The engine's context, held open for as long as the test holds on to it. */
export function engineOver(
  given: Given,
  attempt: number,
  verdict: WonVerdict,
  onWarning: (warning: OnceError) => void,
): Promise<Verbs> {
  const store = notes(given, attempt, verdict);
  return new Promise((resolve, reject) => {
    const once = guarded(() =>
      createOnce<unknown>({
        store,
        namespace: "test",
        clock: CLOCK,
        leaseMs: LEASE_MS,
        onEvent: (said) => {
          if (said.kind === "warning") onWarning(said.error);
        },
      }),
    );
    const held = once.run("test", (context) => {
      resolve(context);
      return new Promise<never>(() => {});
    });
    held.catch(reject);
  });
}

/** The switch is read when an engine is made. Tests set it for their handlers; a context shows the verbs as they are. */
function guarded<T>(make: () => T): T {
  const off = process.env[SWITCH];
  delete process.env[SWITCH];
  try {
    return make();
  } finally {
    if (off !== undefined) process.env[SWITCH] = off;
  }
}

/** A store for one attempt: it has the steps that were given, and says yes to what is written. */
function notes(given: Given, attempt: number, verdict: WonVerdict): Store<unknown> {
  const transactions = "tx" in given;
  const steps = stepsOf(given.remembered ?? {});
  const yes = (items: readonly unknown[]): Promise<{ readonly kind: "written" }[]> =>
    Promise.resolve(items.map(() => ({ kind: "written" })));
  return {
    traits: { clock: "store", transactions, maxBatch: 1, maxResultBytes: 1_048_576, durability: "process" },
    claim: (requests) =>
      Promise.resolve(
        requests.map(({ leaseMs }) => {
          const nowMs = CLOCK.wallMs();
          const times = { firstAttemptAtMs: nowMs, nowMs, leaseUntilMs: nowMs + leaseMs };
          return { kind: "won", verdict, fence: attempt, attempts: attempt, generation: 0, steps, ...times };
        }),
      ),
    complete: yes,
    fail: yes,
    release: yes,
    renew: yes,
    checkpoint: yes,
    ...(transactions
      ? {
          transact: async (request, body) => {
            try {
              const value = await body(given.tx);
              request.change(value);
              return { kind: "committed", value };
            } catch (error) {
              return { kind: "rolled-back", error };
            }
          },
        }
      : {}),
    setup: () => Promise.resolve(),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
    read: (ids) => Promise.resolve(ids.map(() => undefined)),
    list: async function* () {},
    resolve: () => Promise.resolve({ kind: "not-found" }),
    rerun: (ids) => Promise.resolve(ids.map(() => false)),
    forget: () => Promise.resolve(),
  };
}

function stepsOf(remembered: NonNullable<Given["remembered"]>): Steps {
  const steps = Object.entries(remembered).map(([name, { kind, value }]) => {
    const json = value === undefined ? {} : { value: JSON.stringify(value) };
    return [name, { kind, state: "done", atMs: 0, ...json }] as const;
  });
  return Object.fromEntries(steps);
}
