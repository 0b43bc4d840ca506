/** A batch of deliveries, from event to endings: what is claimed when, in which order it runs, what waits (P3, P5, P6). */

import { OnceError } from "../errors.ts";
import { sleep } from "../ports.ts";
import type { Arrival, Opened } from "../source.ts";
import type { Claim } from "../store.ts";
import type { Attempt } from "./attempt.ts";
import { disposition } from "./dispositions.ts";
import {
  type Ended,
  type Item,
  mismatchError,
  originOf,
  overdueEnd,
  readItem,
  refusal,
  sharedScope,
} from "./items.ts";
import { type AttemptEnd, type FullContext, overdue, runAttempt } from "./run-attempt.ts";
import type { Session } from "./session.ts";

export interface BatchOptions<Message> {
  readonly concurrency: number;
  readonly onTakeover: "rerun" | "hold";
  readonly storesResult: boolean;
  readonly fn: (message: Message, context: FullContext) => Promise<unknown>;
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
      const item = readItem(this.#session.scope, arrival);
      if (item instanceof OnceError) {
        this.#end(arrival, { ending: "invalid", error: item }, { verdict: "invalid" });
        continue;
      }
      this.#items.set(arrival.ref, item);
      const leader = leaders.get(item.request.id);
      if (!leader) leaders.set(item.request.id, item);
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
    const ours = this.#session.functionName;
    if (claim.kind === "duplicate" && ours !== undefined && (claim.functionName ?? ours) !== ours)
      this.#session.warnings.once(
        this.#session.scope.text,
        sharedScope(this.#session.scope.text, claim.functionName, ours),
      );
    const { end, more } = refusal(item, claim);
    this.#end(item.arrival, end, more);
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
    ) {
      this.#end(
        item.arrival,
        {
          ending: "mismatch",
          error: mismatchError(key, item.request.fingerprint, leading.request.fingerprint),
        },
        { key, verdict: "mismatch", origin },
      );
      return;
    }
    const done = leader?.ending === "completed" || leader?.ending === "duplicate";
    this.#end(item.arrival, done ? { ending: "duplicate" } : { ending: "busy" }, {
      key,
      verdict: done ? "duplicate" : "busy",
      origin,
    });
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
