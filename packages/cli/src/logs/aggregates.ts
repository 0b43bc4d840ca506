/** What all judged deliveries come to: counts, gaps and a few examples, in bounded memory. The answer and its diagnosis are made of it. */

import type { Verdict } from "@effectively-once/runtime";
import { CauseCounter } from "./cause-counter.ts";
import { isRepeatedRun, isSuppressed, receivedAtMs, waitOf } from "./harm.ts";
import type { Cause, Delivery, Judged, Outcome } from "./model.ts";
import { BY_SHARE, SpanCounter, type Spans } from "./spans.ts";
import { KILLED } from "./trace.ts";

/** Numbers only, and plain data: it can be written as JSON as it is. */
export interface Aggregates {
  readonly deliveries: number;
  readonly keys: number;
  /** Keys with more than one delivery. */
  readonly repeatedKeys: number;
  readonly verdicts: Readonly<Record<Verdict | "unknown", number>>;
  /** Of `busy` and `duplicate`, whose numbers they add up to. */
  readonly origins: Readonly<Record<"busy" | "duplicate", OriginCounts>>;
  /** Harm done: deliveries that ran although another run of their key was running or had succeeded. */
  readonly repeatedRuns: number;
  /** Harm prevented: deliveries that a guard has turned away as busy or duplicate. */
  readonly suppressed: number;
  /** Why verdicts are unknown, the most frequent first; at most 20, the rest under one name. */
  readonly unknownReasons: readonly { readonly reason: string; readonly deliveries: number }[];
  /** Deliveries by why their message came again; causes without one are not there. */
  readonly causes: Readonly<Partial<Record<Cause, CauseAggregates>>>;
  /** Between deliveries of one key. */
  readonly gaps: Spans;
  /**
   * From one receive of a message to the next, from the receive where the log says when it was, and only from there where
   * there are enough of those: the visibility timeout shows in them.
   */
  readonly redeliveryGaps: Spans;
  /**
   * Of these, those that no visibility timeout can be longer than: the receive is known, and its run was still going on or
   * had been killed, so that nothing had given the message back.
   */
  readonly boundingGaps: Spans;
  /** From the first delivery of a message to that of the next message with its key: a producer's timeout shows in them. */
  readonly resendGaps: Spans;
  /** From a message's first receive to the handler: the batching window and throttling show in them. */
  readonly waits: Spans;
  /** Of the invocations in which they were, a delivery each. */
  readonly durations: Spans;
  /** How the invocations ended in which they were, a delivery each. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Receives that reached no handler, as far as receive counts tell, and of how many messages. */
  readonly receivesWithoutRun: { readonly receives: number; readonly messages: number };
}

export interface OriginCounts {
  readonly redelivery: number;
  readonly resend: number;
  readonly unknown: number;
}

export interface CauseAggregates {
  readonly deliveries: number;
  /** Of these: harm done. */
  readonly repeatedRuns: number;
  /** Of these: harm prevented. */
  readonly suppressed: number;
  readonly verdicts: Readonly<Partial<Record<Verdict | "unknown", number>>>;
  /** Since the delivery that made it come again: of the same message, else of the key. */
  readonly gaps: Spans;
  /** Of the runs that made it come again. */
  readonly durations: Spans;
  /** How long those had waited between the receive and the handler, where it is known. */
  readonly waits: Spans;
  /** How many came while the run before was still going on. */
  readonly overlapping: number;
  /** How many came after a run that had succeeded in the end. */
  readonly afterSuccess: number;
  /** How many messages those invocations had at most. */
  readonly largestBatch: number;
  /** Of the deliveries and of those before them; at most 20. */
  readonly versions: readonly string[];
  /** At most three, those that did harm first. */
  readonly examples: readonly Example[];
}

export interface Example {
  readonly key: string;
  readonly messageId?: string;
  readonly requestId?: string;
  readonly atMs: number;
  readonly gapMs?: number;
  readonly ran: boolean | "unknown";
}

/** From so many on, gaps whose receive is known stand for all: the others are short by what their handler had waited. */
const ENOUGH_EXACT = 10;
const MAX_REASONS = 20;
const OTHER_REASONS = "other reasons";

