/** What the configuration says of functions' idempotency, which stands before what was found. */

import type { Facts, IdempotencyFact } from "../model.ts";
import { known } from "../value.ts";

export interface ConfiguredIdempotency {
  /** Id or name of a function. */
  readonly function: string;
  readonly recordsLastSeconds: number;
  /** Id or name of a DynamoDB table. */
  readonly table?: string;
}

/** Entries about functions that are not among these facts change nothing here. */
export function withConfigured(facts: Facts, entries: readonly ConfiguredIdempotency[]): Facts {
  const told = entries.flatMap((entry) => {
    const ids = facts.functions.filter(
      ({ id, name }) =>
        id === entry.function ||
        name.cases.some(({ answer }) => answer.known && answer.value === entry.function),
    );
    return ids.map(({ id }) => factOf(facts, id, entry));
  });
  const about = new Set(told.map((one) => one.function));
  if (about.size === 0) return facts;
  return { ...facts, idempotency: [...facts.idempotency.filter((one) => !about.has(one.function)), ...told] };
}

/** What the code says besides, which library and table, stays. */
function factOf(facts: Facts, id: string, entry: ConfiguredIdempotency): IdempotencyFact {
  const [found, ...more] = facts.idempotency.filter((one) => one.function === id);
  const only = more.length === 0 ? found : undefined;
  return {
    id: `${id}.idempotency`,
    ...(only?.place ? { place: only.place } : {}),
    exists: known(true, "literal"),
    function: id,
    library: only?.library ?? "unknown",
    recordsLastSeconds: known(entry.recordsLastSeconds, "literal"),
    table:
      entry.table === undefined
        ? (only?.table ?? known(undefined, "default"))
        : known(entry.table, "literal"),
    ...(only?.expiryAttribute ? { expiryAttribute: only.expiryAttribute } : {}),
  };
}
