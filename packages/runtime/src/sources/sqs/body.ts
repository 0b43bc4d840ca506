/** From a record to its body: JSON, plain or base64, or what the user makes of it. */

import { isPermanent } from "../../errors.ts";
import type { Reading } from "../../source.ts";
import { type EnvelopeKind, type EventBridgeEnvelope, openEnvelope, type SnsEnvelope } from "./envelope.ts";
import type { SqsRecordLike } from "./index.ts";

type Body = { readonly ok: true; readonly value: unknown } | Extract<Reading<never>, { readonly ok: false }>;

/** A record as the producer sent it. */
export interface Unwrapped {
  readonly body: Body;
  /** Of the innermost service that gave one; `undefined`: the queue's own. */
  readonly id: readonly [string, string] | undefined;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly envelope: SnsEnvelope | EventBridgeEnvelope | undefined;
}

export async function unwrapped(
  record: SqsRecordLike,
  envelopes: readonly EnvelopeKind[],
  make: ((record: SqsRecordLike) => unknown) | undefined,
): Promise<Unwrapped> {
  const own = Object.entries(record.messageAttributes ?? {});
  let attributes: Readonly<Record<string, string | undefined>> = Object.fromEntries(
    own.map(([name, attribute]) => [name, attribute?.stringValue]),
  );
  let body: Body = envelopes.length > 0 ? jsonOf(record.body) : await bodyOf(record, make);
  let id: Unwrapped["id"];
  let envelope: Unwrapped["envelope"];
  for (const [index, kind] of envelopes.entries()) {
    if (!body.ok) break;
    const opened = openEnvelope(kind, body.value);
    if ("ok" in opened) return { body: opened, id, attributes, envelope };
    id = opened.id;
    envelope = opened.envelope;
    attributes = { ...attributes, ...opened.attributes };
    const { inner } = opened;
    const text = "text" in inner ? inner.text : undefined;
    if (index === envelopes.length - 1 && make)
      body = await bodyOf({ ...record, body: text ?? JSON.stringify(body.value) }, make);
    else body = "text" in inner ? jsonOf(inner.text) : { ok: true, value: inner.value };
  }
  return { body, id, attributes, envelope };
}

async function bodyOf(
  record: SqsRecordLike,
  make: ((record: SqsRecordLike) => unknown) | undefined,
): Promise<Body> {
  if (make) {
    try {
      return { ok: true, value: await make(record) };
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      const retryable = !isPermanent(cause);
      return {
        ok: false,
        code: "invalid-body",
        retryable,
        cause,
        reason: `The \`body\` function threw: ${said}.`,
      };
    }
  }
  return jsonOf(record.body);
}

function jsonOf(text: string): Body {
  const parsed = parse(text);
  if (!parsed.ok)
    return bad(
      "The body is not JSON, neither plain nor base64. Send JSON, or give `sqs` a `body` function that reads what you send.",
    );
  const pointer = pointerOf(parsed.value);
  if (pointer !== undefined)
    return bad(
      `The body is a pointer of the SQS extended client to ${pointer}. Give \`sqs\` a \`body\` function that fetches it: the key must come from what it points to, because each send makes a new pointer.`,
    );
  return parsed;
}

function bad(reason: string): Body {
  return { ok: false, code: "invalid-body", reason };
}

const POINTER = /^(software\.amazon\.payloadoffloading|com\.amazon\.sqs\.javamessaging)\./;

/** Where a large payload was put by the extended client libraries, which send `[class name, { s3BucketName, s3Key }]` instead. */
function pointerOf(body: unknown): string | undefined {
  if (!Array.isArray(body) || body.length !== 2) return undefined;
  const [name, target] = body as readonly unknown[];
  if (typeof name !== "string" || !POINTER.test(name) || typeof target !== "object" || target === null)
    return undefined;
  const { s3BucketName, s3Key } = target as Readonly<Record<string, unknown>>;
  return `s3://${String(s3BucketName)}/${String(s3Key)}`;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function parse(body: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const direct = tryJson(body);
  if (direct.ok || !BASE64.test(body)) return direct;
  return tryJson(Buffer.from(body, "base64").toString("utf8"));
}

function tryJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
