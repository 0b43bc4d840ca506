/**
 * Where Powertools for AWS Lambda (TypeScript) keeps its memory of a piece of work: the key of its idempotency record,
 * made as `@aws-lambda-powertools/idempotency` 2.35.0 makes it. That this gives the same keys is tested against it.
 */

import { createHash } from "node:crypto";
import { OnceError, typeOf } from "../errors.ts";
import type { FormerRecord } from "../store.ts";

/**
 * How Powertools was set up. The names of the table and of its attributes are those of its `DynamoDBPersistenceLayer`,
 * so that what was given there can be given here.
 */
export interface PowertoolsRecords<Message = unknown> {
  /** Powertools' table; read only, by the store's own client. */
  readonly tableName: string;
  /**
   * What stands before "#" in Powertools' keys: its `keyPrefix`, or without one the name of the Lambda function. The
   * surest source is the table: take it from an item's "id".
   */
  readonly keyPrefix: string;
  /**
   * What Powertools hashed: the part of its payload that `eventKeyJmesPath` selects, or the whole. Nothing (`undefined`,
   * `null`, an empty string, or a list or object of only those) has no record of its own there, and is not looked for.
   */
  readonly select: (message: Message) => unknown;
  /** Powertools' `hashFunction`, or the same as a function from text to its base64 digest. @default "md5" */
  readonly hash?: string | ((text: string) => string);
  /** What `payloadValidationJmesPath` selects; a finished record with another one is a `mismatch`. @default not compared */
  readonly validation?: (message: Message) => unknown;
  /** @default "id" */
  readonly keyAttr?: string;
  /** Of a table with a composite key. @default none */
  readonly sortKeyAttr?: string;
  /** The partition key where `sortKeyAttr` is set; Powertools' default is "idempotency#" and the function's name. */
  readonly staticPkValue?: string;
  /** @default "status" */
  readonly statusAttr?: string;
  /** @default "expiration" */
  readonly expiryAttr?: string;
  /** @default "in_progress_expiration" */
  readonly inProgressExpiryAttr?: string;
  /** @default "data" */
  readonly dataAttr?: string;
  /** @default "validation" */
  readonly validationKeyAttr?: string;
}

/** Answers a message's former record, or `undefined` where there can be none. Throws what `select` throws. */
export type FormerOf = (message: unknown) => FormerRecord | undefined;

const TEXTS = [
  "tableName",
  "keyPrefix",
  "keyAttr",
  "sortKeyAttr",
  "staticPkValue",
  "statusAttr",
  "expiryAttr",
  "inProgressExpiryAttr",
  "dataAttr",
  "validationKeyAttr",
] as const;
const OPTIONS: readonly string[] = [...TEXTS, "select", "hash", "validation"];
const REQUIRED: readonly string[] = ["tableName", "keyPrefix"];

export function formerRecords<Message>(options: PowertoolsRecords<Message>): FormerOf {
  check(options);
  const { select, validation, sortKeyAttr, staticPkValue, keyAttr = "id", hash = "md5" } = options;
  const digest =
    typeof hash === "function"
      ? hash
      : (text: string) => createHash(hash).update(text, "utf8").digest("base64");
  const hashed = (value: unknown): string => digest(JSON.stringify(sorted(value)));
  const prefix = options.keyPrefix.trim();
  const attributes = {
    status: options.statusAttr ?? "status",
    expiry: options.expiryAttr ?? "expiration",
    inProgressExpiry: options.inProgressExpiryAttr ?? "in_progress_expiration",
    data: options.dataAttr ?? "data",
    validation: options.validationKeyAttr ?? "validation",
  };
  return (message) => {
    const payload = select(message as Message);
    if (isNothing(payload)) return undefined;
    const id = `${prefix}#${hashed(payload)}`;
    return {
      tableName: options.tableName,
      key:
        sortKeyAttr === undefined ? { [keyAttr]: id } : { [keyAttr]: staticPkValue ?? "", [sortKeyAttr]: id },
      attributes,
      validation: validation && hashed(validation(message as Message) ?? null),
    };
  };
}

function check(options: PowertoolsRecords<never>): void {
  const where = "handler: `readPowertoolsRecords`";
  if (typeof options !== "object" || options === null)
    throw new OnceError(
      "invalid-option",
      `${where} must be an object with tableName, keyPrefix and select, got ${typeOf(options)}.`,
    );
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name))
      throw new OnceError(
        "unknown-option",
        `${where} has no option "${name}". It has: ${OPTIONS.join(", ")}.`,
      );
  for (const name of TEXTS) {
    const value: unknown = options[name];
    // A prefix may be empty: Powertools has none where the function's name was not known.
    if (typeof value === "string" && (value !== "" || name === "keyPrefix")) continue;
    if (value === undefined && !REQUIRED.includes(name)) continue;
    throw new OnceError(
      "invalid-option",
      `${where}: \`${name}\` must be a ${name === "keyPrefix" ? "string" : "non-empty string"}, got ${value === "" ? "an empty one" : typeOf(value)}.`,
    );
  }
  if (typeof options.select !== "function")
    throw new OnceError(
      "invalid-option",
      `${where}: \`select\` must be a function that gives what Powertools hashed of a message, got ${typeOf(options.select)}.`,
    );
  if (options.validation !== undefined && typeof options.validation !== "function")
    throw new OnceError(
      "invalid-option",
      `${where}: \`validation\` must be a function that gives what Powertools' payloadValidationJmesPath selects, got ${typeOf(options.validation)}.`,
    );
  if ((options.sortKeyAttr === undefined) !== (options.staticPkValue === undefined))
    throw new OnceError(
      "invalid-option",
      `${where}: \`sortKeyAttr\` and \`staticPkValue\` go together. Powertools' own default for the latter is "idempotency#" and the name of the Lambda function.`,
    );
  checkHash(where, options.hash);
}

function checkHash(where: string, hash: unknown): void {
  if (hash === undefined || typeof hash === "function") return;
  try {
    createHash(hash as string);
  } catch (cause) {
    throw new OnceError(
      "invalid-option",
      `${where}: \`hash\` must be an algorithm that node:crypto has, such as "md5" or "sha256", or a function, got ${typeof hash === "string" ? `"${hash.slice(0, 40)}"` : typeOf(hash)}.`,
      { cause },
    );
  }
}

/**
 * Powertools gives all messages that lack their key one record between them. To take that for a memory of this message
 * would acknowledge messages that never ran. Unlike there, `0` and `false` are values.
 */
function isNothing(payload: unknown): boolean {
  const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";
  if (typeof payload !== "object" || payload === null) return isEmpty(payload);
  return Object.values(payload).every(isEmpty);
}

/** Powertools' order of properties: by lower case, and as they came where that is equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (Object.prototype.toString.call(value) !== "[object Object]") return value;
  const entries = Object.entries(value as object)
    // There it is assigned, not defined, and so leaves no trace.
    .filter(([name]) => name !== "__proto__")
    .sort(([one], [other]) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}
