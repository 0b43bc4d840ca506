/** Fingerprints tell an honest resend from another payload under the same key, without keeping the payload. */

import { PartHash } from "./bytes.ts";

const MAX_FIELDS = 32;
const MAX_FIELD_NAME = 64;
/** Four hexadecimal digits: enough to name a differing field, too few to guess a value from. */
const FIELD_DIGITS = 4;

interface Parsed {
  readonly h: string;
  readonly f?: Readonly<Record<string, string>>;
}

/**
 * The fingerprint of a value: independent of the order of properties, dependent on everything else.
 * Throws a `TypeError` for a cycle and a `RangeError` for a value nested too deep to walk.
 */
export function fingerprint(value: unknown, salt: string): string {
  const parsed: { h: string; f?: Record<string, string> } = { h: digest(value, "") };
  if (isPlainObject(value)) {
    const names = Object.keys(value).filter((name) => name.length <= MAX_FIELD_NAME && isJson(value[name]));
    if (names.length <= MAX_FIELDS) {
      const fields: [string, string][] = names
        .sort()
        .map((name) => [name, digest(value[name], salt).slice(0, FIELD_DIGITS)]);
      parsed.f = Object.fromEntries(fields);
    }
  }
  return JSON.stringify(parsed);
}

/** The top-level fields in which two fingerprints differ; empty when that cannot be told. Names only, never values. */
export function differingFields(one: string | undefined, other: string | undefined): readonly string[] {
  const a = parse(one)?.f;
  const b = parse(other)?.f;
  if (!a || !b) return [];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names]
    .filter((name) => !Object.hasOwn(a, name) || !Object.hasOwn(b, name) || a[name] !== b[name])
    .sort();
}

function parse(text: string | undefined): Parsed | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Parsed;
  } catch {
    return undefined;
  }
}

function digest(value: unknown, salt: string): string {
  const hash = new PartHash().text("effectively-once/fingerprint/1").text(salt);
  walk(value, hash, new Set());
  return hash.hex();
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("toJSON" in value);
}

/** JSON's view of a value, in an order of properties that is total (by UTF-16 code unit). */
function walk(value: unknown, hash: PartHash, above: Set<object>): void {
  switch (typeof value) {
    case "string":
      hash.text("string").text(value);
      return;
    case "number":
      if (Number.isFinite(value)) hash.text("number").number(value);
      else hash.text("null");
      return;
    case "bigint":
      hash.text("bigint").bigint(value);
      return;
    case "boolean":
      hash.text(value ? "true" : "false");
      return;
    case "object":
      if (value === null) hash.text("null");
      else walkObject(value, hash, above);
      return;
    default:
      hash.text("null");
  }
}

function walkObject(value: object, hash: PartHash, above: Set<object>): void {
  if (above.has(value)) throw new TypeError("a value that contains itself has no fingerprint");
  if ("toJSON" in value && typeof value.toJSON === "function") {
    walk(value.toJSON(), hash, above);
    return;
  }
  above.add(value);
  if (Array.isArray(value)) {
    hash.text("array").number(value.length);
    for (const item of value) walk(item, hash, above);
  } else {
    const entries = value as Record<string, unknown>;
    const names = Object.keys(entries)
      .filter((name) => isJson(entries[name]))
      .sort();
    hash.text("object").number(names.length);
    for (const name of names) {
      hash.text(name);
      walk(entries[name], hash, above);
    }
  }
  above.delete(value);
}

function isJson(value: unknown): boolean {
  return value !== undefined && typeof value !== "function" && typeof value !== "symbol";
}
