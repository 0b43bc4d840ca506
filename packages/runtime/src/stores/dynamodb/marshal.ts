/** Plain values on their way into items of the caller's own tables. What DynamoDB cannot hold is refused by its path. */

import { OnceError, typeOf } from "../../errors.ts";
import type { AttributeValue, Item } from "./transport.ts";

/** DynamoDB's limit for values inside of values; also what a cycle ends at. */
const MAX_DEPTH = 32;
const MAX_DIGITS = 38;
/** Not this large any more, and not smaller than that. */
const TOO_LARGE = 1e126;
const MIN_NUMBER = 1e-130;

/** An object of plain values as an item: `undefined` properties are left out. */
export function marshalItem(what: string, value: unknown): Item {
  if (typeof value !== "object" || value === null || !isPlain(value))
    throw unstorable(what, `must be a plain object, got ${typeOf(value)}`);
  return marshalObject(what, value, 0);
}

/**
 * Strings, numbers, bigints, booleans, null, arrays, plain objects and Maps, bytes, and Sets of strings, numbers or
 * bytes. A number that would lose digits is refused: give a bigint.
 */
export function marshal(path: string, value: unknown, depth = 0): AttributeValue {
  if (depth > MAX_DEPTH) throw unstorable(path, `lies deeper than ${MAX_DEPTH} levels, or contains itself`);
  switch (typeof value) {
    case "string":
      return { S: text(path, value) };
    case "number":
    case "bigint":
      return { N: numeral(path, value) };
    case "boolean":
      return { BOOL: value };
    case "object":
      return value === null ? { NULL: true } : marshalNested(path, value, depth);
    default:
      throw unstorable(path, `is ${value === undefined ? "undefined" : `a ${typeof value}`}`);
  }
}

function marshalNested(path: string, value: object, depth: number): AttributeValue {
  const bytes = bytesOf(value);
  if (bytes) return { B: bytes };
  if (value instanceof Set) return marshalSet(path, value);
  if (Array.isArray(value))
    return { L: value.map((part, index) => marshal(`${path}[${index}]`, part, depth + 1)) };
  if (value instanceof Map) {
    for (const key of value.keys())
      if (typeof key !== "string")
        throw unstorable(path, `has a key that is ${typeOf(key)}; a Map's keys must be strings`);
    return { M: marshalObject(path, Object.fromEntries(value), depth + 1) };
  }
  if (!isPlain(value)) throw unstorable(path, `is a ${className(value)} object; give plain data`);
  return { M: marshalObject(path, value, depth + 1) };
}

function marshalObject(path: string, value: object, depth: number): Item {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.map(([name, part]) => [text(path, name), marshal(`${path}.${name}`, part, depth)]),
  );
}

/** DynamoDB's sets have one type, and are never empty. */
function marshalSet(path: string, set: ReadonlySet<unknown>): AttributeValue {
  const values = [...set];
  if (values.length === 0) throw unstorable(path, "is an empty Set, which DynamoDB has not; leave it out");
  if (values.every((part) => typeof part === "string")) return { SS: values.map((part) => text(path, part)) };
  if (values.every((part) => typeof part === "number" || typeof part === "bigint"))
    return { NS: values.map((part) => numeral(path, part)) };
  const bytes = values.flatMap((part) => (typeof part === "object" && part !== null && bytesOf(part)) || []);
  if (bytes.length === values.length) return { BS: bytes };
  throw unstorable(
    path,
    "is a Set of mixed or other values; a Set holds only strings, only numbers or only bytes",
  );
}

function text(path: string, value: string): string {
  if (value.isWellFormed()) return value;
  throw unstorable(path, "has a lone surrogate, which UTF-8 cannot hold");
}

function numeral(path: string, value: number | bigint): string {
  if (typeof value === "bigint") {
    const digits = String(value);
    if (digits.replace("-", "").length > MAX_DIGITS)
      throw unstorable(path, `has more than ${MAX_DIGITS} digits`);
    return digits;
  }
  if (!Number.isFinite(value)) throw unstorable(path, `is ${value}, which DynamoDB has not`);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size > Number.MAX_SAFE_INTEGER && size < 1e21)
    throw unstorable(path, "is an integer that a number cannot hold exactly; give a bigint");
  if (size >= TOO_LARGE || (size > 0 && size < MIN_NUMBER))
    throw unstorable(path, "is out of DynamoDB's range of numbers");
  return value === 0 ? "0" : String(value);
}

function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

function className(value: object): string {
  return value.constructor?.name || "class";
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function unstorable(path: string, why: string): OnceError {
  return new OnceError("unstorable-value", `${path} ${why}.`);
}
