/** A delivery in a sentence: what a screen reader says, what a pointer shows, what the message's own list has. */

import { duration, of, visible } from "./text.ts";
import type { Row } from "./view.ts";

export function verdictWords({ delivery }: Row): string {
  return delivery.origin === undefined ? delivery.verdict : `${delivery.verdict} (${delivery.origin})`;
}

export function durationOf({ delivery }: Row): number | undefined {
  return delivery.endMs === undefined ? undefined : delivery.endMs - delivery.startMs;
}

export function sentence(row: Row): string {
  const { message, delivery, number, shownKey } = row;
  const { deliveries } = message;
  const first = deliveries[0]?.startMs ?? delivery.startMs;
  const parts = [`${shownKey}, delivery ${number} of ${deliveries.length}: ${verdictWords(row)}`];
  if (delivery.reason !== undefined) parts.push(visible(delivery.reason));
  if (number > 1) parts.push(`${duration(delivery.startMs - first)} after the first`);
  const took = durationOf(row);
  parts.push(took === undefined ? "its end is not known" : `took ${duration(took)}`);
  if (delivery.ran === false) parts.push("the handler's code did not run");
  if (delivery.outcome !== undefined) parts.push(`ended as ${visible(delivery.outcome)}`);
  if (delivery.killedAtMs !== undefined)
    parts.push(`killed after ${duration(delivery.killedAtMs - delivery.startMs)}`);
  if (delivery.attempt !== undefined) parts.push(`attempt ${delivery.attempt}`);
  if (delivery.receiveCount !== undefined) parts.push(`received ${of(delivery.receiveCount, "time")}`);
  if (delivery.visibility)
    parts.push(`visibility ended ${duration(delivery.visibility.toMs - delivery.startMs)} after its start`);
  if (delivery.lease)
    parts.push(`lease ended ${duration(delivery.lease.toMs - delivery.startMs)} after its start`);
  if (delivery.cause !== undefined) parts.push(`cause: ${visible(delivery.cause)}`);
  return `${parts.join("; ")}.`;
}
