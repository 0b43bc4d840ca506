/** A batch of deliveries, from event to endings: what is claimed when, in which order it runs, what waits (P3, P5, P6). */

import { differingFields, fingerprint } from "../core/fingerprint.ts";
import { checkKey, keyLabel, recordId } from "../core/key.ts";
import { OnceError } from "../errors.ts";
import { sleep } from "../ports.ts";
import type { Arrival, Opened } from "../source.ts";
import type { Claim, ClaimRequest } from "../store.ts";
import type { Ending, Origin, Verdict } from "../types.ts";
import type { Attempt } from "./attempt.ts";
import { disposition } from "./dispositions.ts";
import { type AttemptEnd, type FullContext, overdue, runAttempt } from "./run-attempt.ts";
import type { Session } from "./session.ts";

export interface BatchOptions<Message> {
  readonly concurrency: number;
  readonly onTakeover: "rerun" | "hold";
  readonly storesResult: boolean;
  readonly fn: (message: Message, context: FullContext) => Promise<unknown>;
}

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

interface Item<Message> {
  readonly arrival: Arrival<Message> & { readonly reading: { readonly ok: true; readonly message: Message } };
  readonly request: Pick<ClaimRequest, "id" | "label" | "fingerprint" | "messageId">;
  attempt: Attempt | undefined;
}

const BUSY_WAIT_MS = 1_000;
const BUSY_POLL_MS = 250;

export class Batch<Message> {
  readonly #session: Session;
  readonly #opened: Opened<Message, unknown>;
  readonly #options: BatchOptions<Message>;
  readonly ends: Map<string, Ended<Message>> = new Map();
  readonly #stopped = new Set<string>();
  readonly #followers = new Map<string, Item<Message>[]>();
  readonly #lapsed: { item: Item<Message>; attempts: number; index: number }[] = [];
  readonly #lapsedLanes = new Set<string>();
  #lanes: Item<Message>[][] = [];
  readonly #items = new Map<string, Item<Message>>();

  constructor(session: Session, opened: Opened<Message, unknown>, options: BatchOptions<Message>) {
    this.#session = session;
    this.#opened = opened;
    this.#options = options;
  }

