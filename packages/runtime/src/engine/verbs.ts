/** The verbs of one attempt: when an effect may be made, and what is remembered of it (`docs/protocol.md`, P7). */

import { derivedKey, printable } from "../core/key.ts";
import { type ErrorCode, OnceError } from "../errors.ts";
import type { Step, StepChange, StepKind } from "../store.ts";
import type { KeyedCall, KeyedOptions, PlainCall, PlainOptions, Stored } from "../types.ts";
import { type Attempt, deadlineError, fencedError } from "./attempt.ts";
import { inVerb } from "./in-verb.ts";
import { insideTransaction } from "./settings.ts";
import { restore, storable } from "./values.ts";

const MAX_NAME = 128;
const NOTHING = (): void => {};

/** Tracks a verb from its call to its end, so that one that was not awaited is waited for all the same. */
export function track<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  const running = work();
  attempt.pending.add(running);
  const done = () => attempt.pending.delete(running);
  running.then(done, done);
  return running;
}

/** Whether this verb may start at all; answers what an earlier attempt remembered under its name. */
export function enter(attempt: Attempt, kind: StepKind, name: string): Step | undefined {
  checkName(name);
  checkOpen(attempt, `${kind}("${name}")`);
  if (attempt.names.has(name))
    throw new OnceError(
      "name-reused",
      `The name "${name}" is used twice in one attempt. Give each effect its own, for example \`${name}:\${id}\`.`,
    );
  const remembered = attempt.won.steps[name];
  if (remembered && remembered.kind !== kind)
    throw new OnceError(
      "kind-changed",
      `"${name}" was ${remembered.kind} in an earlier attempt of this message and is ${kind} now. Give the changed effect a new name.`,
    );
  attempt.names.set(name, remembered?.state === "done" ? "done" : "pending");
  return remembered;
}

function checkName(name: string): void {
  if (typeof name === "string" && name !== "" && !name.startsWith("(") && printable(name, MAX_NAME) === name)
    return;
  throw new OnceError(
    "name-invalid",
    `An effect's name is 1 to ${MAX_NAME} printable characters and does not start with "(", got ${JSON.stringify(String(name).slice(0, 40))}.`,
  );
}

export function checkOpen(attempt: Attempt, what: string): void {
  if (insideTransaction.getStore() === attempt)
    throw new OnceError(
      "verb-in-transaction",
      `${what} was called inside a transaction body. Call it before or after the transaction.`,
    );
  if (attempt.commit !== "none")
    throw new OnceError(
      "verb-after-commit",
      `${what} was called after commit, which has ended this message. Make commit the last effect.`,
    );
  // Also for a handler that was left alone at its deadline and swallows this: it must not complete without its effect.
  if (attempt.ended)
    throw attempt.refuse(
      new OnceError(
        "verb-after-end",
        `${what} was called after its attempt had ended. Await every effect before the handler returns.`,
      ),
    );
  if (attempt.refused) throw attempt.refused;
  if (attempt.cut.signal.aborted) throw attempt.refuse(deadlineError(attempt.request.label));
}

/** How often an answer may come later than the lease that it grants. */
const LATE_ANSWERS = 3;

/** An effect may start only under a lease. One that may be over is asked for at the store: the fenced write decides. */
export async function ensureLease(attempt: Attempt, neededMs: number): Promise<void> {
  if (attempt.leaseLeftMs() > neededMs) return;
  for (let tries = 1; tries <= LATE_ANSWERS; tries += 1) {
    await attempt.session.renew([attempt], neededMs * 2, 3);
    checkBegin(attempt);
    // Counted from before it was asked: a process that stood still meanwhile has learnt of a lease that is over (C-06).
    if (attempt.leaseLeftMs() > 0) return;
  }
  throw attempt.refuse(fencedError(attempt.request.label));
}

/**
 * Whether an effect may still begin: while the store was asked, the deadline may have come. An environment that was
 * frozen with its answer wakes in a later invocation, when the message may be somebody else's.
 */
