/** Compares event source mappings: they have no names, and are the same when they connect the same two things. */

import type { Fact, Facts, FunctionFact, MappingFact, QueueFact } from "../facts/model.ts";
import type { Value } from "../facts/value.ts";
import type { DriftItem } from "./item.ts";
import { isThere, type Live, type Match } from "./match.ts";
import { absent, endsOf, notFound, ofAccount, type Settings, settingsDrift, unreadOf } from "./things.ts";

/** What was found where: the ids of a template's things, with the live ones. */
export interface Found {
  readonly functions: ReadonlyMap<string, Match<FunctionFact>>;
  readonly queues: ReadonlyMap<string, Match<QueueFact>>;
}

const OF_MAPPING: Settings<MappingFact> = {
  batchSize: (one) => one.batchSize,
  batchingWindowSeconds: (one) => one.batchingWindowSeconds,
  reportBatchItemFailures: (one) => one.reportBatchItemFailures,
  maximumConcurrency: (one) => one.maximumConcurrency,
  enabled: (one) => one.enabled,
};

/** Those of one template. `seen` takes the live mappings that are one of them, or may be. */
export function mappingsDrift(
  template: Facts,
  live: readonly Facts[],
  found: Found,
  seen: Set<Fact>,
): readonly DriftItem[] {
  const all = allOf(live);
  return template.mappings.flatMap((one): readonly DriftItem[] => {
    if (one.kind !== "sqs" || isThere(one) === false) return [];
    const called = endOf(one.function, found.functions);
    const source = endOf(one.source, found.queues);
    const same = all.filter(({ ends }) =>
      [called, source].every(
        (end) => end.reason !== undefined || ends.some((fact) => end.facts.includes(fact)),
      ),
    );
    const open = [called, source].flatMap(({ reason }) => reason ?? []);
    if (open.length > 0) {
      // What has one of its ends may be this one, and is then not the account's alone.
      if (open.length === 1) for (const { fact } of same) seen.add(fact);
      return [notFound(template, "mapping", one, open.join("; "))];
    }
    const unread = unreadOf(live);
    if (same.length === 0)
      return [
        unread === undefined
          ? absent(template, "mapping", one)
          : notFound(template, "mapping", one, `it was not found; ${unread}`),
      ];
    return same.flatMap((there) => {
      seen.add(there.fact);
      return settingsDrift("mapping", template, one, there, { when: {}, matchedBy: "ends" }, OF_MAPPING);
    });
  });
}

/** Mappings of the account that no template has, at a function or a queue that one has. */
export function strayMappings(live: readonly Facts[], seen: ReadonlySet<Fact>): readonly DriftItem[] {
  return allOf(live)
    .filter(({ fact, ends }) => !seen.has(fact) && ends.some((end) => seen.has(end)))
    .map((there) => {
      const called = there.ends.find((end) => "timeoutSeconds" in end)?.id ?? "an unknown function";
      const between = `${there.fact.sourceName} to ${called}`;
      return { status: "only-live", thing: "mapping", ...ofAccount(there), between, near: true };
    });
}

function allOf(live: readonly Facts[]): readonly (Live<MappingFact> & { readonly ends: readonly Fact[] })[] {
  return live.flatMap((facts) => facts.mappings.map((fact) => ({ fact, facts, ends: endsOf(facts, fact) })));
}

/** The live things that an end of a mapping is, or why they are not known. */
function endOf<F extends FunctionFact | QueueFact>(
  reference: Value<string>,
  found: ReadonlyMap<string, Match<F>>,
): { readonly facts: readonly Fact[]; readonly reason?: string } {
  const facts: Fact[] = [];
  for (const { answer } of reference.cases) {
    if (!answer.known) return { facts, reason: answer.reason };
    const match = found.get(answer.value);
    if (match === undefined) return { facts, reason: `${answer.value} is not defined in the template` };
    if (!match.found && !match.sure) return { facts, reason: `${answer.value}: ${match.reason}` };
    if (match.found) facts.push(...match.live.map(({ fact }) => fact));
  }
  return { facts };
}