  async run(): Promise<void> {
    const items = this.#read();
    const size = this.#options.onTakeover === "hold" ? 1 : this.#session.settings.store.traits.maxBatch;
    for (let start = 0; start < items.length; start += size)
      await this.#wave(items.slice(start, start + size));
    if (this.#lapsed.length > 0) await this.#runLapsed();
    await this.#waitForBusy();
    for (const [leader, followers] of this.#followers)
      for (const item of followers) this.#judgeFollower(leader, item);
  }

  /** Deliveries without a key end here; of several with one key the earliest leads and the others follow its outcome. */
  #read(): Item<Message>[] {
    const leaders = new Map<string, Item<Message>>();
    for (const arrival of this.#opened.arrivals) {
      const { reading } = arrival;
      if (!reading.ok) {
        this.#invalid(arrival, new OnceError(reading.code, reading.reason));
        continue;
      }
      const key = checkKey(reading.key);
      if (!key.ok) {
        this.#invalid(
          arrival,
          new OnceError(
            "invalid-key",
            `This message has no usable idempotency key: ${key.reason}. Fix the key function or the producer; no key is guessed.`,
          ),
        );
        continue;
      }
      const { namespace, name } = this.#session.scope;
      const id = recordId(namespace, name, key.parts);
      let print: string | undefined;
      try {
        print = reading.fingerprint === false ? undefined : fingerprint(reading.fingerprint, id);
      } catch (cause) {
        this.#invalid(
          arrival,
          new OnceError(
            "invalid-body",
            "This message's body is nested too deep or contains itself, so it has no fingerprint.",
            { cause },
          ),
        );
        continue;
      }
      const item: Item<Message> = {
        arrival: { ...arrival, reading },
        request: {
          id,
          label: keyLabel(key.parts),
          fingerprint: print,
          messageId: arrival.delivery.messageId,
        },
        attempt: undefined,
      };
      this.#items.set(arrival.ref, item);
      const leader = leaders.get(id);
      if (!leader) leaders.set(id, item);
      else
        this.#followers.set(leader.arrival.ref, [...(this.#followers.get(leader.arrival.ref) ?? []), item]);
    }
    return [...leaders.values()];
  }

  /** Claims ahead what one request takes, then runs it: a lane after another's first, bounded. */
  async #wave(wave: readonly Item<Message>[]): Promise<void> {
    const wanted = wave.filter((item) => !this.#waitsForLapsed(item) && this.#mayStart(item));
    const claims = await this.#session.claim(
      wanted.map(({ request }) => this.#session.request({ ...request, noTakeover: true })),
    );
    const held: Attempt[] = [];
    const lanes = new Map<string, Item<Message>[]>();
    for (const [index, item] of wanted.entries()) {
      const answer = claims[index];
      if (!answer) continue;
      if (this.#waitsForLapsed(item)) {
        if (answer.attempt) held.push(answer.attempt);
        continue;
      }
      if (answer.claim.kind === "lapsed") {
        this.#lapse(item, answer.claim.attempts);
        continue;
      }
      item.attempt = answer.attempt;
      if (!answer.attempt) this.#refused(item, answer.claim);
      const lane = item.arrival.lane ?? `ref:${item.arrival.ref}`;
      if (answer.attempt || item.arrival.lane !== undefined)
        lanes.set(lane, [...(lanes.get(lane) ?? []), item]);
    }
    await this.#session.release(held);
    this.#lanes = [...lanes.values()];
    await Promise.all(
      Array.from({ length: Math.min(this.#options.concurrency, this.#lanes.length) }, () => this.#runLanes()),
    );
  }

  async #runLanes(): Promise<void> {
    for (let lane = this.#lanes.shift(); lane; lane = this.#lanes.shift())
      for (const item of lane) {
        const { attempt } = item;
        if (!attempt) continue;
        if (this.#mayStart(item)) await this.#start(item, attempt);
        else await this.#session.release([attempt]);
      }
  }

  /** False ends the item: its group has stopped, or there is no time left to begin. */
  #mayStart(item: Item<Message>): boolean {
    if (this.ends.has(item.arrival.ref)) return false;
    const { lane } = item.arrival;
    const late = this.#session.hasDeadline && this.#session.workLeftMs() <= 0;
    if (!late && !(lane !== undefined && this.#stopped.has(lane))) return true;
    this.#end(item.arrival, overdueEnd(item), { key: item.request.label });
    return false;
  }

  /** Everything of an ordered group behind a lapsed message waits for it. */
  #waitsForLapsed(item: Item<Message>): boolean {
    const { lane } = item.arrival;
    if (lane === undefined || !this.#lapsedLanes.has(lane)) return false;
    this.#lapsed.push({ item, attempts: Number.POSITIVE_INFINITY, index: this.#lapsed.length });
    return true;
  }

  #lapse(item: Item<Message>, attempts: number): void {
    if (item.arrival.lane !== undefined) this.#lapsedLanes.add(item.arrival.lane);
    this.#lapsed.push({ item, attempts, index: this.#lapsed.length });
  }

  /**
   * One at a time, fewest attempts first: a message that kills the process takes nobody with it. What is finished is
   * acknowledged before, or it would go to the dead-letter queue with the killer although completed.
   */
  async #runLapsed(): Promise<void> {
    const done = [...this.ends.values()].filter(
      (end) => disposition(this.#opened.shape, end.ending).acknowledge,
    );
    if (done.length > 0) await this.#opened.transport?.acknowledge(done.map((end) => end.arrival.ref));
    const heads = this.#lapsed.filter((entry) => Number.isFinite(entry.attempts));
    heads.sort((a, b) => a.attempts - b.attempts || a.index - b.index);
    for (const head of heads) {
      await this.#single(head.item, true);
      const { lane } = head.item.arrival;
      if (lane === undefined) continue;
      for (const { item, attempts } of this.#lapsed)
        if (!Number.isFinite(attempts) && item.arrival.lane === lane && !this.ends.has(item.arrival.ref))
          await this.#single(item, true);
    }
  }

  async #single(item: Item<Message>, takeover: boolean): Promise<void> {
    if (!this.#mayStart(item)) return;
    const [answer] = await this.#session.claim([
      this.#session.request({ ...item.request, noTakeover: !takeover }),
    ]);
    if (!answer) return;
    if (!answer.attempt) {
      this.#refused(item, answer.claim);
      return;
    }
    item.attempt = answer.attempt;
    if (this.#options.onTakeover === "hold" && answer.attempt.won.verdict === "takeover")
      await this.#holdTakeover(item, answer.attempt);
    else await this.#start(item, answer.attempt);
  }

  /** The handler as a whole may have happened: kept for a person instead of being run again. */
  async #holdTakeover(item: Item<Message>, attempt: Attempt): Promise<void> {
    const error = new OnceError(
      "in-doubt",
      `An earlier run of "${item.request.label}" was cut off, and this handler asked not to run it again. Resolve the record.`,
    );
    const change = {
      set: {
        "(handler)": { kind: "handler", state: "intent", atMs: attempt.storeNowMs(), open: true } as const,
      },
    };
    const written = await this.#session.writer.fail({
      ...attempt.owner,
      retentionMs: this.#session.settings.retentionMs,
      change,
    });
    attempt.ended = true;
    this.#session.held.delete(attempt);
    this.#end(
      item.arrival,
      { ending: written.kind === "written" ? "in-doubt" : "fenced", error },
      { key: item.request.label, verdict: "in-doubt" },
    );
  }

  async #start(item: Item<Message>, attempt: Attempt): Promise<void> {
    const { clock } = this.#session.settings;
    const startedMs = clock.monotonicMs();
    const { arrival } = item;
    const running = runAttempt(attempt, {
      delivery: arrival.delivery,
      correlationId: arrival.correlationId ?? item.request.id.slice(0, 32),
      storesResult: this.#options.storesResult,
      fn: (context) => this.#options.fn(arrival.reading.message, context),
    });
    const end = await withDeadline(this.#session, attempt, running);
    this.#end(arrival, end, {
      key: item.request.label,
      verdict: attempt.won.verdict,
      attempt: attempt.won.attempts,
      fence: attempt.won.fence,
      durationMs: clock.monotonicMs() - startedMs,
    });
  }

  #refused(item: Item<Message>, claim: Claim): void {
    const key = item.request.label;
    const origin = "messageId" in claim ? originOf(item, claim.messageId) : undefined;
    switch (claim.kind) {
      case "duplicate": {
        const ours = this.#session.functionName;
        if (ours !== undefined && claim.functionName !== undefined && claim.functionName !== ours)
          this.#sharedScope(claim.functionName, ours);
        return this.#end(
          item.arrival,
          { ending: "duplicate", value: claim.result },
          { key, verdict: "duplicate", origin },
        );
      }
      case "busy":
        return this.#end(
          item.arrival,
          { ending: "busy" },
          {
            key,
            verdict: "busy",
            origin,
            busy: { leftMs: claim.leaseUntilMs - claim.nowMs, runLeftMs: claim.runUntilMs - claim.nowMs },
          },
        );
      case "mismatch":
        return this.#end(
          item.arrival,
          { ending: "mismatch", error: mismatchError(key, item.request.fingerprint, claim.fingerprint) },
          { key, verdict: "mismatch", origin },
        );
      case "in-doubt": {
        const error = new OnceError(
          "in-doubt",
          `"${key}" is held: whether ${claim.steps.map((step) => `"${step}"`).join(", ")} happened is not known. Find out, then resolve the record.`,
        );
        return this.#end(item.arrival, { ending: "in-doubt", error }, { key, verdict: "in-doubt", origin });
      }
      case "error":
        return this.#end(item.arrival, { ending: "store-error", error: claim.error }, { key });
      default:
        return this.#end(item.arrival, { ending: "fenced" }, { key });
    }
  }

  #sharedScope(theirs: string, ours: string): void {
    const { text } = this.#session.scope;
    this.#session.warnings.once(
      text,
      new OnceError(
        "scope-shared",
        `Functions "${theirs}" and "${ours}" share the keys of "${text}": each skips what the other has done. Give each its own namespace or handler name, unless that is meant.`,
      ),
    );
  }

  /** A short wait turns most duplicates of a running message into duplicates of a done one; then they need not come again. */
  async #waitForBusy(): Promise<void> {
    const { clock } = this.#session.settings;
    const items = [...this.ends.values()]
      .filter((end) => end.ending === "busy")
      .map((end) => this.#items.get(end.arrival.ref));
    const waiting = items.filter(
      (item) => item !== undefined && item.arrival.lane === undefined,
    ) as Item<Message>[];
    for (let waitedMs = 0; waiting.length > 0 && waitedMs < BUSY_WAIT_MS; waitedMs += BUSY_POLL_MS) {
      if (this.#session.workLeftMs() < 2 * BUSY_POLL_MS) return;
      await sleep(clock, BUSY_POLL_MS);
      const claims = await this.#session.claim(
        waiting.map(({ request }) => this.#session.request({ ...request, noTakeover: true })),
      );
      for (const [index, item] of [...waiting].entries()) {
        const answer = claims[index];
        if (!answer || answer.claim.kind === "busy" || answer.claim.kind === "lapsed") continue;
        waiting.splice(waiting.indexOf(item), 1);
        this.ends.delete(item.arrival.ref);
        if (answer.attempt) await this.#start(item, answer.attempt);
        else this.#refused(item, answer.claim);
      }
    }
  }

  #judgeFollower(leaderRef: string, item: Item<Message>): void {
    const leader = this.ends.get(leaderRef);
    const key = item.request.label;
    const leading = this.#items.get(leaderRef);
    const origin = originOf(item, leader?.arrival.delivery.messageId);
    if (
      leading &&
      leading.request.fingerprint !== undefined &&
      item.request.fingerprint !== undefined &&
      leading.request.fingerprint !== item.request.fingerprint
    )
      return this.#end(
        item.arrival,
        {
          ending: "mismatch",
          error: mismatchError(key, item.request.fingerprint, leading.request.fingerprint),
        },
        { key, verdict: "mismatch", origin },
      );
    const done = leader?.ending === "completed" || leader?.ending === "duplicate";
    this.#end(item.arrival, done ? { ending: "duplicate" } : { ending: "busy" }, {
      key,
      verdict: done ? "duplicate" : "busy",
      origin,
    });
  }

  #invalid(arrival: Arrival<Message>, error: OnceError): void {
    this.#end(arrival, { ending: "invalid", error }, { verdict: "invalid" });
  }

  #end(arrival: Arrival<Message>, end: AttemptEnd, more: Partial<Ended<Message>>): void {
    const blank = {
      key: undefined,
      verdict: undefined,
      origin: undefined,
      attempt: undefined,
      fence: undefined,
      durationMs: 0,
    };
    this.ends.set(arrival.ref, { ...blank, ...end, ...more, arrival });
    if (arrival.lane !== undefined && disposition(this.#opened.shape, end.ending).stopsLane)
      this.#stopped.add(arrival.lane);
  }
}