export function checkBegin(attempt: Attempt): void {
  if (attempt.refused) throw attempt.refused;
  if (attempt.ended || attempt.cut.signal.aborted) throw attempt.refuse(deadlineError(attempt.request.label));
}

/**
 * Writes steps; answers why they are not confirmed, if they are not: what comes of it is the caller's rule. Refused: the
 * attempt is over.
 */
async function checkpoint(attempt: Attempt, name: string, step: Step): Promise<OnceError | undefined> {
  const change = { set: { [name]: step } };
  const refused = await writeSteps(attempt, change);
  if (refused) attempt.remember(change);
  return refused;
}

/** As `checkpoint`, of which nothing need be known when it is not confirmed. */
export async function writeSteps(attempt: Attempt, change: StepChange): Promise<OnceError | undefined> {
  const written = await attempt.session.checkpoint(attempt, change);
  if (written.kind === "written") return undefined;
  if (written.kind === "error") return written.error;
  const error = fencedError(attempt.request.label);
  attempt.lose(error);
  throw error;
}

/** A record that has no room for it will have none the next time: to ask again is of no use, and a person must know. */
export function forGood(error: OnceError | undefined): error is OnceError {
  return error?.code === "unstorable-value";
}

export function warn(attempt: Attempt, code: ErrorCode, message: string): void {
  attempt.session.warnings.once(attempt.session.scope.text, new OnceError(code, message));
}

/** Remembers a result. A memo that cannot be stored or confirmed is done without: the verb's kind says what a rerun does. */
async function remember<T>(attempt: Attempt, kind: StepKind, name: string, value: T): Promise<Stored<T>> {
  const stored = storable(
    `The result of ${kind}("${name}")`,
    value,
    attempt.session.settings.store.traits.maxResultBytes,
  );
  const step: Step = { kind, state: "done", atMs: attempt.storeNowMs() };
  if (!stored.ok) {
    warn(attempt, "unstorable-value", stored.error.message);
    // Without its value a plain or keyed step is still known to have happened, but a later attempt could not have the value.
    if (kind === "plain") await checkpoint(attempt, name, step);
    attempt.names.set(name, "done");
    return value as Stored<T>;
  }
  const refused = await checkpoint(attempt, name, { ...step, value: stored.json });
  if (forGood(refused)) warn(attempt, refused.code, refused.message);
  attempt.names.set(name, "done");
  return restore(stored.json) as Stored<T>;
}

export async function keyed<T>(
  attempt: Attempt,
  name: string,
  fn: (call: KeyedCall) => Promise<T>,
  options: KeyedOptions = {},
): Promise<Stored<T>> {
  const remembered = enter(attempt, "keyed", name);
  if (remembered?.state === "done") return restore(remembered.value) as Stored<T>;
  await ensureLease(attempt, 0);
  if (options.remoteMemoryMs !== undefined)
    await confirmMemory(attempt, name, remembered, options.remoteMemoryMs);
  let read = false;
  const key = derivedKey(attempt.request.id, attempt.won.generation, name);
  let value: T;
  try {
    const call = {
      get key() {
        read = true;
        return key;
      },
      signal: attempt.told.signal,
    };
    value = await inVerb(
      attempt,
      name,
      () => (read = true),
      () => fn(call),
    );
  } catch (error) {
    attempt.names.delete(name);
    throw error;
  }
  if (!read)
    throw attempt.refuse(
      new OnceError(
        "key-unused",
        `keyed("${name}") never read its key, so the other side cannot recognise a second call. ` +
          "Pass `key` to it, or use `plain` (at most once) or `repeatable` (safe to do again).",
      ),
    );
  return remember(attempt, "keyed", name, value);
}

