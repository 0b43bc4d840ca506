/** What is counted and measured, under the same names in every sink that takes numbers. */

import type { DeliveryEvent, InvocationEvent, OnceEvent } from "../types.ts";

export type Unit = "Count" | "Milliseconds";

export interface Value {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
}

const VERDICTS: Readonly<Record<NonNullable<DeliveryEvent["verdict"]>, string>> = {
  first: "First",
  retry: "Retry",
  takeover: "Takeover",
  busy: "Busy",
  duplicate: "Duplicate",
  mismatch: "Mismatch",
  "in-doubt": "InDoubt",
  invalid: "Invalid",
};
const ORIGINS: Readonly<Record<NonNullable<DeliveryEvent["origin"]>, string>> = {
  redelivery: "OfRedelivery",
  resend: "OfResend",
};
/** Endings that no verdict says already. */
const ENDINGS: Readonly<Partial<Record<DeliveryEvent["ending"], string>>> = {
  completed: "Completed",
  failed: "Failed",
  fenced: "Fenced",
  deadline: "Deadline",
  "store-error": "StoreError",
};
const OPERATIONS: Readonly<Record<keyof InvocationEvent["store"], string>> = {
  claim: "StoreClaim",
  complete: "StoreComplete",
  fail: "StoreFail",
  release: "StoreRelease",
  renew: "StoreRenew",
  checkpoint: "StoreCheckpoint",
};

export function valuesOf(event: OnceEvent): readonly Value[] {
  switch (event.kind) {
    case "delivery":
      return ofDelivery(event);
    case "invocation":
      return ofInvocation(event);
    case "warning":
      return [count("Warnings")];
    case "unguarded-effect":
      return [count("UnguardedEffects")];
  }
}

function ofDelivery(event: DeliveryEvent): readonly Value[] {
  const { verdict, origin, ending, receiveCount, ageMs, leaseLeftMs, visibilityLeftMs, deadlineLeftMs } =
    event;
  const values: Value[] = [count("Deliveries")];
  const counted = (name: string | undefined): void => {
    if (name !== undefined) values.push(count(name));
  };
  const measured = (name: string, value: number | undefined): void => {
    if (value !== undefined) values.push({ name, unit: "Milliseconds", value });
  };
  counted(verdict && VERDICTS[verdict]);
  // What the queue brought again, and what a producer sent again, have other cures.
  counted(verdict && origin && `${VERDICTS[verdict]}${ORIGINS[origin]}`);
  counted(ENDINGS[ending]);
  counted(event.acknowledged ? "Acknowledged" : "NotAcknowledged");
  if (receiveCount !== undefined) values.push({ name: "ReceiveCount", unit: "Count", value: receiveCount });
  if (event.renewals > 0) values.push({ name: "Renewals", unit: "Count", value: event.renewals });
  if (event.attempt !== undefined) measured("Duration", event.durationMs);
  measured("Age", ageMs);
  measured("LeaseLeft", leaseLeftMs);
  measured("VisibilityLeft", visibilityLeftMs);
  measured("DeadlineLeft", deadlineLeftMs);
  return values;
}

function ofInvocation({ fencedWrites, store }: InvocationEvent): readonly Value[] {
  const values: Value[] = [{ name: "FencedWrites", unit: "Count", value: fencedWrites }];
  for (const [operation, name] of Object.entries(OPERATIONS)) {
    const times = store[operation as keyof typeof store];
    if (!times) continue;
    values.push({ name, unit: "Milliseconds", value: times.totalMs / times.calls });
    if (times.errors > 0) values.push({ name: "StoreErrors", unit: "Count", value: times.errors });
  }
  return values;
}

function count(name: string): Value {
  return { name, unit: "Count", value: 1 };
}
