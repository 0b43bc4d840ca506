/** What a function's environment says of the table in which it remembers what it has done. */

import type { IdempotencyFact } from "../model.ts";
import { known, unknown } from "../value.ts";
import { entriesOf, at } from "./node.ts";
import { inEveryWorld } from "./evaluate.ts";
import { comparable, property, TABLES, targetOf } from "./target.ts";
import { factOf } from "./subject.ts";
import type { Resource } from "./template.ts";

/** @returns `undefined` where nothing, or more than one table, is named */
export function idempotencyOf(resource: Resource): IdempotencyFact | undefined {
  const variables = at(resource.properties, "Environment", "Variables");
  const names = entriesOf(variables).map(([name]) => name);
  const tables = new Set<string>();
  let spelled: string | undefined;
  for (const [name, { value }] of entriesOf(variables)) {
    const isSaid = /IDEMPOTEN/i.test(name);
    const [first] = inEveryWorld<readonly [string, boolean] | undefined>((run) => {
      const result = run.evaluate(value, resource.template);
      const target = targetOf(run, result, resource.template);
      const text = comparable(result);
      if (target?.kind === "resource" && TABLES.includes(target.resource.type))
        return { known: true, value: [target.resource.path, true], from: "literal" };
      for (const table of resource.template.top.allResources())
        if (
          TABLES.includes(table.type) &&
          text !== undefined &&
          comparable(property(run, table, "TableName")) === text
        )
          return { known: true, value: [table.path, true], from: "literal" };
      return { known: true, value: text === undefined ? undefined : [text, false], from: "literal" };
    }).cases;
    const found = first?.answer.known ? first.answer.value : undefined;
    if (!found) continue;
    const [table, isHere] = found;
    if (isHere && (isSaid || /idempoten/i.test(table))) tables.add(table);
    else if (isSaid && /TABLE/i.test(name)) spelled ??= table;
  }
  const [only = spelled] = tables;
  if (only === undefined || tables.size > 1) return undefined;
  const isPowertools = names.some((name) => name.startsWith("POWERTOOLS_"));
  return {
    ...factOf(resource),
    id: `${resource.path}.Idempotency`,
    function: resource.path,
    library: isPowertools ? "powertools" : "unknown",
    recordsLastSeconds: unknown("how long its records last is set in its code"),
    table: known(only, "literal"),
  };
}
