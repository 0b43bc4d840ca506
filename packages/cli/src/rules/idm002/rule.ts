/** IDM002: the table's time to live looks at an attribute that no record has. */

import type { Facts } from "../../facts/model.ts";
import { settingOf } from "../pipelines.ts";
import { isFalse } from "../truths.ts";
import { placeOf } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type RecordTable, TTL_ATTRIBUTES, attributeOf, nameOfTable, recordTables } from "../tables.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const idm002: Rule = {
  id: "IDM002",
  name: "ttl-attribute",
  title: "The time to live of an idempotency table is on another attribute than the library writes.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "DynamoDB finds no end in any record, and deletes none.",
  fix: "Name the attribute that the library writes; on a deployed table disable time to live first, in a deployment of its own.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
  check: (facts: Facts) => recordTables(facts).flatMap(checkTable),
};

function checkTable(records: RecordTable): readonly Outcome[] {
  const { table, memory, used } = records;
  const id = nameOfTable(records);
  return inEachWorld<[boolean, boolean, string | undefined, string | undefined]>(
    { ...(memory ? { function: memory.function } : {}), other: id },
    [
      settingOf(table, (fact) => fact.exists),
      used,
      settingOf(table, (fact) => fact.ttlAttribute),
      attributeOf(records),
    ],
    ([exists, isUsed, actual, written]): Judgement | undefined => {
      if (isFalse(exists) || isFalse(isUsed)) return undefined;
      if (actual.known && actual.value === undefined)
        return { status: "not-applicable", reason: "the table has no time to live (IDM001)" };
      if (!actual.known || !written.known) return cannotTell([actual, written]);
      if (written.value === undefined) return judgeAnyLibrary(actual.value ?? "");
      if (actual.value === written.value) return { status: "pass" };
      return {
        status: "fail",
        message: `The time to live of ${id} is on "${actual.value}", and the records say when they end in "${written.value}": none is ever deleted.`,
        formula: `${actual.value} ≠ ${written.value}`,
        ...(table.found ? placeOf(actual, table.fact) : {}),
      };
    },
  );
}

function judgeAnyLibrary(attribute: string): Judgement {
  if (Object.values(TTL_ATTRIBUTES).includes(attribute)) return { status: "pass" };
  return {
    status: "unknown",
    reason: `what writes the records is not known, and neither is whether it writes "${attribute}"`,
  };
}
