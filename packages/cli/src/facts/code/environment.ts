/** What a function's environment says of its idempotency: that there is a table for it. */

import type { FunctionFact, IdempotencyFact } from "../model.ts";
import { known, unknown } from "../value.ts";

/** `IDEMPOTENCY_TABLE`, `POWERTOOLS_IDEMPOTENCY_TABLE_NAME`, `ORDERS_IDEMPOTENCY_TABLE`. */
const NAME = /IDEMPOT\w*TABLE|TABLE\w*IDEMPOT/iu;

export function idempotencyInEnvironment({
  id,
  environment,
  place,
}: FunctionFact): readonly IdempotencyFact[] {
  const [found] = [...environment].filter(([name]) => NAME.test(name));
  if (found === undefined) return [];
  const [name, table] = found;
  const at = table.cases[0]?.answer.place ?? place;
  return [
    {
      id: `${id}.idempotency`,
      ...(at ? { place: at } : {}),
      exists: known(true, "literal"),
      function: id,
      library: /POWERTOOLS/iu.test(name) ? "powertools" : "unknown",
      recordsLastSeconds: unknown(
        `${id} has the variable ${name}, but how long its records last is in code that was not read`,
        at ? { place: at } : {},
      ),
      table,
    },
  ];
}