/** The other side forgets: a try older than its memory may have happened and can no longer be asked for by key. */
async function confirmMemory(
  attempt: Attempt,
  name: string,
  remembered: Step | undefined,
  memoryMs: number,
): Promise<void> {
  if (!remembered) {
    const step: Step = { kind: "keyed", state: "intent", atMs: attempt.storeNowMs() };
    const refused = await checkpoint(attempt, name, step);
    if (refused) throw attempt.refuse(unconfirmed(name, refused));
    checkBegin(attempt);
    return;
  }
  const ageMs = attempt.storeNowMs() - remembered.atMs;
  if (ageMs <= memoryMs) return;
  attempt.remember({ set: { [name]: { ...remembered, open: true } } });
  throw attempt.refuse(
    new OnceError(
      "in-doubt",
      `keyed("${name}") was first tried ${Math.round(ageMs / 1000)} s ago, and the other side forgets keys after ` +
        `${Math.round(memoryMs / 1000)} s. Find out there whether it happened, then resolve the record.`,
    ),
  );
}

export async function repeatable<T>(
  attempt: Attempt,
  name: string,
  fn: (call: PlainCall) => Promise<T>,
): Promise<Stored<T>> {
  const remembered = enter(attempt, "repeatable", name);
  if (remembered?.state === "done") return restore(remembered.value) as Stored<T>;
  await ensureLease(attempt, 0);
  let value: T;
  try {
    const { signal } = attempt.told;
    value = await inVerb(attempt, name, NOTHING, () => fn({ signal }));
  } catch (error) {
    attempt.names.delete(name);
    throw error;
  }
  return remember(attempt, "repeatable", name, value);
}

export async function plain<T>(
  attempt: Attempt,
  name: string,
  fn: (call: PlainCall) => Promise<T>,
  options: PlainOptions = {},
): Promise<Stored<T>> {
  const remembered = enter(attempt, "plain", name);
  if (remembered?.state === "done") return restore(remembered.value) as Stored<T>;
  if (remembered) throw attempt.refuse(doubt(name));
  if (attempt.session.messageIdKey)
    warn(
      attempt,
      "plain-with-message-id",
      "A handler whose key is the message id uses plain: a message that is held and then redriven has a new id, and would run as a new one. " +
        "Resolve held records before a redrive, or use a business key.",
    );
  await ensureLease(attempt, attempt.request.leaseMs / 3);
  const intent: Step = { kind: "plain", state: "intent", atMs: attempt.storeNowMs(), open: true };
  const refused = await checkpoint(attempt, name, intent);
  if (refused) {
    // The effect was not run, so the intent, should it have been written after all, is taken back.
    delete attempt.unconfirmed.set[name];
    attempt.remember({ clear: [name] });
    throw attempt.refuse(unconfirmed(name, refused));
  }
  try {
    checkBegin(attempt);
  } catch (error) {
    attempt.remember({ clear: [name] });
    throw error;
  }
  let value: T;
  try {
    const { signal } = attempt.told;
    value = await inVerb(attempt, name, NOTHING, () => fn({ signal }));
  } catch (error) {
    if (options.didNotHappen?.(error) !== true) {
      attempt.refuse(doubt(name, error));
      throw error;
    }
    attempt.names.delete(name);
    const change = { clear: [name] };
    attempt.remember(change);
    await attempt.session.checkpoint(attempt, change);
    throw error;
  }
  return remember(attempt, "plain", name, value);
}

function unconfirmed(name: string, cause: OnceError): OnceError {
  if (forGood(cause)) return cause;
  return new OnceError(
    "store-error",
    `The store did not confirm the intent of "${name}", so the effect was not run. The message comes again.`,
    { retryable: true, cause },
  );
}

function doubt(name: string, cause?: unknown): OnceError {
  return new OnceError(
    "in-doubt",
    `plain("${name}") failed and may or may not have happened, so it is not run again. Find out at the other side, then resolve the record ` +
      "(or say with `didNotHappen` which errors mean that nothing happened).",
    { cause },
  );
}
