/** What an edge does where no message gives it a key: a producer's own key, or nothing, which is said once. */

import { checkKey, type Key, recordId } from "../core/key.ts";
import { OnceError } from "../errors.ts";

export type Warn = (error: OnceError) => void;

export class Outside {
  readonly #edge: string;
  readonly #warn: Warn;
  readonly #counts = new Map<string, number>();
  #said = false;

  constructor(edge: string, warn: Warn | undefined) {
    this.#edge = edge;
    this.#warn = warn ?? ((error) => console.warn(`effectively-once ${error.code}: ${error.message}`));
  }

  say(operation: string): void {
    if (this.#said) return;
    this.#said = true;
    this.#warn(
      new OnceError(
        "edge-outside-handler",
        `${operation} was called outside a handler, where no message gives it a key: it is sent as it is, and a retry of yours is another message. ` +
          `A producer gives the key itself, with the \`key\` option of ${this.#edge}. This is said once.`,
      ),
    );
  }

  /** How often a call of this base was made with a key that stands for one piece of work. */
  count(base: string): number {
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return count;
  }

  id(operation: string, key: Key): string {
    const checked = checkKey(key);
    if (checked.ok) return recordId("effectively-once", "producer", checked.parts);
    throw new OnceError(
      "invalid-key",
      `The \`key\` of ${this.#edge} gave no usable key for ${operation}: ${checked.reason}. It was not sent; no key is guessed.`,
    );
  }
}
