/** The edge to HTTP services that know an `Idempotency-Key` again. */

import type { Key } from "../core/key.ts";
import { CORRELATION_ATTRIBUTE, CORRELATION_HEADER, outgoing } from "../correlation.ts";
import { current } from "../engine/current.ts";
import { verbsAreAskedFor } from "../engine/in-verb.ts";
import { READING } from "../engine/unguarded-effects.ts";
import type { OnceError } from "../errors.ts";
import { checkNames } from "../options.ts";
import { type CallOptions, Outside, sendInside } from "./call.ts";

/** A request that is about to be sent. The body only where it is text or bytes: a stream can be read once. */
export interface FetchCall {
  readonly method: string;
  readonly url: string;
  readonly body: string | Uint8Array | undefined;
}

export interface IdempotentFetchOptions extends CallOptions<FetchCall> {
  /** What sends. @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** The header's name. @default "Idempotency-Key" */
  readonly header?: string;
  /**
   * Whether the key is written as a structured field, in quotes, as the expired draft of the IETF has it
   * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). Most services take it without.
   *
   * @default false
   */
  readonly quoted?: boolean;
  /** For a producer outside a handler: what its requests are about. @default nothing is done there, and that is said once */
  readonly key?: string | ((call: FetchCall) => Key);
  /** A name for a request, in the place of its count. @default requests of one method to one host are counted */
  readonly name?: (call: FetchCall) => string | undefined;
  /** What must be the same in every attempt; `false` compares nothing. @default method, address and body */
  readonly fingerprint?: false | ((call: FetchCall) => unknown);
  /** Is told once that it is used outside a handler. @default console.warn */
  readonly warn?: (error: OnceError) => void;
}

const OPTIONS = ["fetch", "header", "quoted", "key", "name", "fingerprint", "warn"];

/**
 * A `fetch` whose requests carry an `Idempotency-Key` that is the same in every attempt of the same message, and the
 * correlation id. Once, as long as the service remembers the key. Reading requests and those with a key of their own are
 * left alone. A later attempt that sends another request in the place of a remembered one is refused with `edge-changed`.
 *
 * @example
 * const pay = idempotentFetch();
 * await pay("https://payments.example/charges", { method: "POST", body: JSON.stringify(order) });
 */
export function idempotentFetch(options: IdempotentFetchOptions = {}): typeof globalThis.fetch {
  checkNames("idempotentFetch", options, OPTIONS);
  verbsAreAskedFor();
  const { header = "Idempotency-Key", quoted = false } = options;
  const outside = new Outside<FetchCall>("idempotentFetch", options);
  // Looked up at each call: a tracer may replace the global one later.
  const send: typeof globalThis.fetch = (...args) => (options.fetch ?? globalThis.fetch)(...args);

  return async (input, init) => {
    const call = callOf(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    const here = current();
    if (here)
      for (const [name, value] of outgoing(here.context.correlationId, here.carrier)) {
        const at = name === CORRELATION_ATTRIBUTE ? CORRELATION_HEADER : name;
        if (!headers.has(at)) headers.set(at, value);
      }
    const give = (key: string): void => headers.set(header, quoted ? `"${key}"` : key);
    if (READING.has(call.method) || headers.has(header)) return send(input, { ...init, headers });
    const operation = `fetch.${call.method}`;
    // Never the path, which may hold a secret, and the record is read by people.
    const { host: target } = new URL(call.url);
    if (!here) {
      const [key] = outside.keys(operation, target, [{ call, name: "" }]) ?? [];
      if (key !== undefined) give(key);
      return send(input, { ...init, headers });
    }
    return sendInside(here.attempt, { operation, target, call, same: call }, options, async (begun) => {
      give(begun.key());
      const response = await send(input, { ...init, headers });
      if (!response.ok) begun.failed();
      return response;
    });
  };
}

function callOf(input: string | URL | Request, init: RequestInit | undefined): FetchCall {
  const request = input instanceof Request ? input : undefined;
  return {
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    url: request?.url ?? String(input),
    body: bodyOf(init?.body),
  };
}

function bodyOf(body: unknown): FetchCall["body"] {
  if (typeof body === "string") return body;
  if (body instanceof URLSearchParams) return body.toString();
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return undefined;
}
