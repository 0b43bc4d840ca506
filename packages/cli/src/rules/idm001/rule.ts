/** IDM001: idempotency records stay for ever. */

import type { Facts } from "../../facts/model.ts";
import { fixOf } from "../fixes.ts";
import { settingOf } from "../pipelines.ts";
import { isFalse } from "../truths.ts";
import { placeOf } from "../places.ts";
import type { Fix, Outcome, Rule } from "../rule.ts";
import { type RecordTable, attributeOf, nameOfTable, recordTables } from "../tables.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const idm001: Rule = {
  id: "IDM001",
  name: "no-ttl",
  title: "A table of idempotency records has no time to live.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Expired records are never deleted: the table, and what it costs, grows with every event.",
  fix: "Enable time to live on the attribute that the library writes.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
  check: (facts) => recordTables(facts).flatMap((records) => checkTable(facts, records)),
};

function checkTable(facts: Facts, records: RecordTable): readonly Outcome[] {
  const { table, memory, used } = records;
  const id = nameOfTable(records);
  const ttl = settingOf(table, (fact) => fact.ttlAttribute);
  const fixes = ttlFixes(facts, records);
  return inEachWorld<[boolean, boolean, string | undefined]>(
    { ...(memory ? { function: memory.function } : {}), other: id },
    [settingOf(table, (fact) => fact.exists), used, ttl],
    ([exists, isUsed, attribute]): Judgement | undefined => {
      if (isFalse(exists) || isFalse(isUsed)) return undefined;
      if (!attribute.known) return cannotTell([attribute]);
      if (attribute.value !== undefined) return { status: "pass" };
      return {
        status: "fail",
        message: `${id} keeps idempotency records${memory ? ` of ${memory.function}` : ""}, and has no time to live: they stay for ever after they have expired.`,
        formula: "TimeToLiveSpecification is absent or disabled",
        ...(table.found ? placeOf(attribute, table.fact) : {}),
        ...(fixes.length > 0 ? { fixes } : {}),
      };
    },
  );
}

/** Where nothing is said of it yet. In Terraform it is a block, and not a setting. */
function ttlFixes({ language }: Facts, records: RecordTable): readonly Fix[] {
  const [only, ...more] = attributeOf(records).cases;
  const { table } = records;
  if (!table.found || language.startsWith("terraform") || more.length > 0 || !only?.answer.known) return [];
  const { value: attribute } = only.answer;
  const [ttl] = table.fact.ttlAttribute.cases;
  if (attribute === undefined || !ttl?.answer.known || ttl.answer.from !== "default") return [];
  const to = { AttributeName: attribute, Enabled: true };
  const fix = fixOf(table.fact, "timeToLive", table.fact.ttlAttribute, to, language);
  return fix ? [fix] : [];
}
