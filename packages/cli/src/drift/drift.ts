/** Where an account differs from the templates that are to describe it. */

import type { Fact, Facts, FunctionFact, QueueFact } from "../facts/model.ts";
import type { DriftItem } from "./item.ts";
import { type Found, mappingsDrift, strayMappings } from "./mappings.ts";
import {
  isThere,
  type Live,
  type Match,
  matched,
  type Named,
  stackKey,
  type Stacks,
  stacksOf,
} from "./match.ts";
import { generatedName } from "./names.ts";
import { absent, endsOf, notFound, ofAccount, settingsDrift, unreadOf } from "./things.ts";

const OF_FUNCTION = {
  timeoutSeconds: (one: FunctionFact) => one.timeoutSeconds,
  reservedConcurrency: (one: FunctionFact) => one.reservedConcurrency,
};
const OF_QUEUE = {
  visibilityTimeoutSeconds: (one: QueueFact) => one.visibilityTimeoutSeconds,
  retentionSeconds: (one: QueueFact) => one.retentionSeconds,
  delaySeconds: (one: QueueFact) => one.delaySeconds,
  maxReceiveCount: (one: QueueFact) => one.maxReceiveCount,
};

/**
 * @param template one for each template
 * @param live one for each region
 */
export function drift(template: readonly Facts[], live: readonly Facts[]): readonly DriftItem[] {
  const functions = live.flatMap((facts) =>
    facts.functions.filter((one) => one.qualifierOf === undefined).map((fact) => ({ fact, facts })),
  );
  const queues = live.flatMap((facts) => facts.queues.map((fact) => ({ fact, facts })));
  const items: DriftItem[] = [];
  const seen = new Set<Fact>();
  const stacks = new Set<string>();
  for (const facts of template) {
    const own = stacksOf(facts, [...functions, ...queues]);
    const found: Found = {
      functions: new Map(facts.functions.map((one) => [one.id, matched(facts, one, functions, own)])),
      queues: new Map(facts.queues.map((one) => [one.id, matched(facts, one, queues, own)])),
    };
    for (const one of facts.functions)
      items.push(...functionDrift(facts, one, found.functions.get(one.id), live));
    for (const one of facts.queues) items.push(...queueDrift(facts, one, found.queues.get(one.id)));
    items.push(...mappingsDrift(facts, live, found, seen));
    for (const match of [...found.functions.values(), ...found.queues.values()]) {
      if (!match.found) continue;
      for (const one of match.live) seen.add(one.fact);
      if (match.matchedBy === "generated-name") for (const stack of own) stacks.add(stack);
    }
  }
  return [...items, ...strayMappings(live, seen), ...onlyLive(live, [...functions, ...queues], seen, stacks)];
}

function functionDrift(
  facts: Facts,
  one: FunctionFact,
  match: Match<FunctionFact> | undefined,
  live: readonly Facts[],
): readonly DriftItem[] {
  if (isThere(one) === false || match === undefined) return [];
  if (!match.found) {
    const unread = unreadOf(live);
    return match.sure && unread === undefined
      ? [absent(facts, "function", one)]
      : [
          notFound(
            facts,
            "function",
            one,
            [match.reason, ...(unread === undefined ? [] : [unread])].join("; "),
          ),
        ];
  }
  return match.live.flatMap(({ when, ...there }) => [
    ...settingsDrift("function", facts, one, there, { when, matchedBy: match.matchedBy }, OF_FUNCTION),
    // An alias or version may lag behind; what is reserved they share.
    ...there.facts.functions
      .filter(({ qualifierOf }) => qualifierOf === there.fact.id)
      .flatMap((fact) =>
        settingsDrift(
          "function",
          facts,
          one,
          { ...there, fact },
          { when, matchedBy: match.matchedBy },
          {
            timeoutSeconds: OF_FUNCTION.timeoutSeconds,
          },
        ),
      ),
  ]);
}

function queueDrift(facts: Facts, one: QueueFact, match: Match<QueueFact> | undefined): readonly DriftItem[] {
  if (isThere(one) === false || match === undefined) return [];
  if (!match.found)
    return [
      notFound(
        facts,
        "queue",
        one,
        match.sure
          ? "of an account, only queues are read that a function or a mapping names, and none of them is this one"
          : match.reason,
      ),
    ];
  return match.live.flatMap(({ when, ...there }) =>
    isThere(there.fact) === false
      ? [absent(facts, "queue", one)]
      : settingsDrift("queue", facts, one, there, { when, matchedBy: match.matchedBy }, OF_QUEUE),
  );
}

/** What no template has. In a stack that one of them makes, it was not made by it. */
function onlyLive(
  live: readonly Facts[],
  named: readonly Live<Named>[],
  seen: ReadonlySet<Fact>,
  stacks: Stacks,
): readonly DriftItem[] {
  const touched = touchedBy(live, seen);
  return named
    .filter(({ fact }) => !seen.has(fact) && isThere(fact) !== false)
    .map((one) => {
      const generated = generatedName(one.fact.id);
      const inStack = generated !== undefined && stacks.has(stackKey(one.facts, generated.stack));
      const thing = "timeoutSeconds" in one.fact ? "function" : "queue";
      return { status: "only-live", thing, ...ofAccount(one), near: inStack || touched.has(one.fact) };
    });
}

/** Functions that read from a queue of a template, and queues that a function of one reads from. */
function touchedBy(live: readonly Facts[], seen: ReadonlySet<Fact>): ReadonlySet<Fact> {
  const touched = new Set<Fact>();
  for (const facts of live)
    for (const mapping of facts.mappings) {
      const ends = endsOf(facts, mapping);
      if (ends.some((end) => seen.has(end))) for (const end of ends) touched.add(end);
    }
  return touched;
}
