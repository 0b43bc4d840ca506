/** The AWS JSON protocol 1.0 of SQS, as far as a proxy needs it (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html). */

import type { IncomingMessage, ServerResponse } from "node:http";

export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

const TARGET = /^AmazonSQS\.(\w+)$/;

/** The action of a request, or why this is none. */
export function actionOf(request: IncomingMessage): string | undefined {
  return TARGET.exec(String(request.headers["x-amz-target"] ?? ""))?.[1];
}

export async function readBody(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parse(Buffer.concat(parts).toString("utf8"));
}

export function answer(body: Body): Answer {
  return { status: 200, headers: {}, body };
}

/** The SDK names an error by `x-amzn-query-error`, which SQS sends for callers of its older protocol. */
export function senderError(code: string, message: string): Answer {
  return {
    status: 400,
    headers: { "x-amzn-query-error": `${code};Sender` },
    body: { __type: `com.amazonaws.sqs#${code}`, message },
  };
}

/** The emulator did not answer, or a listener threw. The SDK tries such a call again. */
export function internalError(cause: unknown): Answer {
  const message = cause instanceof Error ? cause.message : String(cause);
  return { status: 500, headers: {}, body: { __type: "com.amazonaws.sqs#InternalFailure", message } };
}

export async function forward(
  endpoint: string,
  request: IncomingMessage,
  target: string,
  body: Body,
): Promise<Answer> {
  const headers: Record<string, string> = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `AmazonSQS.${target}`,
  };
  for (const name of ["authorization", "x-amz-date", "x-amz-security-token", "user-agent"]) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  const response = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(body) });
  const error = response.headers.get("x-amzn-query-error");
  return {
    status: response.status,
    headers: error === null ? {} : { "x-amzn-query-error": error },
    body: parse(await response.text()),
  };
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0", ...headers });
  response.end(JSON.stringify(body));
}

export function list(value: unknown): readonly Body[] {
  return Array.isArray(value) ? value : [];
}

function parse(text: string): Body {
  const value: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  throw new SyntaxError("the body is not a JSON object");
}
