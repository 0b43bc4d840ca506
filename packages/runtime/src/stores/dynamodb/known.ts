/**
 * Records of attempts that this process holds, as it last wrote or read them, so that a write need not read first.
 *
 * This is never trusted: every write is conditional on the revision, and one that is out of date is refused and judged
 * by the item as it is. It only saves a request.
 */

import type { StoredRecord } from "../../store.ts";

const MAX_RECORDS = 1_000;
/** Of step values, which are the only large part of a record that is claimed. */
const MAX_CHARACTERS = 4_000_000;

export class Known {
  readonly #records = new Map<string, { readonly record: StoredRecord; readonly characters: number }>();
  #characters = 0;

  get(id: string, token: string): StoredRecord | undefined {
    const record = this.#records.get(id)?.record;
    return record?.token === token ? record : undefined;
  }

  /** Keeps a record that is claimed; one that has ended is needed no more. */
  put(record: StoredRecord): void {
    const before = this.#records.get(record.id)?.record;
    // Two writes of one attempt may be answered in the other order.
    if (before && before.token === record.token && before.rev > record.rev) return;
    this.forget(record.id);
    if (record.state !== "claimed") return;
    const characters = size(record);
    this.#records.set(record.id, { record, characters });
    this.#characters += characters;
    for (const [oldest] of this.#records) {
      if (this.#records.size <= MAX_RECORDS && this.#characters <= MAX_CHARACTERS) break;
      this.forget(oldest);
    }
  }

  forget(id: string): void {
    this.#characters -= this.#records.get(id)?.characters ?? 0;
    this.#records.delete(id);
  }
}

function size({ steps }: StoredRecord): number {
  return Object.entries(steps).reduce(
    (sum, [name, step]) => sum + name.length + (step.value?.length ?? 0),
    0,
  );
}
