/** A delivery as the engine works on it: read, keyed, and how it ended when it was not run. */

import { differingFields, fingerprint } from "../core/fingerprint.ts";
import { checkKey, keyLabel, recordId } from "../core/key.ts";
import { OnceError } from "../errors.ts";
import type { Arrival } from "../source.ts";
import type { FormerOf } from "../core/powertools.ts";
import type { Claim, ClaimRequest } from "../store.ts";
import type { Ending, Origin, Verdict } from "../types.ts";
import type { AttemptEnd } from "./run-attempt.ts";
import type { ClaimAnswer } from "./session.ts";
import type { Scope } from "./settings.ts";

/** What of a delivery is asked of the store. */
export type Item = Pick<
  ClaimRequest,
  "id" | "label" | "fingerprint" | "messageId" | "correlationId" | "former"
>;

export interface Entry<Message> {
  readonly arrival: Arrival<Message>;
  /** `undefined`: no key, no body, or no fingerprint; `unread` says why. */
  readonly item: Item | undefined;
  readonly unread: OnceError | undefined;
  readonly message: Message | undefined;
  readonly correlationId: string;
  /** The delivery of the same key that came earlier in this batch: this one is judged by its outcome. */
  readonly leader: Entry<Message> | undefined;
  /** A claim that was made ahead. */
  answer: ClaimAnswer | undefined;
}

export interface Ended<Message> extends AttemptEnd {
  readonly arrival: Arrival<Message>;
  readonly correlationId: string;
  readonly key: string | undefined;
  readonly verdict: Verdict | undefined;
  readonly origin: Origin | undefined;
  readonly attempt: number | undefined;
  readonly fence: number | undefined;
  readonly durationMs: number;
  readonly leaseLeftMs: number | undefined;
  readonly visibilityLeftMs: number | undefined;
  readonly deadlineLeftMs: number | undefined;
  readonly renewals: number;
  readonly busy: { readonly leftMs: number; readonly runLeftMs: number } | undefined;
  /** Whether the source may be told that this delivery is done. */
  readonly acknowledge: boolean;
  /** How long it is to stay invisible; `undefined`: as the queue has it. */
  readonly moveMs: number | undefined;
}

export function endedOf<Message>(
  entry: Entry<Message>,
  end: AttemptEnd,
  more: Partial<Ended<Message>>,
  acknowledge: boolean,
): Ended<Message> {
  return {
    correlationId: entry.correlationId,
    key: entry.item?.label,
    verdict: undefined,
    origin: undefined,
    attempt: undefined,
    fence: undefined,
    durationMs: 0,
    leaseLeftMs: undefined,
    visibilityLeftMs: undefined,
    deadlineLeftMs: undefined,
    renewals: 0,
    busy: undefined,
    moveMs: undefined,
    ...end,
    ...more,
    arrival: entry.arrival,
    acknowledge,
  };
}

/** One entry per delivery, in the order of the event; of several with one key the earliest leads. */
export function readEntries<Message>(
  scope: Scope,
  arrivals: readonly Arrival<Message>[],
  formerOf?: FormerOf,
): readonly Entry<Message>[] {
  const leaders = new Map<string, Entry<Message>>();
  return arrivals.map((arrival) => {
    const read = readItem(scope, arrival, formerOf);
    if (read instanceof OnceError) {
      const correlationId = arrival.correlationId ?? arrival.ref;
      return { ...BLANK, arrival, unread: read, correlationId };
    }
    const leader = leaders.get(read.item.id);
    const entry: Entry<Message> = { ...BLANK, ...read, arrival, leader };
    if (!leader) leaders.set(read.item.id, entry);
    return entry;
  });
}

const BLANK = {
  item: undefined,
  unread: undefined,
  message: undefined,
  leader: undefined,
  answer: undefined,
};

/** Stands in where a message carries no correlation id of its own: the same for every delivery of its key. */
export function correlationOf(id: string): string {
  return id.slice(0, 32);
}

interface Read<Message> {
  readonly item: Item;
  readonly message: Message;
  readonly correlationId: string;
}

