/** A session by itself, on a clock that stands still and a store that has only what a test gives it. */

import { Attempt } from "../../src/engine/attempt.ts";
import { Session } from "../../src/engine/session.ts";
import { type Settings, Warnings } from "../../src/engine/settings.ts";
import { Stopwatch } from "../../src/ports.ts";
import type { Store, StoreTraits, Won } from "../../src/store.ts";
import type { OnceEvent } from "../../src/types.ts";
import { lasting, stillClock } from "./still-world.ts";

export interface BareOptions {
  readonly store?: Partial<Omit<Store<unknown>, "traits">>;
  readonly traits?: Partial<StoreTraits>;
  readonly settings?: Partial<Settings<unknown>>;
  /** Of the Lambda context; without, there is no deadline. */
  readonly remainingMs?: number;
  readonly marginMs?: number;
  readonly messageIdKey?: boolean;
}

export function bareSession(options: BareOptions = {}) {
  const { remainingMs, marginMs = 500, messageIdKey = false } = options;
  const clock = stillClock();
  const events: OnceEvent[] = [];
  const emit = (said: OnceEvent): void => void events.push(said);
  let tokens = 0;
  const traits = {
    ...{ clock: "store", transactions: false, maxBatch: 10, maxResultBytes: 100, durability: "process" },
    ...options.traits,
  } as const;
  const session = new Session({
    settings: {
      store: { ...options.store, traits } as Store<unknown>,
      namespace: "bare",
      leaseMs: 30_000,
      retentionMs: 1_000,
      transactionMs: 10_000,
      development: false,
      clock,
      random: { token: () => `t${(tokens += 1)}`, fraction: () => 0 },
      shutdown: undefined,
      emit,
      ...options.settings,
    },
    scope: { namespace: "bare", name: "h", text: "bare/h" },
    warnings: new Warnings(emit),
    context: remainingMs === undefined ? undefined : lasting(remainingMs),
    marginMs,
    messageIdKey,
  });
  return {
    session,
    clock,
    events,
    warnings: () => events.flatMap((said) => (said.kind === "warning" ? [said.error.code] : [])),
    /** Held as after a claim, from now on. */
    attempt(id = "i", more: Partial<Won> = {}): Attempt {
      const won: Won = {
        ...{ kind: "won", verdict: "first", fence: 7, attempts: 1, generation: 0, firstAttemptAtMs: 5 },
        ...{ nowMs: 50_000, leaseUntilMs: 80_000, steps: {} },
        ...more,
      } as const;
      const attempt = new Attempt(session, session.request({ id, label: id }), won, new Stopwatch(clock));
      session.held.add(attempt);
      return attempt;
    },
  };
}

export const allWritten = async (items: readonly unknown[]) =>
  items.map(() => ({ kind: "written" }) as const);

/** Opens once; everybody who waits goes on then. */
export function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
