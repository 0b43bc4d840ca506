/** What an invocation's end means for each message of its batch (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). */

import type { Message } from "@aws-sdk/client-sqs";
import type { InvokeResult } from "./results.ts";

export interface Judgement {
  /** What Lambda deletes. */
  readonly done: readonly Message[];
  /** What the function named as failed, whether Lambda listens to it or not. */
  readonly reported: readonly Message[];
}

/** `reports`: whether the mapping has `ReportBatchItemFailures`. Without it the answer is not looked at. */
export function judge(messages: readonly Message[], result: InvokeResult, reports: boolean): Judgement {
  if (result.outcome !== "success") return { done: [], reported: [] };
  const failures = failuresOf(result.reply);
  if (failures === undefined) return { done: messages, reported: [] };
  const ids = failures?.map((failure: unknown) => identifierOf(failure));
  // An identifier that names nothing of this batch: Lambda takes the whole batch as failed.
  if (!ids || ids.some((id) => !messages.some(({ MessageId }) => MessageId === id)))
    return { done: reports ? [] : messages, reported: [] };
  const reported = messages.filter(({ MessageId }) => ids.includes(MessageId));
  return { done: reports ? messages.filter((message) => !reported.includes(message)) : messages, reported };
}

/** `undefined`: no failures, even by an empty or missing answer, which is a silent loss where a handler swallowed an error (E-03b). `null`: not a list. */
function failuresOf(reply: unknown): readonly unknown[] | null | undefined {
  const failures =
    typeof reply === "object" && reply !== null && "batchItemFailures" in reply
      ? reply.batchItemFailures
      : undefined;
  if (failures === undefined || failures === null) return undefined;
  return Array.isArray(failures) ? failures : null;
}

function identifierOf(failure: unknown): unknown {
  return typeof failure === "object" && failure !== null && "itemIdentifier" in failure
    ? failure.itemIdentifier
    : undefined;
}
