/** A context for a unit test of a handler function: the engine's own verbs over a store that only takes notes. */

import { createHash } from "node:crypto";
import {
  type Context,
  type Delivery,
  isOnceError,
  type Key,
  type KeyPart,
  OnceError,
} from "@effectively-once/runtime";
import type { StepKind, WonVerdict } from "@effectively-once/runtime/store";
import { engineOver, type Verbs } from "./test-engine.ts";

/** What an earlier attempt has left in the record of this message. */
export interface RememberedStep {
  /** Which verb made it. Another verb under its name is refused with `kind-changed`, as in production. */
  readonly kind: Exclude<StepKind, "handler" | "edge">;
  /** What the verb answered then, and answers now without being made again. */
  readonly value?: unknown;
}

export interface TestContextOptions {
  /** @default "test" */
  readonly key?: Key;
  /** @default 1, or 2 when there are `remembered` steps */
  readonly attempt?: number;
  /** @default "first" for attempt 1, else "retry" */
  readonly verdict?: WonVerdict;
  /** What is not given is that of a first SQS delivery. */
  readonly delivery?: Partial<Delivery>;
  /** @default "test" */
  readonly correlationId?: string;
  /** By name. @default none */
  readonly remembered?: Readonly<Record<string, RememberedStep>>;
  /**
   * What becomes `ctx.signal`. Once it is aborted verbs are refused: with its reason where that is an error of this
   * library, else with `deadline`. @default one that never aborts
   */
  readonly signal?: AbortSignal;
}

/** One call of a verb that made its effect, in the order in which they began. */
export interface TestEffect {
  readonly kind: "keyed" | "repeatable" | "plain" | "transact" | "commit";
  /** Of a commit: "commit". */
  readonly name: string;
  /** What a keyed effect was given; else `undefined`. */
  readonly key: string | undefined;
  /** What the verb answered, after JSON; `undefined` while it runs and when it failed. */
  readonly value: unknown;
  /** What it failed with, or what it was refused with after it was made (`key-unused`). */
  readonly error: unknown;
}

/** What the test reads when the handler is done. */
export interface TestRecord {
  readonly effects: readonly TestEffect[];
  /** What production would tell `onEvent` as warnings, such as a value that JSON cannot hold. */
  readonly warnings: readonly OnceError[];
}

export type TestContext<Tx = never> = Context<Tx> & TestRecord;

const OPTIONS = ["key", "attempt", "verdict", "delivery", "correlationId", "remembered", "signal", "tx"];

/**
 * A `Context` for calling a handler function by itself: no store, no queue, no clock. The verbs run at once and are the
 * engine's own: they remember by name, pass values through JSON, and refuse what the engine refuses (`name-reused`,
 * `name-invalid`, `kind-changed`, `key-unused`, `verb-after-commit`, `verb-in-transaction`, `commit-twice`,
 * `unstorable-value`). With a `tx`, `transact` and `commit` hand it to their bodies; nothing is begun or rolled back on it.
 *
 * Keys are as long and as stable as in production, but not the same. `once.context()` does not see this context.
 *
 * @throws OnceError `unknown-option`, `invalid-option` or `invalid-key`.
 *
 * @example
 * const ctx = testContext({ key: "order-42", tx: fakeClient });
 * await handleOrder({ body: order, messageId: "m", record }, ctx);
 * expect(ctx.effects).toMatchObject([{ kind: "keyed", name: "charge" }, { kind: "commit" }]);
 *
 * @example
 * // What a retry does when the charge was made before the crash: it is not made again.
 * const ctx = testContext({ remembered: { charge: { kind: "keyed", value: { id: "ch_1" } } }, tx: fakeClient });
 */
