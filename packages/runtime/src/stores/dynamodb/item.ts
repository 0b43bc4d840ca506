/** Records as DynamoDB items, and back. An item that is not a record is an error, never a guess (D-14). */

import type { Step, Steps, StoredRecord } from "../../store.ts";
import { type Column, COLUMNS, type RawRow, toRecord, toRow } from "../shared/row.ts";
import { encodeText } from "../shared/text.ts";
import { dynamodbSchema } from "./schema.ts";
import type { AttributeValue, Item } from "./transport.ts";

export const KEY_ATTRIBUTE: "id" = dynamodbSchema.keyAttribute;
export const TTL_ATTRIBUTE: "expires_at_seconds" = dynamodbSchema.ttlAttribute;

/** No clock, however wrong, may have a record deleted that somebody still compares with (D-13). */
const TTL_GRACE_MS = 60_000;

/** `open` serves conditions in SQL; here the state machine decides on the whole record. */
const PLAIN_COLUMNS: readonly Column[] = COLUMNS.filter((name) => name !== "steps" && name !== "open");

const NONE: AttributeValue = { NULL: true };

/** Without the attributes that have no value. */
export function toItem(record: StoredRecord): Item {
  const attributes = attributesOf(record);
  for (const [name, value] of attributes) if ("NULL" in value) attributes.delete(name);
  return Object.fromEntries(attributes);
}

/** What must be set to turn the one into the other. An attribute that loses its value is set to NULL. */
export function changes(
  before: StoredRecord,
  after: StoredRecord,
): readonly (readonly [string, AttributeValue])[] {
  const old = attributesOf(before, before.steps !== after.steps);
  return [...attributesOf(after, before.steps !== after.steps)].filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old.get(name)),
  );
}

function attributesOf(record: StoredRecord, withSteps = true): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  for (const [index, value] of toRow({ ...record, steps: {} }).entries()) {
    const name = COLUMNS[index];
    if (name === undefined || !PLAIN_COLUMNS.includes(name)) continue;
    if (typeof value === "number") attributes.set(name, { N: String(value) });
    else attributes.set(name, typeof value === "string" ? { S: value } : NONE);
  }
  attributes.set(TTL_ATTRIBUTE, ttl(record.expiresAtMs));
  if (withSteps) attributes.set("steps", stepsValue(record.steps));
  return attributes;
}

/** Time to live leaves alone what has no number there: a record with an open step is never deleted. */
function ttl(expiresAtMs: number | undefined): AttributeValue {
  return expiresAtMs === undefined ? NONE : { N: String(Math.ceil((expiresAtMs + TTL_GRACE_MS) / 1_000)) };
}

/**
 * A map, one entry per step: JSON text of the whole would escape every quote in the values and outgrow them. The mark
 * in front of a name keeps names like `__proto__` from meaning something to whoever builds an object of them.
 */
const NAME_MARK = "#";

export function stepsValue(steps: Steps): AttributeValue {
  return {
    M: Object.fromEntries(Object.entries(steps).map(([name, step]) => [stepName(name), stepValue(step)])),
  };
}

function stepName(name: string): string {
  return NAME_MARK + encodeText(name);
}

function stepValue(step: Step): AttributeValue {
  const entries: [string, AttributeValue][] = [
    ["kind", { S: step.kind }],
    ["state", { S: step.state }],
    ["atMs", { N: String(Math.round(step.atMs)) }],
  ];
  if (step.open !== undefined) entries.push(["open", { BOOL: step.open }]);
  if (step.value !== undefined) entries.push(["value", { S: encodeText(step.value) }]);
  return { M: Object.fromEntries(entries) };
}

/** Throws `record-unreadable` for an item that this library did not write. */
export function fromItem(item: Item): StoredRecord {
  const row: Record<string, unknown> = { steps: stepsOf(item["steps"]) };
  for (const name of PLAIN_COLUMNS) row[name] = scalar(item[name]);
  return toRecord(row as RawRow);
}

/** `undefined` is refused by whoever reads the row; a missing attribute is one without a value. */
function scalar(value: AttributeValue | undefined): unknown {
  if (value === undefined || "NULL" in value) return null;
  if ("S" in value) return value.S;
  if ("N" in value) return Number(value.N);
  if ("BOOL" in value) return value.BOOL;
  return undefined;
}

export function textOf(value: AttributeValue | undefined): string | undefined {
  return value !== undefined && "S" in value ? value.S : undefined;
}

export function numberOf(value: AttributeValue | undefined): number | undefined {
  const number = value !== undefined && "N" in value ? Number(value.N) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}

function stepsOf(value: AttributeValue | undefined): unknown {
  if (value === undefined || !("M" in value)) return undefined;
  return Object.fromEntries(
    Object.entries(value.M).map(([name, step]) => [
      name.startsWith(NAME_MARK) ? name.slice(NAME_MARK.length) : name,
      "M" in step
        ? Object.fromEntries(Object.entries(step.M).map(([key, part]) => [key, scalar(part)]))
        : undefined,
    ]),
  );
}

/** DynamoDB's limit for one item, names included. */
export const MAX_ITEM_BYTES = 409_600;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html, rounded up. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + utf8(name) + valueBytes(value), 0);
}

export function valueBytes(value: AttributeValue): number {
  if ("S" in value) return utf8(value.S);
  if ("N" in value) return Math.ceil(value.N.length / 2) + 2;
  if ("B" in value) return value.B.byteLength;
  if ("M" in value) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  if ("L" in value) return 3 + value.L.reduce((sum, part) => sum + 1 + valueBytes(part), 0);
  if ("SS" in value) return value.SS.reduce((sum, part) => sum + utf8(part), 0);
  if ("NS" in value) return value.NS.reduce((sum, part) => sum + Math.ceil(part.length / 2) + 2, 0);
  if ("BS" in value) return value.BS.reduce((sum, part) => sum + part.byteLength, 0);
  return 1;
}

function utf8(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
