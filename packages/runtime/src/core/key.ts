/** Idempotency keys: from what the user's function gave to the record's id, and the keys derived from it. */

import { PartHash } from "./bytes.ts";

/** A part of a key. `1` and `"1"` are different parts. */
export type KeyPart = string | number | bigint;

/**
 * What a key function may give. Absent or empty, as a whole or in one part, is not a key: the delivery is
 * `invalid`. It is never replaced by a guess.
 */
export type Key = KeyPart | readonly (KeyPart | null | undefined)[] | null | undefined;

export type KeyResult =
  | { readonly ok: true; readonly parts: readonly KeyPart[] }
  | { readonly ok: false; readonly reason: string };

export function checkKey(key: unknown): KeyResult {
  if (key === null || key === undefined) return bad(`no key: got ${key === null ? "null" : "undefined"}`);
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key];
  if (parts.length === 0) return bad("no key: got an empty list of parts");
  for (const [index, part] of parts.entries()) {
    const wrong = wrongPart(part);
    if (wrong)
      return bad(
        Array.isArray(key) ? `key part ${index + 1} of ${parts.length} ${wrong}` : `the key ${wrong}`,
      );
  }
  return { ok: true, parts: parts as readonly KeyPart[] };
}

function bad(reason: string): KeyResult {
  return { ok: false, reason };
}

function wrongPart(part: unknown): string | undefined {
  switch (typeof part) {
    case "string":
      return part === "" ? "is an empty string" : undefined;
    case "bigint":
      return undefined;
    case "number":
      if (!Number.isFinite(part)) return `is ${part}, not a finite number`;
      // Two different ids of the sender have already become one when JSON.parse rounded them (F-05).
      if (Number.isInteger(part) && !Number.isSafeInteger(part))
        return "is a number too large to be exact: JSON.parse has rounded it; send it as a string";
      return undefined;
    case "undefined":
      return "is undefined";
    default:
      return `is ${part === null ? "null" : Array.isArray(part) ? "an array" : `a value of type ${typeof part}`}, not a string, number or bigint`;
  }
}

/** The record's id: SHA-256 over the scope and the parts, 64 hexadecimal characters. */
export function recordId(namespace: string, name: string, parts: readonly KeyPart[]): string {
  const hash = new PartHash().text("effectively-once/key/1").text(namespace).text(name).number(parts.length);
  for (const part of parts) {
    if (typeof part === "string") hash.text(part);
    else if (typeof part === "number") hash.number(part);
    else hash.bigint(part);
  }
  return hash.hex();
}

/** How the scope is written in records and logs; the id is never made from this text. */
export function scopeText(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

const LABEL_CHARACTERS = 120;

/** The key for people: one line, no control characters, truncated. Not unique. */
export function keyLabel(parts: readonly KeyPart[]): string {
  return printable(parts.map(String).join(" · "), LABEL_CHARACTERS);
}

/** `text` safe for one line of any log or text column: control, bidirectional and ill-formed characters replaced. */
export function printable(text: string, maxCharacters: number): string {
  const shown = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return shown.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD");
}

/**
 * The key that an effect carries to the other side: the same on every attempt of the same message, different for
 * every name and for every deliberate rerun (`generation`). 36 characters in the form of a UUID (version 8), so that
 * it fits a DynamoDB ClientRequestToken, an SQS MessageDeduplicationId and a Step Functions execution name.
 */
export function derivedKey(id: string, generation: number, name: string): string {
  const bytes = new PartHash()
    .text("effectively-once/effect/1")
    .text(id)
    .number(generation)
    .text(name)
    .bytes();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
