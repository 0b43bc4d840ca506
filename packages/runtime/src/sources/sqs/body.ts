/** From a record to its body: JSON, plain or base64, or what the user makes of it. */

import { isPermanent } from "../../errors.ts";
import type { Reading } from "../../source.ts";
import type { SqsRecordLike } from "./index.ts";

type Body = { readonly ok: true; readonly value: unknown } | Extract<Reading<never>, { readonly ok: false }>;

export async function bodyOf(
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
  const parsed = parse(record.body);
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