export function testContext(options?: TestContextOptions): TestContext;
export function testContext<Tx>(options: TestContextOptions & { readonly tx: Tx }): TestContext<Tx>;
export function testContext(
  options: TestContextOptions & { readonly tx?: unknown } = {},
): TestContext<unknown> {
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name))
      throw new OnceError(
        "unknown-option",
        `testContext has no option "${name}". It has: ${OPTIONS.join(", ")}.`,
      );
  const parts = partsOf(options.key === undefined ? "test" : options.key);
  const attempt = options.attempt ?? (options.remembered === undefined ? 1 : 2);
  if (!Number.isInteger(attempt) || attempt < 1)
    throw new OnceError("invalid-option", `attempt is a whole number, 1 or more, got ${String(attempt)}.`);
  const verdict = options.verdict ?? (attempt === 1 ? "first" : "retry");
  const signal = options.signal ?? new AbortController().signal;
  const effects: { -readonly [Field in keyof TestEffect]: TestEffect[Field] }[] = [];
  const warnings: OnceError[] = [];
  const keyFor = (name: string): string => derived(parts, name);
  let inner: Promise<Verbs> | undefined;

  /** Runs a verb of the engine; `made` is called when it makes its effect. */
  async function verb<T>(
    kind: TestEffect["kind"],
    name: string,
    run: (engine: Verbs, made: () => void) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw refusal(signal.reason);
    inner ??= engineOver(options, attempt, verdict, (warning) => warnings.push(warning));
    const engine = await inner;
    let effect: (typeof effects)[number] | undefined;
    const made = (): void => {
      const key = kind === "keyed" ? keyFor(name) : undefined;
      effect = { kind, name, key, value: undefined, error: undefined };
      effects.push(effect);
    };
    try {
      const value = await run(engine, made);
      if (effect) effect.value = value;
      return value;
    } catch (error) {
      if (effect) effect.error = error;
      throw error;
    }
  }

  const verbs: Verbs = {
    keyed: (name, fn, given) =>
      verb("keyed", name, (engine, made) =>
        engine.keyed(
          name,
          (call) => {
            made();
            return fn({
              get key() {
                // So that the engine knows that it was read.
                void call.key;
                return keyFor(name);
              },
              signal,
            });
          },
          given,
        ),
      ),
    repeatable: (name, fn) =>
      verb("repeatable", name, (engine, made) =>
        engine.repeatable(name, () => {
          made();
          return fn({ signal });
        }),
      ),
    plain: (name, fn, given) =>
      verb("plain", name, (engine, made) =>
        engine.plain(
          name,
          () => {
            made();
            return fn({ signal });
          },
          given,
        ),
      ),
    transact: (name, fn) =>
      verb("transact", name, (engine, made) =>
        engine.transact(name, (tx) => {
          made();
          return fn(tx);
        }),
      ),
    commit: (fn) =>
      verb("commit", "commit", async (engine, made) => {
        // A handler's commit may answer what JSON cannot hold: it is not stored.
        const held: { value?: Awaited<ReturnType<typeof fn>> } = {};
        await engine.commit(async (tx) => {
          made();
          held.value = await fn(tx);
        });
        return held.value as Awaited<ReturnType<typeof fn>>;
      }),
  };
  return {
    key: parts.map(String).join(" · "),
    attempt,
    verdict,
    signal,
    delivery: {
      source: "test",
      messageId: "test",
      receiveCount: attempt,
      sentAtMs: Date.now(),
      ...options.delivery,
    },
    correlationId: options.correlationId ?? "test",
    keyFor,
    effects,
    warnings,
    ...verbs,
  };
}

function partsOf(key: Key): readonly KeyPart[] {
  const parts: readonly (KeyPart | null | undefined)[] = Array.isArray(key) ? key : [key];
  const empty = (part: KeyPart | null | undefined): boolean =>
    part === null || part === undefined || part === "" || Number.isNaN(part);
  if (parts.length === 0 || parts.some(empty))
    throw new OnceError(
      "invalid-key",
      "A key is a string, number or bigint, or a list of these, none of them empty. In production such a message is invalid, and the handler is not called.",
    );
  return parts as readonly KeyPart[];
}

/** 36 characters in the form of a UUID, as the engine's derived keys: the same for the same key and name. */
function derived(parts: readonly KeyPart[], name: string): string {
  const typed = parts.map((part) => [typeof part, String(part)]);
  const hex = createHash("sha256")
    .update(JSON.stringify([typed, name]))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function refusal(reason: unknown): OnceError {
  if (isOnceError(reason)) return reason;
  return new OnceError("deadline", "The context's signal is aborted: an effect may not start any more.", {
    retryable: true,
    cause: reason,
  });
}