/** No store is asked about a delivery that cannot be read. */
function readItem<Message>(
  scope: Scope,
  { reading, delivery, ...arrival }: Arrival<Message>,
  formerOf: FormerOf | undefined,
): Read<Message> | OnceError {
  if (!reading.ok) return new OnceError(reading.code, reading.reason, reading);
  const key = checkKey(reading.key);
  if (!key.ok)
    return new OnceError(
      "invalid-key",
      `This message has no usable idempotency key: ${key.reason}. Fix the key function or the producer; no key is guessed.`,
    );
  const id = recordId(scope.namespace, scope.name, key.parts);
  const correlationId = arrival.correlationId ?? correlationOf(id);
  let former: Item["former"];
  try {
    former = formerOf?.(reading.message);
  } catch (cause) {
    return new OnceError(
      "invalid-key",
      `A function of \`readPowertoolsRecords\` threw: ${cause instanceof Error ? cause.message : String(cause)}. It must answer for every body the queue can hold.`,
      { cause },
    );
  }
  try {
    const print = reading.fingerprint === false ? undefined : fingerprint(reading.fingerprint, id);
    const item = {
      id,
      label: keyLabel(key.parts),
      fingerprint: print,
      messageId: delivery.messageId,
      correlationId,
      former,
    };
    return { item, message: reading.message, correlationId };
  } catch (cause) {
    return new OnceError(
      "invalid-body",
      "This message's body is nested too deep or contains itself, so it has no fingerprint.",
      { cause },
    );
  }
}

export interface Judged {
  readonly end: AttemptEnd;
  readonly more: Partial<Ended<never>>;
}

/** How a delivery ends whose claim was not won. */
export function refusal(item: Item, claim: Claim): Judged {
  const origin = "messageId" in claim ? originOf(item, claim.messageId) : undefined;
  switch (claim.kind) {
    case "duplicate":
      return { end: { ending: "duplicate", value: claim.result }, more: { verdict: "duplicate", origin } };
    case "busy": {
      const busy = { leftMs: claim.leaseUntilMs - claim.nowMs, runLeftMs: claim.runUntilMs - claim.nowMs };
      return { end: { ending: "busy" }, more: { verdict: "busy", origin, busy } };
    }
    case "mismatch": {
      const error = mismatchError(item.label, item.fingerprint, claim.fingerprint);
      return { end: { ending: "mismatch", error }, more: { verdict: "mismatch", origin } };
    }
    case "in-doubt": {
      const steps = claim.steps.map((step) => `"${step}"`).join(", ");
      const error = new OnceError(
        "in-doubt",
        `"${item.label}" is held: whether ${steps} happened is not known. Find out, then resolve the record.`,
      );
      return { end: { ending: "in-doubt", error }, more: { verdict: "in-doubt", origin } };
    }
    case "error":
      return { end: { ending: "store-error", error: claim.error }, more: {} };
    default:
      return { end: { ending: "fenced" }, more: {} };
  }
}

/** Endings of a leader whose record certainly carries the leader's own payload. */
const OWN_PAYLOAD: readonly (Ending | undefined)[] = ["completed", "duplicate", "failed", "in-doubt"];

/** A delivery whose key came earlier in the same batch: done if that is done, handed back if it is not known. */
export function judgeFollower(item: Item, leader: Item, ending: Ending | undefined): Judged {
  const origin = originOf(item, leader.messageId);
  const differs =
    leader.fingerprint !== undefined &&
    item.fingerprint !== undefined &&
    leader.fingerprint !== item.fingerprint;
  if (differs && OWN_PAYLOAD.includes(ending)) {
    const error = mismatchError(item.label, item.fingerprint, leader.fingerprint);
    return { end: { ending: "mismatch", error }, more: { verdict: "mismatch", origin } };
  }
  return ending === "completed" || ending === "duplicate"
    ? { end: { ending: "duplicate" }, more: { verdict: "duplicate", origin } }
    : { end: { ending: "busy" }, more: { verdict: "busy", origin } };
}

export function sharedScope(scope: string, theirs: string | undefined, ours: string): OnceError {
  return new OnceError(
    "scope-shared",
    `Functions "${theirs}" and "${ours}" share the keys of "${scope}": each skips what the other has done. Give each its own namespace or handler name, unless that is meant.`,
  );
}

function originOf(item: Item, messageId: string | undefined): Origin | undefined {
  const mine = item.messageId;
  return mine === undefined || messageId === undefined
    ? undefined
    : mine === messageId
      ? "redelivery"
      : "resend";
}

function mismatchError(key: string, ours: string | undefined, theirs: string | undefined): OnceError {
  const fields = differingFields(ours, theirs).join(", ");
  return new OnceError(
    "mismatch",
    `"${key}" came before with another payload${fields ? ` (differing in: ${fields})` : ""}. It was not run. ` +
      "If such a difference is harmless, leave it out with the source's `fingerprint` option.",
  );
}