function overdueEnd(item: Item<unknown>): AttemptEnd {
  return {
    ending: "deadline",
    error: new OnceError(
      "deadline",
      `"${item.request.label}" was not started: its group has stopped, or the deadline was too near. It comes again.`,
      { retryable: true },
    ),
  };
}

function originOf(item: Item<unknown>, messageId: string | undefined): Origin | undefined {
  const mine = item.request.messageId;
  return mine === undefined || messageId === undefined
    ? undefined
    : mine === messageId
      ? "redelivery"
      : "resend";
}

function mismatchError(key: string, ours: string | undefined, theirs: string | undefined): OnceError {
  const fields: Ending | string = differingFields(ours, theirs).join(", ");
  return new OnceError(
    "mismatch",
    `"${key}" came before with another payload${fields ? ` (differing in: ${fields})` : ""}. It was not run. ` +
      "If such a difference is harmless, leave it out with the source's `fingerprint` option.",
  );
}

/** At the deadline the handler is told to stop, and given what is left of the margin to end by itself. */
async function withDeadline(
  session: Session,
  attempt: Attempt,
  running: Promise<AttemptEnd>,
): Promise<AttemptEnd> {
  if (!session.hasDeadline) return running;
  let cancel = () => {};
  const over = new Promise<AttemptEnd>((resolve) => {
    cancel = session.settings.clock.after(session.workLeftMs(), () => {
      const end = overdue(attempt);
      attempt.controller.abort(end.error);
      cancel = session.settings.clock.after(session.leftMs() - session.marginMs / 2, () => {
        attempt.ended = true;
        session.held.delete(attempt);
        resolve(end);
      });
    });
  });
  const end = await Promise.race([running, over]);
  cancel();
  return end;
}