/** Adds up judged deliveries, key by key; holds counts, and no delivery but a few examples. */
export class Aggregator {
  readonly #verdicts: Record<Verdict | "unknown", number> = {
    first: 0,
    retry: 0,
    takeover: 0,
    busy: 0,
    duplicate: 0,
    mismatch: 0,
    "in-doubt": 0,
    invalid: 0,
    unknown: 0,
  };
  readonly #origins = { busy: noOrigins(), duplicate: noOrigins() };
  readonly #outcomes: Record<Outcome, number> = {
    success: 0,
    error: 0,
    timeout: 0,
    "out-of-memory": 0,
    crash: 0,
    unknown: 0,
  };
  readonly #reasons = new Map<string, number>();
  readonly #causes = new Map<Cause, CauseCounter>();
  readonly #gaps = new SpanCounter();
  readonly #redeliveryGaps = new SpanCounter();
  readonly #exactGaps = new SpanCounter();
  readonly #boundingGaps = new SpanCounter();
  readonly #resendGaps = new SpanCounter();
  readonly #waits = new SpanCounter();
  readonly #durations = new SpanCounter(BY_SHARE);
  #deliveries = 0;
  #keys = 0;
  #repeatedKeys = 0;
  #repeatedRuns = 0;
  #suppressed = 0;
  #lostReceives = 0;
  #messagesWithLostReceives = 0;

  /** @param judged all deliveries of one key, in their order */
  add(judged: readonly Judged[]): void {
    if (judged.length === 0) return;
    this.#keys++;
    this.#deliveries += judged.length;
    if (judged.length > 1) this.#repeatedKeys++;
    const messages = new Map<string, Seen>();
    let before: Judged | undefined;
    for (const one of judged) {
      this.#count(one, before, messages);
      before = one;
    }
    for (const { receives, most } of messages.values()) {
      const lost = most - receives.size;
      if (receives.size === 0 || lost <= 0) continue;
      this.#lostReceives += lost;
      this.#messagesWithLostReceives++;
    }
  }

  done(): Aggregates {
    const exact = this.#exactGaps.done();
    return {
      deliveries: this.#deliveries,
      keys: this.#keys,
      repeatedKeys: this.#repeatedKeys,
      verdicts: { ...this.#verdicts },
      origins: { busy: { ...this.#origins.busy }, duplicate: { ...this.#origins.duplicate } },
      repeatedRuns: this.#repeatedRuns,
      suppressed: this.#suppressed,
      unknownReasons: [...this.#reasons]
        .map(([reason, deliveries]) => ({ reason, deliveries }))
        .toSorted((left, right) => right.deliveries - left.deliveries),
      causes: Object.fromEntries([...this.#causes].map(([cause, counter]) => [cause, counter.done()])),
      gaps: this.#gaps.done(),
      redeliveryGaps: exact.count >= ENOUGH_EXACT ? exact : this.#redeliveryGaps.done(),
      boundingGaps: this.#boundingGaps.done(),
      resendGaps: this.#resendGaps.done(),
      waits: this.#waits.done(),
      durations: this.#durations.done(),
      outcomes: { ...this.#outcomes },
      receivesWithoutRun: { receives: this.#lostReceives, messages: this.#messagesWithLostReceives },
    };
  }

  #count(one: Judged, before: Judged | undefined, messages: Map<string, Seen>): void {
    const { delivery, verdict, origin, gapMs, cause } = one;
    this.#verdicts[verdict]++;
    if (verdict === "busy" || verdict === "duplicate") this.#origins[verdict][origin ?? "unknown"]++;
    if (isRepeatedRun(one)) this.#repeatedRuns++;
    if (isSuppressed(one)) this.#suppressed++;
    if (one.reason !== undefined) this.#reason(one.reason);
    if (gapMs !== undefined) this.#gaps.add(gapMs);
    const { invocation, messageId } = delivery;
    if (invocation) this.#outcomes[invocation.outcome]++;
    if (invocation?.durationMs !== undefined) this.#durations.add(invocation.durationMs);
    const waitMs = waitOf(delivery);
    if (waitMs !== undefined) this.#waits.add(waitMs);
    const seen = messageId === undefined ? undefined : messages.get(messageId);
    if (seen) this.#redelivery(delivery, seen.last.delivery);
    else if (messageId !== undefined) this.#resend(delivery, before?.delivery, messages);
    if (cause !== undefined) {
      const counter = this.#causes.get(cause) ?? new CauseCounter();
      this.#causes.set(cause, counter);
      counter.add(one, seen?.last ?? before);
    }
    if (messageId !== undefined) messages.set(messageId, remembered(one, seen));
  }

  /** Only from one receive to the next: what was received twice, or throttled between, says nothing of the timeout. */
  #redelivery(delivery: Delivery, before: Delivery): void {
    const [count, next] = [before.receiveCount, delivery.receiveCount];
    if (count !== undefined && next !== undefined && next !== count + 1) return;
    const gapMs = delivery.atMs - receivedAtMs(before);
    const isExact = waitOf(before) !== undefined;
    this.#redeliveryGaps.add(gapMs);
    if (isExact) this.#exactGaps.add(gapMs);
    const { invocation, failed } = before;
    if (!isExact || failed || !invocation) return;
    const { endMs, outcome } = invocation;
    if (KILLED.has(outcome) || (endMs !== undefined && delivery.atMs < endMs)) this.#boundingGaps.add(gapMs);
  }

  /** From the message before it, by when they were sent where that is known: what the handler took is not in it. */
  #resend(delivery: Delivery, before: Delivery | undefined, messages: ReadonlyMap<string, Seen>): void {
    const first =
      before?.messageId === undefined ? undefined : messages.get(before.messageId)?.first.delivery;
    if (first) this.#resendGaps.add((delivery.sentAtMs ?? delivery.atMs) - (first.sentAtMs ?? first.atMs));
  }

  #reason(reason: string): void {
    const name = this.#reasons.has(reason) || this.#reasons.size < MAX_REASONS - 1 ? reason : OTHER_REASONS;
    this.#reasons.set(name, (this.#reasons.get(name) ?? 0) + 1);
  }
}

/** One message, of which a key may have several. */
interface Seen {
  readonly first: Judged;
  readonly last: Judged;
  readonly receives: Set<number>;
  /** One that was received five times and is here three times has two receives without a run. */
  readonly most: number;
}

function remembered(one: Judged, seen: Seen | undefined): Seen {
  const receives = seen?.receives ?? new Set();
  const { receiveCount } = one.delivery;
  if (receiveCount !== undefined) receives.add(receiveCount);
  return {
    first: seen?.first ?? one,
    last: one,
    receives,
    most: Math.max(seen?.most ?? 0, receiveCount ?? 0),
  };
}

function noOrigins(): { redelivery: number; resend: number; unknown: number } {
  return { redelivery: 0, resend: 0, unknown: 0 };
}
