/** What counts say, and what they leave open, in sentences. */

import type { FunctionCounts, MetricCounts, QueueCounts } from "./counts.ts";

/** How often each message that is done was received; `undefined` where nothing was deleted. */
export function receivesPerDelete({ received, deleted }: QueueCounts): number | undefined {
  return received === undefined || deleted === undefined || deleted === 0 ? undefined : received / deleted;
}

/** Receives for which no message was deleted: tried again, throttled, duplicated, or under way at one end of the time. */
export function receivesWithoutDelete({ received = 0, deleted = 0 }: QueueCounts): number {
  return Math.max(0, received - deleted);
}

export function queueSentence(counts: QueueCounts): string {
  const { queue, sent, received, deleted, deduplicated } = counts;
  const ratio = receivesPerDelete(counts);
  const parts = [
    part(sent, "sent"),
    ...(deduplicated !== undefined && deduplicated > 0
      ? [`${number(deduplicated)} sent again and not taken in, by their deduplication id`]
      : []),
    part(received, "received"),
    part(deleted, "deleted"),
  ];
  return `${queue}: ${parts.join(", ")}${ratio === undefined ? "" : `: ${ratio.toFixed(2)} receives for each that was deleted`}.`;
}

export function functionSentence({ function: name, invocations, errors, throttles }: FunctionCounts): string {
  return `${name}: ${part(invocations, "invocations")}, ${part(errors, "errors")}, ${part(throttles, "throttles")}.`;
}

/**
 * What they come to. Receives are no runs, and a retry is no duplicate: how many of either there were, only logs tell. That
 * nothing has failed and messages came again all the same is as far as counts go.
 */
export function conclusions(
  { queues, functions }: MetricCounts,
  deliveries: number | undefined,
): readonly string[] {
  const extra = queues.reduce((sum, queue) => sum + receivesWithoutDelete(queue), 0);
  const received = queues.reduce((sum, queue) => sum + (queue.received ?? 0), 0);
  const said: string[] = [];
  if (queues.length > 0)
    said.push(
      extra === 0
        ? "No message was received more often than one was deleted."
        : `${number(extra)} receives had no delete: tried again, throttled, duplicated, or on their way at one end of this time.`,
    );
  const failed = functions.reduce((sum, { errors = 0, throttles = 0 }) => sum + errors + throttles, 0);
  if (extra > 0 && functions.length > 0 && failed === 0)
    said.push(
      "No invocation had an error or was throttled: unless messages were named in batch responses, they came again while they were running or done, which is what a visibility timeout that is too short does.",
    );
  if (deliveries !== undefined && queues.length > 0 && received > deliveries)
    said.push(
      `Of ${number(received)} receives ${number(deliveries)} are in these logs as deliveries: the others reached no handler, or their logs were not read.`,
    );
  return said;
}

function part(value: number | undefined, what: string): string {
  return value === undefined ? `${what} unknown` : `${number(value)} ${what}`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
