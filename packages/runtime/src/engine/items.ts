/** A delivery as the engine works on it: read, keyed, and how it ended when it was not run. */

import { differingFields, fingerprint } from "../core/fingerprint.ts";
import { checkKey, keyLabel, recordId } from "../core/key.ts";
import { OnceError } from "../errors.ts";
import type { Arrival } from "../source.ts";
import type { Claim, ClaimRequest } from "../store.ts";
import type { Origin, Verdict } from "../types.ts";
import type { Attempt } from "./attempt.ts";
import type { AttemptEnd } from "./run-attempt.ts";
import type { Scope } from "./settings.ts";

export interface Ended<Message> extends AttemptEnd {
  readonly arrival: Arrival<Message>;
  readonly key: string | undefined;
  readonly verdict: Verdict | undefined;
  readonly origin: Origin | undefined;
  readonly attempt: number | undefined;
  readonly fence: number | undefined;
  readonly durationMs: number;
  readonly busy?: { readonly leftMs: number; readonly runLeftMs: number };
}

export interface Item<Message> {
  readonly arrival: Arrival<Message> & { readonly reading: { readonly ok: true; readonly message: Message } };
  readonly request: Pick<ClaimRequest, "id" | "label" | "fingerprint" | "messageId">;
  attempt: Attempt | undefined;
}

/** The item of a delivery, or why it is `invalid`. No store is asked about an invalid one. */
export function readItem<Message>(scope: Scope, arrival: Arrival<Message>): Item<Message> | OnceError {
  const { reading } = arrival;
  if (!reading.ok) return new OnceError(reading.code, reading.reason);
  const key = checkKey(reading.key);
  if (!key.ok)
    return new OnceError(
      "invalid-key",
      `This message has no usable idempotency key: ${key.reason}. Fix the key function or the producer; no key is guessed.`,
    );
  const id = recordId(scope.namespace, scope.name, key.parts);
  try {
    const print = reading.fingerprint === false ? undefined : fingerprint(reading.fingerprint, id);
    const { messageId } = arrival.delivery;
    return {
      arrival: { ...arrival, reading },
      request: { id, label: keyLabel(key.parts), fingerprint: print, messageId },
      attempt: undefined,
    };
  } catch (cause) {
    return new OnceError(
      "invalid-body",
      "This message's body is nested too deep or contains itself, so it has no fingerprint.",
      {
        cause,
      },
    );
  }
}

/** How a delivery ends whose claim was not won. */
export function refusal(
  item: Item<unknown>,
  claim: Claim,
): { readonly end: AttemptEnd; readonly more: Partial<Ended<never>> } {
  const key = item.request.label;
  const origin = "messageId" in claim ? originOf(item, claim.messageId) : undefined;
  switch (claim.kind) {
    case "duplicate":
      return {
        end: { ending: "duplicate", value: claim.result },
        more: { key, verdict: "duplicate", origin },
      };
    case "busy": {
      const busy = { leftMs: claim.leaseUntilMs - claim.nowMs, runLeftMs: claim.runUntilMs - claim.nowMs };
      return { end: { ending: "busy" }, more: { key, verdict: "busy", origin, busy } };
    }
    case "mismatch": {
      const error = mismatchError(key, item.request.fingerprint, claim.fingerprint);
      return { end: { ending: "mismatch", error }, more: { key, verdict: "mismatch", origin } };
    }
    case "in-doubt": {
      const steps = claim.steps.map((step) => `"${step}"`).join(", ");
      const error = new OnceError(
        "in-doubt",
        `"${key}" is held: whether ${steps} happened is not known. Find out, then resolve the record.`,
      );
      return { end: { ending: "in-doubt", error }, more: { key, verdict: "in-doubt", origin } };
    }
    case "error":
      return { end: { ending: "store-error", error: claim.error }, more: { key } };
    default:
      return { end: { ending: "fenced" }, more: { key } };
  }
}

export function sharedScope(scope: string, theirs: string | undefined, ours: string): OnceError {
  return new OnceError(
    "scope-shared",
    `Functions "${theirs}" and "${ours}" share the keys of "${scope}": each skips what the other has done. Give each its own namespace or handler name, unless that is meant.`,
  );
}

export function overdueEnd(item: Item<unknown>): AttemptEnd {
  return {
    ending: "deadline",
    error: new OnceError(
      "deadline",
      `"${item.request.label}" was not started: its group has stopped, or the deadline was too near. It comes again.`,
      { retryable: true },
    ),
  };
}

export function originOf(item: Item<unknown>, messageId: string | undefined): Origin | undefined {
  const mine = item.request.messageId;
  return mine === undefined || messageId === undefined
    ? undefined
    : mine === messageId
      ? "redelivery"
      : "resend";
}

export function mismatchError(key: string, ours: string | undefined, theirs: string | undefined): OnceError {
  const fields = differingFields(ours, theirs).join(", ");
  return new OnceError(
    "mismatch",
    `"${key}" came before with another payload${fields ? ` (differing in: ${fields})` : ""}. It was not run. ` +
      "If such a difference is harmless, leave it out with the source's `fingerprint` option.",
  );
}
