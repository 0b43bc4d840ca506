/** What every edge does with a call: inside a handler by its message's key, outside by a producer's own, or not at all. */

import { checkKey, derivedKey, type Key, recordId } from "../core/key.ts";
import type { Attempt } from "../engine/attempt.ts";
import { beginEdgeCall, type BegunCall } from "../engine/edge-calls.ts";
import { guarded } from "../engine/unguarded-effects.ts";
import { track } from "../engine/verbs.ts";
import { OnceError } from "../errors.ts";

/** The options that all edges share; `Call` is what an edge shows of a call. */
export interface CallOptions<Call> {
  readonly key?: string | ((call: Call) => Key);
  readonly name?: (call: Call) => string | undefined;
  readonly fingerprint?: false | ((call: Call) => unknown);
  readonly warn?: (error: OnceError) => void;
}

export interface CallAsMade<Call> {
  /** For example `sqs.SendMessage`. */
  readonly operation: string;
  readonly target: string;
  /** As the user's functions see it. */
  readonly call: Call;
  /** What must be the same in every attempt, where the user does not say it. */
  readonly same: unknown;
}

/** Remembers a call, sends it with its key, and lets it be made again in this attempt when it has failed. */
export function sendInside<Call, T>(
  attempt: Attempt,
  { operation, target, call, same }: CallAsMade<Call>,
  { name, fingerprint }: CallOptions<Call>,
  send: (begun: BegunCall) => Promise<T>,
): Promise<T> {
  return track(attempt, async () => {
    const input = fingerprint === undefined ? same : fingerprint && fingerprint(call);
    const begun = await beginEdgeCall(attempt, { operation, target, input, name: name?.(call) });
    try {
      return await guarded(() => send(begun));
    } catch (error) {
      begun.failed();
      throw error;
    }
  });
}

/** Calls that no message gives a key. */
export class Outside<Call> {
  readonly #edge: string;
  readonly #options: CallOptions<Call>;
  readonly #counts = new Map<string, number>();
  #said = false;

  constructor(edge: string, options: CallOptions<Call>) {
    this.#edge = edge;
    this.#options = options;
  }

  /** A key for each part of a call; `undefined` where the producer gives none, which is said once. */
  keys(
    operation: string,
    target: string,
    parts: readonly { readonly call: Call; readonly name: string }[],
  ): readonly string[] | undefined {
    const { key } = this.#options;
    const base = `${operation} ${target}`;
    if (key === undefined) {
      this.#say(operation);
      return undefined;
    }
    if (typeof key === "function")
      return parts.map(({ call }) => derivedKey(this.#id(operation, key(call)), 0, base));
    // The key stands for one piece of work, whose calls are counted.
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    const id = this.#id(operation, key);
    return parts.map(({ name }) => derivedKey(id, 0, `${base} #${count}${name && `/${name}`}`));
  }

  #say(operation: string): void {
    if (this.#said) return;
    this.#said = true;
    const error = new OnceError(
      "edge-outside-handler",
      `${operation} was called outside a handler, where no message gives it a key: it is sent as it is, and a retry of yours is another message. ` +
        `A producer gives the key itself, with the \`key\` option of ${this.#edge}. This is said once.`,
    );
    if (this.#options.warn) this.#options.warn(error);
    else console.warn(`effectively-once ${error.code}: ${error.message}`);
  }

  #id(operation: string, key: Key): string {
    const checked = checkKey(key);
    if (checked.ok) return recordId("effectively-once", "producer", checked.parts);
    throw new OnceError(
      "invalid-key",
      `The \`key\` of ${this.#edge} gave no usable key for ${operation}: ${checked.reason}. It was not sent; no key is guessed.`,
    );
  }
}
