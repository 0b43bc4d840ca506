/** IDM004: an expired item is still there, and code that only looks whether there is one is misled. */

import { settingOf } from "../pipelines.ts";
import { isFalse } from "../truths.ts";
import { placeOf } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type RecordTable, nameOfTable, recordTables } from "../tables.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const idm004: Rule = {
  id: "IDM004",
  name: "ttl-is-not-a-lock",
  title: "Idempotency records expire by time to live, and nothing tells that their reader compares the time.",
  severity: { minimal: "off", recommended: "info", strict: "info" },
  why: "DynamoDB deletes an expired item days later, and shows it until then: a lock of minutes would last for days.",
  fix: "Compare the record's end with the clock when it is read, and in the condition of the write.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html",
  check: (facts) => recordTables(facts).flatMap(checkTable),
};

function checkTable(records: RecordTable): readonly Outcome[] {
  const { table, memory, used } = records;
  const id = nameOfTable(records);
  // Both libraries compare the time themselves.
  const isKnownToCompare = memory !== undefined && memory.library !== "unknown";
  return inEachWorld<[boolean, boolean, string | undefined]>(
    { ...(memory ? { function: memory.function } : {}), other: id },
    [settingOf(table, (fact) => fact.exists), used, settingOf(table, (fact) => fact.ttlAttribute)],
    ([exists, isUsed, attribute]): Judgement | undefined => {
      if (isFalse(exists) || isFalse(isUsed)) return undefined;
      if (isKnownToCompare) return { status: "pass" };
      if (!attribute.known) return cannotTell([attribute]);
      if (attribute.value === undefined)
        return { status: "not-applicable", reason: "the table has no time to live" };
      return {
        status: "fail",
        message: `Records in ${id} are still read after "${attribute.value}" has passed, typically for up to two days: their reader has to compare the time itself.`,
        ...(table.found ? placeOf(attribute, table.fact) : {}),
      };
    },
  );
}
