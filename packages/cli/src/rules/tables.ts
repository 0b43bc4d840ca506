/** Tables that hold idempotency records, as far as something says so. */

import type { Facts, IdempotencyFact, TableFact } from "../facts/model.ts";
import { type Answer, type Value, known } from "../facts/value.ts";
import { type End, endOf } from "./pipelines.ts";
import { inCases } from "./routes.ts";

/** What each library writes the end of a record's life to, unless told otherwise. */
export const TTL_ATTRIBUTES: Readonly<Record<Exclude<IdempotencyFact["library"], "unknown">, string>> = {
  "effectively-once": "expires_at_seconds",
  powertools: "expiration",
};

export interface RecordTable {
  /** `undefined`: only the table's own name says what it is for. */
  readonly memory?: IdempotencyFact;
  readonly table: End<TableFact>;
  /** In which worlds the records are in that table. */
  readonly used: Value<boolean>;
}

export function recordTables(facts: Facts): readonly RecordTable[] {
  const used = withoutTwins(facts.idempotency.flatMap((memory) => tablesOf(facts, memory)));
  const seen = new Set(used.flatMap(({ table }) => (table.found ? [table.fact] : [])));
  const named = facts.tables.filter((table) => !seen.has(table) && isNamedSo(table));
  return [
    ...used,
    ...named.map((fact): RecordTable => ({ table: { found: true, fact }, used: known(true, "default") })),
  ];
}

/** The attribute that its records' end stands in; `undefined`: nothing tells which library writes them. */
export function attributeOf({ memory }: RecordTable): Value<string | undefined> {
  if (memory?.expiryAttribute) return memory.expiryAttribute;
  const { library = "unknown" } = memory ?? {};
  return known(library === "unknown" ? undefined : TTL_ATTRIBUTES[library], "default");
}

export function nameOfTable({ table }: RecordTable): string {
  return table.found ? table.fact.id : "the table";
}

function tablesOf(facts: Facts, memory: IdempotencyFact): readonly RecordTable[] {
  const key = (answer: Answer<string | undefined>): string =>
    JSON.stringify(answer.known ? [answer.value ?? null] : answer.reason);
  const distinct = new Map(memory.table.cases.map(({ answer }) => [key(answer), answer]));
  return [...distinct].flatMap(([name, answer]): readonly RecordTable[] => {
    // Records in a SQL database have no table here.
    if (answer.known && answer.value === undefined) return [];
    const used = inCases(memory.table, (one) => key(one) === name);
    return [{ memory, table: tableOf(facts, answer), used }];
  });
}

/** Two lives of records in one table are no two tables. */
function withoutTwins(all: readonly RecordTable[]): readonly RecordTable[] {
  const key = ({ memory, table }: RecordTable): string =>
    JSON.stringify([
      memory?.function,
      memory?.library,
      memory?.expiryAttribute,
      table.found ? table.fact.id : table.reason,
    ]);
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

function tableOf(facts: Facts, answer: Answer<string | undefined>): End<TableFact> {
  if (!answer.known) return endOf(facts.tables, answer, "table");
  const name = answer.value ?? "";
  const byName = facts.tables.find((table) =>
    table.name.cases.some(({ answer: its }) => its.known && its.value === name),
  );
  return endOf(facts.tables, { ...answer, value: byName?.id ?? name }, "table");
}

function isNamedSo({ id, name }: TableFact): boolean {
  const names = name.cases.map(({ answer }) => (answer.known ? answer.value : undefined));
  return [id, ...names].some((one) => one !== undefined && /idempot/iu.test(one));
}
