/** The operator's side: records read, listed, changed on their revision, and removed. */

import { applyRerun, applyResolution } from "../../core/operate.ts";
import type { RecordQuery, Resolution, Resolved, StoredRecord } from "../../store.ts";
import { encodeText } from "../shared/text.ts";
import { CLOCK_MARGIN_MS } from "./clock.ts";
import { fromItem } from "./item.ts";
import { ask, type Connection, execute, read } from "./send.ts";
import { remove } from "./statements.ts";
import type { AttributeValue, Item } from "./transport.ts";
import { change, type Judged, type Records } from "./write.ts";

function thrown(error: Error): never {
  throw error;
}

export async function readRecords(
  connection: Connection,
  ids: readonly string[],
): Promise<readonly (StoredRecord | undefined)[]> {
  const items = await read(connection, ids);
  return ids.map((id) => {
    const item = items.get(id);
    return item && fromItem(item);
  });
}

/** A scan reads the whole table, page by page, and costs accordingly: it is for people at a command line. */
export async function* list(
  connection: Connection,
  { scope, state, held, limit = Number.MAX_SAFE_INTEGER }: RecordQuery,
): AsyncIterable<StoredRecord> {
  const conditions: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries({ scope: scope && encodeText(scope), state })) {
    if (value === undefined) continue;
    conditions.push(`#${name} = :${name}`);
    names[`#${name}`] = name;
    values[`:${name}`] = { S: value };
  }
  if (held !== undefined) {
    conditions.push(`${held ? "" : "NOT "}attribute_type(#held, :number)`);
    names["#held"] = "held_at_ms";
    values[":number"] = { S: "N" };
  }
  const filter =
    conditions.length === 0
      ? {}
      : {
          FilterExpression: conditions.join(" AND "),
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        };
  let left = limit;
  let after: unknown;
  while (left > 0) {
    const output = await ask(connection, "Scan", {
      TableName: connection.place.table,
      ConsistentRead: true,
      ExclusiveStartKey: after,
      ...filter,
    });
    for (const item of (output["Items"] ?? []) as readonly Item[]) {
      if (left <= 0) return;
      left -= 1;
      yield fromItem(item);
    }
    after = output["LastEvaluatedKey"];
    if (after === undefined) return;
  }
}

export async function resolve(records: Records, resolution: Resolution): Promise<Resolved> {
  const [answer] = await change<Resolution, Resolved>(records, [resolution], {
    start: () => undefined,
    judge: resolveLate,
    failed: thrown,
  });
  return answer as Resolved;
}

/** The owner's run end was written by its clock, so it has passed for certain only a margin later. */
function resolveLate(record: StoredRecord | undefined, asked: Resolution, nowMs: number): Judged<Resolved> {
  const { resolved, write } = applyResolution(record, asked, nowMs);
  const runUntilMs = record?.runUntilMs ?? 0;
  if (write && !asked.as.done && asked.force !== true && runUntilMs + CLOCK_MARGIN_MS > nowMs)
    return { answer: { kind: "too-early", runUntilMs } };
  return { answer: resolved, write };
}

export function rerun(records: Records, ids: readonly string[]): Promise<readonly boolean[]> {
  return change<{ readonly id: string }, boolean>(
    records,
    ids.map((id) => ({ id })),
    {
      start: () => undefined,
      judge: (record) => {
        const write = applyRerun(record);
        return { answer: write !== undefined, write };
      },
      failed: thrown,
    },
  );
}

export async function forget(records: Records, ids: readonly string[]): Promise<void> {
  const unique = [...new Set(ids)];
  const outcomes = await execute(
    records,
    unique.map((id) => remove(records.place.table, id)),
  );
  for (const id of unique) records.known.forget(id);
  for (const outcome of outcomes) if ("error" in outcome) throw outcome.error;
}
