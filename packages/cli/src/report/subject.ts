/** From an outcome back to the facts that it is about. */

import type { Fact } from "../facts/model.ts";
import type { Finding, Open } from "../rules/check-all.ts";

/** What a rule could say something about: it fails, or it cannot tell. */
export type Judged = Finding | Open;

/** Queue, function, mapping and whatever else, as far as they are facts: an id of nothing here has none. */
export function factsOfSubject({ subject, facts }: Pick<Judged, "subject" | "facts">): readonly Fact[] {
  const named = (id: string | undefined, ...lists: readonly (readonly Fact[])[]): readonly Fact[] => {
    if (id === undefined) return [];
    const found = lists.flat().find((fact) => fact.id === id);
    return found === undefined ? [] : [found];
  };
  const { functions, queues, streams, mappings, pipes, deliveries, tables, idempotency } = facts;
  return [
    ...named(subject.queue, queues),
    ...named(subject.function, functions),
    ...named(subject.mapping, mappings, pipes),
    ...named(subject.other, pipes, deliveries, streams, tables, idempotency, mappings, queues, functions),
  ];
}
