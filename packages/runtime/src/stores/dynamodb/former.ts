/**
 * What another library remembers of the work that is claimed: Powertools' idempotency records, read beside our own in
 * one request. Nothing is ever written to them.
 */

import { OnceError } from "../../errors.ts";
import type { Claim, ClaimRequest, FormerRecord } from "../../store.ts";
import { CLOCK_MARGIN_MS } from "./clock.ts";
import { dynamoError } from "./errors.ts";
import { KEY_ATTRIBUTE, numberOf, textOf } from "./item.ts";
import { batchGet, type Connection } from "./send.ts";
import type { AttributeValue, Item } from "./transport.ts";

export interface Remembered {
  /** Our own records, by id. */
  readonly own: ReadonlyMap<string, Item>;
  /** Former records, by the id of our own. */
  readonly former: ReadonlyMap<string, Item>;
}

/** Both kinds in one consistent read: a former record that cannot be read fails the claims, for it may say "done". */
export async function readBoth(
  connection: Connection,
  requests: readonly ClaimRequest[],
): Promise<Remembered> {
  const { table } = connection.place;
  const keys = new Map<string, Map<string, Item>>();
  const ask = (tableName: string, key: Item): void => {
    const known = keys.get(tableName) ?? new Map<string, Item>();
    keys.set(tableName, known.set(JSON.stringify(key), key));
  };
  for (const { id, former } of requests) {
    ask(table, { [KEY_ATTRIBUTE]: { S: id } });
    if (former) ask(former.tableName, keyOf(former));
  }
  let items: ReadonlyMap<string, readonly Item[]>;
  try {
    items = await batchGet(
      connection,
      new Map([...keys].map(([tableName, byText]) => [tableName, [...byText.values()]])),
    );
  } catch (error) {
    throw unreadable(error, connection, [...keys.keys()]);
  }
  const find = (tableName: string, key: Item): Item | undefined =>
    items
      .get(tableName)
      ?.find((item) =>
        Object.entries(key).every(([name, value]) => JSON.stringify(item[name]) === JSON.stringify(value)),
      );
  const own = new Map<string, Item>();
  const former = new Map<string, Item>();
  for (const request of requests) {
    const mine = find(table, { [KEY_ATTRIBUTE]: { S: request.id } });
    if (mine) own.set(request.id, mine);
    const theirs = request.former && find(request.former.tableName, keyOf(request.former));
    if (theirs) former.set(request.id, theirs);
  }
  return { own, former };
}

function keyOf({ key }: FormerRecord): Item {
  return Object.fromEntries(Object.entries(key).map(([name, S]) => [name, { S }]));
}

function unreadable(error: unknown, { place }: Connection, tables: readonly string[]): OnceError {
  const { code, message, retryable } = dynamoError(error, place);
  const others = tables.filter((name) => name !== place.table).map((name) => `"${name}"`);
  return new OnceError(
    code,
    `The records of "${place.table}" and Powertools' of ${others.join(", ")} could not be read together, so nothing was run: what was finished before is not known. ` +
      `Check that both tables are in this client's account and region, that the role is allowed dynamodb:BatchGetItem on both, and \`readPowertoolsRecords\`. ${message}`,
    { retryable, cause: error },
  );
}

/**
 * The claim that a former record decides; `undefined` where it lets the work begin.
 *
 * As Powertools judges it, with two differences: the clocks get our margin, and a run in progress counts until its
 * function has been killed although the record expires before that.
 */
export function judgeFormer(
  item: Item,
  { attributes, validation }: FormerRecord,
  nowMs: number,
): Claim | undefined {
  const status = textOf(item[attributes.status]);
  const expiresAtSeconds = numberOf(item[attributes.expiry]);
  const expiresAtMs =
    expiresAtSeconds === undefined ? Number.POSITIVE_INFINITY : expiresAtSeconds * 1_000 + CLOCK_MARGIN_MS;
  switch (status) {
    case "COMPLETED":
      if (nowMs > expiresAtMs) return undefined;
      return validation !== undefined && validation !== textOf(item[attributes.validation])
        ? { kind: "mismatch", messageId: undefined, fingerprint: undefined }
        : {
            kind: "duplicate",
            messageId: undefined,
            functionName: undefined,
            result: jsonOf(item[attributes.data]),
          };
    case "INPROGRESS": {
      // Milliseconds, unlike the expiry. Without it (no Lambda context was registered) the key is locked until the expiry.
      const runUntilMs = numberOf(item[attributes.inProgressExpiry]) ?? expiresAtMs - CLOCK_MARGIN_MS;
      if (nowMs > runUntilMs + CLOCK_MARGIN_MS) return undefined;
      const seenAtMs = runUntilMs > nowMs ? nowMs : nowMs - CLOCK_MARGIN_MS;
      return {
        kind: "busy",
        messageId: undefined,
        nowMs: seenAtMs,
        leaseUntilMs: runUntilMs,
        runUntilMs,
      };
    }
    case "EXPIRED":
      return undefined;
    default:
      return {
        kind: "error",
        error: new OnceError(
          "record-unreadable",
          `A record of Powertools' table has ${status === undefined ? "no text" : `"${status.slice(0, 40)}"`} in its attribute "${attributes.status}", and INPROGRESS or COMPLETED was looked for. ` +
            "Give `readPowertoolsRecords` the attribute names that Powertools was given.",
        ),
      };
  }
}

/** JSON text of a stored value; `undefined` for what JSON has not (bytes and sets), or when none was stored. */
function jsonOf(value: AttributeValue | undefined): string | undefined {
  const plain = value && plainOf(value);
  return plain === undefined ? undefined : JSON.stringify(plain);
}

function plainOf(value: AttributeValue): unknown {
  if ("S" in value) return value.S;
  if ("N" in value) return Number(value.N);
  if ("BOOL" in value) return value.BOOL;
  if ("NULL" in value) return null;
  if ("L" in value) return value.L.map(plainOf);
  if ("M" in value)
    return Object.fromEntries(Object.entries(value.M).map(([name, part]) => [name, plainOf(part)]));
  return undefined;
}
