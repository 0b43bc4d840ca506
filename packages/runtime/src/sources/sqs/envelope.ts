/** Messages that came to the queue through SNS or EventBridge: what the producer sent is inside of what those made of it. */

import type { Reading } from "../../source.ts";

/** https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html, without raw message delivery. */
export interface SnsEnvelope {
  readonly Type: "Notification";
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Subject?: string;
  readonly Timestamp?: string;
  readonly MessageAttributes?: Readonly<
    Record<string, { readonly Type?: string; readonly Value?: string } | undefined>
  >;
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html */
export interface EventBridgeEnvelope {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly detail: unknown;
  readonly account?: string;
  readonly region?: string;
  readonly time?: string;
  readonly resources?: readonly string[];
  /** Only of an event that an archive has played again: with the id that it had. */
  readonly "replay-name"?: string;
}

export type EnvelopeKind = "sns" | "eventbridge";

export interface Opened {
  /** What the producer sent, text still or parsed. */
  readonly inner: { readonly text: string } | { readonly value: unknown };
  /** Names the message in the service that made the envelope: a retry of that service keeps it. */
  readonly id: readonly [string, string];
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly envelope: SnsEnvelope | EventBridgeEnvelope;
}

export function openEnvelope(
  kind: EnvelopeKind,
  body: unknown,
): Opened | Extract<Reading<never>, { readonly ok: false }> {
  return kind === "sns" ? sns(body) : eventBridge(body);
}

function sns(body: unknown): ReturnType<typeof openEnvelope> {
  if (
    !isObject(body) ||
    body["Type"] !== "Notification" ||
    !areTexts(body, "MessageId", "TopicArn", "Message")
  )
    return bad(
      "is not a notification of SNS. Turn raw message delivery off for this subscription, or leave `envelope` out where it is on",
    );
  const envelope = body as unknown as SnsEnvelope;
  const attributes = Object.entries(envelope.MessageAttributes ?? {}).map(
    ([name, attribute]) => [name, attribute?.Value] as const,
  );
  return {
    inner: { text: envelope.Message },
    id: [envelope.TopicArn, envelope.MessageId],
    attributes: Object.fromEntries(attributes),
    envelope,
  };
}

function eventBridge(body: unknown): ReturnType<typeof openEnvelope> {
  if (!isObject(body) || !areTexts(body, "id", "source", "detail-type") || !("detail" in body))
    return bad(
      "is not an event of EventBridge. Leave the rule's input transformer out (InputPath, InputTransformer), or leave `envelope` out where there is one",
    );
  const envelope = body as unknown as EventBridgeEnvelope;
  return { inner: { value: envelope.detail }, id: [envelope.source, envelope.id], attributes: {}, envelope };
}

function areTexts(body: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean {
  return names.every((name) => typeof body[name] === "string" && body[name] !== "");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(what: string): Extract<Reading<never>, { readonly ok: false }> {
  return { ok: false, code: "invalid-body", reason: `The body ${what}.` };
}
