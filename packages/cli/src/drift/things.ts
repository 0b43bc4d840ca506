/** Says of two things that are the same one where they differ, and of one that is alone that it is. */

import type { Fact, Facts, MappingFact } from "../facts/model.ts";
import type { Value, World } from "../facts/value.ts";
import type { DriftItem, MatchedBy, Thing } from "./item.ts";
import { isThere, type Live, type Named } from "./match.ts";
import { compared, type Setting } from "./settings.ts";

export type Settings<F> = Readonly<Record<string, (fact: F) => Value<Setting>>>;

/** Of two things that are the same one. */
export function settingsDrift<F extends Fact>(
  thing: Thing,
  facts: Facts,
  one: F,
  there: Live<F>,
  { when, matchedBy }: { readonly when: World; readonly matchedBy: MatchedBy },
  settings: Settings<F>,
): readonly DriftItem[] {
  const both = { thing, ...ofTemplate(facts, one), ...ofAccount(there) };
  return Object.entries(settings).flatMap(([setting, read]) =>
    compared(read(one), read(there.fact), when).flatMap((result): readonly DriftItem[] => {
      if (result.same === true) return [];
      if (result.same === "unknown")
        return [{ status: "not-compared", ...both, setting, reason: result.reason }];
      const { template, live } = result;
      return [{ status: "differs", ...both, setting, matchedBy, template, live }];
    }),
  );
}

/** The function, without its qualifier, and the queue of a live mapping, as far as they are known. */
export function endsOf(facts: Facts, { function: called, source }: MappingFact): readonly Named[] {
  const idOf = (value: Value<string>): string | undefined => {
    const [one] = value.cases;
    return one?.answer.known ? one.answer.value : undefined;
  };
  const target = facts.functions.find(({ id }) => id === idOf(called));
  const plain = facts.functions.find(({ id }) => id === (target?.qualifierOf ?? target?.id));
  const queue = facts.queues.find(({ id }) => id === idOf(source));
  return [plain, queue].filter((one) => one !== undefined);
}

export function absent(facts: Facts, thing: Thing, one: Fact): DriftItem {
  return isThere(one) === true
    ? { status: "only-in-template", thing, ...ofTemplate(facts, one) }
    : notFound(
        facts,
        thing,
        one,
        "it is not there, and whether the template makes it depends on its conditions",
      );
}

export function notFound(facts: Facts, thing: Thing, one: Fact, reason: string): DriftItem {
  return { status: "not-compared", thing, ...ofTemplate(facts, one), reason };
}

function ofTemplate(
  { file }: Facts,
  { id, place }: Fact,
): { id: string; file: string; place?: Fact["place"] } {
  return { id, file: place?.file ?? file, ...(place === undefined ? {} : { place }) };
}

export function ofAccount({ fact, facts }: Live<Fact>): { liveId: string; account: string; arn?: string } {
  return { liveId: fact.id, account: facts.file, ...(fact.arn === undefined ? {} : { arn: fact.arn }) };
}

/** Why something that was not found may be there all the same: a list that was cut, or only some things asked for. */
export function unreadOf(live: readonly Facts[]): string | undefined {
  const cut = live.find(({ gaps }) => gaps.some(({ about }) => about === undefined));
  return cut === undefined ? undefined : `not all of ${cut.file} was read`;
}
