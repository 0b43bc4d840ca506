/** The ends of attempts, written together: at most one flush in flight, nothing held back longer than a few milliseconds. */

import type { Completion, Failure, Written } from "../store.ts";
import type { Session } from "./session.ts";

const LINGER_MS = 5;

interface Queued<Item> {
  readonly item: Item;
  readonly resolve: (written: Written) => void;
}

export class Writer {
  readonly #session: Session;
  #completions: Queued<Completion>[] = [];
  #failures: Queued<Failure>[] = [];
  #flushing: Promise<void> | undefined;
  #lingering: (() => void) | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  complete(item: Completion): Promise<Written> {
    return new Promise((resolve) => {
      this.#completions.push({ item, resolve });
      this.#soon();
    });
  }

  fail(item: Failure): Promise<Written> {
    return new Promise((resolve) => {
      this.#failures.push({ item, resolve });
      this.#soon();
    });
  }

  /** Called when a handler has stopped executing: with nobody left to wait for, lingering only costs time. */
  idle(): void {
    if (this.#lingering) this.#soon();
  }

  #soon(): void {
    if (this.#flushing) return;
    this.#lingering?.();
    const wait = this.#session.executing > 0 ? LINGER_MS : 0;
    this.#lingering = this.#session.settings.clock.after(wait, () => {
      this.#lingering = undefined;
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const { store } = this.#session.settings;
    const completions = this.#completions;
    const failures = this.#failures;
    this.#completions = [];
    this.#failures = [];
    await Promise.all([
      send(completions, (items) => this.#session.write("complete", items, (part) => store.complete(part))),
      send(failures, (items) => this.#session.write("fail", items, (part) => store.fail(part))),
    ]);
    this.#flushing = undefined;
    if (this.#completions.length + this.#failures.length > 0) this.#soon();
  }
}

async function send<Item>(
  queued: readonly Queued<Item>[],
  write: (items: readonly Item[]) => Promise<readonly Written[]>,
): Promise<void> {
  const answers = await write(queued.map(({ item }) => item));
  for (const [index, { resolve }] of queued.entries()) resolve(answers[index] as Written);
}
