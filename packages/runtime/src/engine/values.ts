/** Values on their way into and out of a record: always through JSON, so that every attempt sees the same. */

import { OnceError } from "../errors.ts";

export type Storable =
  | { readonly ok: true; readonly json: string | undefined }
  | { readonly ok: false; readonly error: OnceError };

/** JSON text of a value, or why there is none. `undefined` has no text and needs none. */
export function storable(what: string, value: unknown, maxBytes: number): Storable {
  if (value === undefined) return { ok: true, json: undefined };
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    return unstorable(
      `${what} cannot be written as JSON (${said}). Return plain data, and as little of it as you need.`,
      cause,
    );
  }
  if (json === undefined)
    return unstorable(
      `${what} is a ${typeof value}, which JSON cannot hold. Return plain data, and as little of it as you need.`,
    );
  const bytes = Buffer.byteLength(json);
  if (bytes > maxBytes)
    return unstorable(
      `${what} has ${bytes} bytes as JSON and the store takes ${maxBytes}. Return an id instead of the whole.`,
    );
  return { ok: true, json };
}

function unstorable(message: string, cause?: unknown): Storable {
  return { ok: false, error: new OnceError("unstorable-value", message, { cause }) };
}

/** `JSON.parse` makes `__proto__` an own property, so nothing stored can reach a prototype (F-17). */
export function restore(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}
