/** `createOnce`: the face of the runtime. */

import { type Key, scopeText } from "./core/key.ts";
import { formerRecords, type PowertoolsRecords } from "./core/powertools.ts";
import { contextOf } from "./engine/current.ts";
import { type Handle, handleEvent } from "./engine/handle.ts";
import { runOne } from "./engine/run-one.ts";
import { eventChannel } from "./engine/event-channel.ts";
import { type Scope, type Settings, Warnings } from "./engine/settings.ts";
import { disabledWarning, guardDisabled, unguarded } from "./engine/unguarded.ts";
import { sheltering, watchRequests } from "./engine/unguarded-effects.ts";
import { OnceError, typeOf } from "./errors.ts";
import { checkNames } from "./options.ts";
import { type Clock, type Random, systemClock, systemRandom } from "./ports.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";
import type { Context, LambdaContextLike, OnceEvent, Outcome, Stored } from "./types.ts";

export interface OnceOptions<Tx> {
  readonly store: Store<Tx>;
  /** Keeps this service's keys apart from others' in the same table. */
  readonly namespace: string;
  /** How long a claim holds without a heartbeat. @default 30_000 */
  readonly leaseMs?: number;
  /** How long a finished key is remembered. @default 29 days: fourteen in the queue, fourteen in a dead-letter queue */
  readonly retentionMs?: number;
  /** The longest transaction body, BEGIN to COMMIT. @default 10_000 */
  readonly transactionMs?: number;
  /** One typed event per delivery, and each warning once. @default warnings go to console.warn */
  readonly onEvent?: (event: OnceEvent) => void;
  /**
   * Aborts when the process is about to be ended (a container's SIGTERM). Nothing new is started then, claims that have
   * not begun are given back, and the handlers' `signal` aborts. Lambda ends environments between invocations and needs none.
   */
  readonly shutdown?: AbortSignal;
  /**
   * For development: each request over HTTP that a handler makes outside any verb or edge is told to `onEvent` (kind
   * `unguarded-effect`), reading ones left out. What goes over a socket of its own, as SQL does, is not seen.
   *
   * @default false
   */
  readonly development?: boolean;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface HandlerOptions<Message = unknown> {
  /** The name the keys live under. @default "default", for one handler */
  readonly name?: string;
  /** What a takeover does with code outside the verbs. @default "rerun" */
  readonly onTakeover?: "rerun" | "hold";
  /** Whether the handler's result is kept in the record. @default false */
  readonly storeResult?: boolean;
  /**
   * For the move from Powertools' idempotency: what it remembers as finished is a `duplicate` here and is not run, what
   * it has in progress is `busy`. Needs a store that reads such records, which is `dynamodbStore`. `docs/powertools.md`
   * says how to move, and when to take this out again.
   *
   * @default not looked for
   */
  readonly readPowertoolsRecords?: PowertoolsRecords<Message>;
}

export interface RunOptions {
  /** The name the keys live under. @default "default" */
  readonly name?: string;
  /** Lambda's context, for the deadline. */
  readonly context?: LambdaContextLike;
}

export interface Once<Tx> {
  /** A Lambda handler: `(event, context) => reply`. */
  handler<Event, Message, Reply, Result>(
    source: Source<Event, Message, Reply, Result>,
    fn: (message: Message, context: Context<Tx>) => Promise<Result>,
    options?: HandlerOptions<Message>,
  ): (event: Event, context: LambdaContextLike) => Promise<Reply>;
  /** Runs `fn` once per key. What `fn` throws is thrown, and the key can be run again. */
  run<T>(key: Key, fn: (context: Context<Tx>) => Promise<T>, options?: RunOptions): Promise<Outcome<T>>;
  /** A function with the same arguments that runs once per key, and answers duplicates with the stored result. */
  wrap<Args extends readonly unknown[], T>(
    fn: (...args: Args) => Promise<T>,
    options: { readonly key: (...args: Args) => Key; readonly name?: string },
  ): (...args: Args) => Promise<T | Stored<T>>;
  /** The context of the message that this `once` is handling in the current call, or `undefined` outside of one. */
  context(): Context<Tx> | undefined;
}

const OPTIONS = [
  "store",
  "namespace",
  "leaseMs",
  "retentionMs",
  "transactionMs",
  "onEvent",
  "shutdown",
  "development",
  "clock",
  "random",
];
const DAY_MS = 86_400_000;

/**
 * Makes the effects of handlers happen effectively once.
 *
 * @example
 * const once = createOnce({ store: postgresStore({ pool }), namespace: "orders" });
 * export const handler = once.handler(sqs<Order>({ key: (m) => m.body.orderId }), async (m, ctx) => { … });
 */
export function createOnce<Tx = never>(options: OnceOptions<Tx>): Once<Tx> {
  const settings = resolve(options);
  const warnings = new Warnings(settings.emit);
  if (guardDisabled(process.env)) warnings.once(settings.namespace, disabledWarning());
  const taken = new Map<string, string>();

  function scope(kind: string, name: string | undefined): Scope {
    const called = name ?? "default";
    const by = taken.get(called);
    if (by !== undefined && !(by === "run" && kind === "run"))
      throw new OnceError(
        "name-taken",
        `A ${kind} ${name === undefined ? "without a name" : `named "${name}"`} shares its keys with a ${by} of the same \`once\`, and each would skip what the other has done. Give it a name of its own: { name: "…" }.`,
      );
    taken.set(called, kind);
    return { namespace: settings.namespace, name: called, text: scopeText(settings.namespace, called) };
  }

  return {
    handler(source, fn, given = {}) {
      checkNames("handler", given, ["name", "onTakeover", "storeResult", "readPowertoolsRecords"]);
      const formerOf = given.readPowertoolsRecords && formerRecords(given.readPowertoolsRecords);
      if (formerOf && options.store.traits.formerRecords !== true)
        throw new OnceError(
          "invalid-option",
          "handler: `readPowertoolsRecords` needs a store that reads Powertools' records, and this one does not: it would run again what was finished. Use dynamodbStore, or leave the option out.",
        );
      const handle: Handle = {
        settings,
        warnings,
        scope: scope("handler", given.name),
        onTakeover: given.onTakeover ?? "rerun",
        storesResult: given.storeResult ?? false,
        formerOf,
      };
      // The engine's context always has the transactions; the type shows them only where the store has them.
      const typed = fn as (message: unknown, context: unknown) => Promise<unknown>;
      return (event, context) => handleEvent(handle, source, typed, event, context);
    },
    run(key, fn, given = {}) {
      checkNames("run", given, ["name", "context"]);
      const handle = { settings, warnings, scope: scope("run", given.name) };
      return runOne(handle, key, fn as (context: unknown) => Promise<never>, given.context);
    },
    wrap(fn, given) {
      checkNames("wrap", given, ["key", "name"]);
      const { key, name } = given;
      if (typeof key !== "function")
        throw new OnceError(
          "invalid-option",
          `wrap needs a key: a function of the arguments, got ${typeOf(key)}. For example { key: (orderId) => orderId }.`,
        );
      const handle = { settings, warnings, scope: scope("wrap", name) };
      return async (...args) => {
        const outcome = await runOne(handle, key(...args), () => fn(...args), undefined);
        if (outcome.ran) return outcome.value;
        if (outcome.verdict === "duplicate") {
          if (outcome.stored) return outcome.value as never;
          throw new OnceError(
            "result-unavailable",
            "This key is completed, but its result was not stored or cannot be read.",
          );
        }
        if (outcome.verdict === "busy")
          throw new OnceError(
            "busy",
            `This key is being run elsewhere; try again at ${new Date(outcome.retryAtMs).toISOString()}.`,
            { retryable: true },
          );
        throw new OnceError(outcome.verdict === "invalid" ? "invalid-key" : outcome.verdict, outcome.reason);
      };
    },
    context: () => contextOf(settings) as Context<Tx> | undefined,
  };
}

function resolve<Tx>(options: OnceOptions<Tx>): Settings<unknown> {
  checkNames("createOnce", options, OPTIONS);
  if (typeof options.store?.claim !== "function")
    throw new OnceError(
      "invalid-option",
      `createOnce needs a store, got ${typeOf(options.store)}. Use postgresStore({ pool }), sqliteStore({ path }) or memoryStore().`,
    );
  if (typeof options.namespace !== "string" || options.namespace === "")
    throw new OnceError(
      "invalid-option",
      `createOnce needs a namespace, a non-empty string such as "orders", got ${typeOf(options.namespace)}.`,
    );
  const store = options.store as unknown as Store<unknown>;
  const random = options.random ?? systemRandom;
  const development = options.development === true;
  if (development) watchRequests();
  return Object.freeze({
    store: guardDisabled(process.env) ? unguarded(store, random) : development ? sheltering(store) : store,
    development,
    namespace: options.namespace,
    leaseMs: span("leaseMs", options.leaseMs ?? 30_000),
    retentionMs: span("retentionMs", options.retentionMs ?? 29 * DAY_MS),
    transactionMs: span("transactionMs", options.transactionMs ?? 10_000),
    clock: options.clock ?? systemClock,
    random,
    shutdown: options.shutdown,
    emit: quietly(options.onEvent ?? warnOnConsole),
  });
}

function span(name: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 1) return ms;
  throw new OnceError("invalid-option", `${name} is a number of milliseconds, 1 or more, got ${String(ms)}.`);
}

function warnOnConsole(event: OnceEvent): void {
  if (event.kind === "warning")
    console.warn(`effectively-once [${event.scope}] ${event.error.code}: ${event.error.message}`);
  else if (event.kind === "unguarded-effect")
    console.warn(
      `effectively-once [${event.scope}] unguarded-effect: ${event.effect} had no key: made outside any verb or edge, it may happen twice.`,
    );
}

/** A listener that throws must not change what becomes of a message. */
function quietly(emit: (event: OnceEvent) => void): (event: OnceEvent) => void {
  const tell = eventChannel();
  return (event) => {
    try {
      tell?.(event);
      emit(event);
    } catch (error) {
      console.error("effectively-once: onEvent threw", error);
    }
  };
}
