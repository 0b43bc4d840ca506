/** A batch of deliveries, from event to endings: what is claimed when, in which order it runs, what waits (P3, P5, P6). */

import type { FormerOf } from "../core/powertools.ts";
import { OnceError } from "../errors.ts";
import { sleep } from "../ports.ts";
import type { Opened } from "../source.ts";
import type { Claim } from "../store.ts";
import type { Ending } from "../types.ts";
import type { Attempt } from "./attempt.ts";
import { withDeadline } from "./deadline.ts";
import { disposition } from "./dispositions.ts";
import { heldBy } from "./hold.ts";
import {
  type Ended,
  type Entry,
  endedOf,
  type Item,
  judgeFollower,
  readEntries,
  refusal,
  sharedScope,
} from "./items.ts";
import { type AttemptEnd, type FullContext, runAttempt } from "./run-attempt.ts";
import type { ClaimAnswer, Session } from "./session.ts";
import { visibilityMs } from "./visibility.ts";

export interface BatchOptions<Message> {
  readonly concurrency: number;
  readonly onTakeover: "rerun" | "hold";
  readonly storesResult: boolean;
  readonly backoff: ((attempt: number) => number) | undefined;
  readonly fn: (message: Message, context: FullContext) => Promise<unknown>;
  readonly formerOf?: FormerOf | undefined;
}

/** How long after a batch is done its busy messages are asked for again: soon, and once more. */
const BUSY_WAITS_MS: readonly number[] = [200, 800];

/** A delivery that was found lapsed: it waits until everything else is done, and its ordered group waits behind it. */
interface Lapsed<Message> {
  readonly entry: Entry<Message>;
  readonly attempts: number;
  readonly behind: Entry<Message>[];
}

/** A delivery whose key came earlier in the batch. */
type Follower<Message> = Entry<Message> & { readonly leader: Entry<Message> };

export class Batch<Message> {
  readonly #session: Session;
  readonly #opened: Opened<Message, unknown>;
  readonly #options: BatchOptions<Message>;
  readonly ends: Map<string, Ended<Message>> = new Map();
  /** Ordered groups that have stopped, with the visibility that all of the group shares. */
  readonly #stopped = new Map<string | undefined, number | undefined>();
  #lapsed: Lapsed<Message>[] = [];
  readonly #lapsedLanes = new Map<string | undefined, Lapsed<Message>>();
  readonly #leaders: readonly Entry<Message>[];
  /** Of unordered deliveries: judged when the one that came first has ended. */
  readonly #followers: readonly Follower<Message>[];
  readonly #told = new Set<string>();

  constructor(session: Session, opened: Opened<Message, unknown>, options: BatchOptions<Message>) {
    this.#session = session;
    this.#opened = opened;
    this.#options = options;
    const entries = readEntries(session.scope, opened.arrivals, options.formerOf);
    const isLoose = (entry: Entry<Message>): entry is Follower<Message> =>
      entry.leader !== undefined && entry.arrival.lane === undefined;
    this.#leaders = entries.filter((entry) => !isLoose(entry));
    this.#followers = entries.filter(isLoose);
  }

  async run(): Promise<void> {
    const size = this.#session.settings.store.traits.maxBatch;
    for (let start = 0; start < this.#leaders.length; start += size)
      await this.#wave(this.#leaders.slice(start, start + size));
    await this.#runLapsed();
    await this.#waitForBusy();
    await this.#runLapsed();
    await this.#endFollowers(true);
  }

  /** Claims ahead what one request takes, then runs it: lanes beside each other, bounded; inside a lane in order. */
  async #wave(wave: readonly Entry<Message>[]): Promise<void> {
    // With `hold`, a claim that was made ahead and never begun would look like a run that was cut off.
    if (this.#options.onTakeover === "rerun") await this.#claimAhead(wave);
    const lanes = new Map<string, Entry<Message>[]>();
    for (const entry of wave) {
      const lane = entry.arrival.lane ?? `ref:${entry.arrival.ref}`;
      const known = lanes.get(lane);
      if (known) known.push(entry);
      else lanes.set(lane, [entry]);
    }
    const waiting = [...lanes.values()];
    const worker = async (): Promise<void> => {
      for (let lane = waiting.shift(); lane; lane = waiting.shift())
        for (const entry of lane) await this.#walk(entry);
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.concurrency, waiting.length) }, worker));
  }

  async #claimAhead(wave: readonly Entry<Message>[]): Promise<void> {
    const wanted = wave.filter(
      (entry) =>
        entry.item &&
        !entry.leader &&
        !this.#lapsedLanes.has(entry.arrival.lane) &&
        !this.#stopped.has(entry.arrival.lane) &&
        !this.#isLate(),
    );
    const answers = await this.#session.claim(
      wanted.map(({ item }) => this.#session.request({ ...(item as Item), noTakeover: true })),
    );
    for (const [index, entry] of wanted.entries()) entry.answer = answers[index];
  }

  /** One delivery in its turn. What is found lapsed, and everything behind it in its group, is put off. */
  async #walk(entry: Entry<Message>): Promise<void> {
    const { lane } = entry.arrival;
    const ahead = this.#lapsedLanes.get(lane);
    if (ahead) {
      await this.#giveBack(entry);
      ahead.behind.push(entry);
      return;
    }
    const claim = await this.#step(entry, false);
    if (!claim) return;
    const lapsed = { entry, attempts: claim.attempts, behind: [] };
    if (lane !== undefined) this.#lapsedLanes.set(lane, lapsed);
    this.#lapsed.push(lapsed);
  }

  /** Too near the deadline to begin anything, or the process is being ended. */
  #isLate(): boolean {
    return this.#session.workLeftMs() <= 0 || this.#session.settings.shutdown?.aborted === true;
  }

  async #giveBack(entry: Entry<Message>): Promise<void> {
    const attempt = entry.answer?.attempt;
    entry.answer = undefined;
    if (attempt) await this.#session.release([attempt]);
  }

  /** Ends an entry, unless its record is found lapsed and a takeover was not asked for. */
  async #step(entry: Entry<Message>, takeover: boolean): Promise<{ readonly attempts: number } | undefined> {
    const { item } = entry;
    if (this.#stopped.has(entry.arrival.lane) || (item && this.#isLate())) {
      await this.#giveBack(entry);
      await this.#end(entry, { ending: "deadline", error: notStarted(item?.label) });
      return undefined;
    }
    if (!item) {
      if (entry.unread?.retryable) await this.#end(entry, { ending: "failed", error: entry.unread });
      else await this.#end(entry, { ending: "invalid", error: entry.unread }, { verdict: "invalid" });
      return undefined;
    }
    if (entry.leader) {
      await this.#endFollower(entry, entry.leader);
      return undefined;
    }
    const answer =
      entry.answer ??
      (await this.#session.claimOne(this.#session.request({ ...item, noTakeover: !takeover })));
    entry.answer = undefined;
    if (answer.claim.kind === "lapsed") return answer.claim;
    await this.#answered(entry, answer);
    return undefined;
  }

  async #answered(entry: Entry<Message>, answer: ClaimAnswer): Promise<void> {
    const { claim, attempt } = answer;
    if (!attempt) await this.#refused(entry, claim);
    else if (this.#options.onTakeover === "hold" && attempt.won.verdict === "takeover")
      await this.#holdTakeover(entry, attempt);
    else await this.#start(entry, attempt);
  }

  /**
   * One at a time, fewest attempts first: a message that kills the process takes nobody with it. What is finished is
   * acknowledged before each, or it would go to the dead-letter queue with the killer although completed.
   */
  async #runLapsed(): Promise<void> {
    for (const { entry: head, behind } of this.#lapsed.toSorted((a, b) => a.attempts - b.attempts))
      for (const entry of [head, ...behind]) {
        await this.#tellDone();
        await this.#step(entry, true);
      }
    this.#lapsed = [];
  }

  async #tellDone(): Promise<void> {
    await this.#endFollowers(false);
    const refs = [...this.ends.values()]
      .filter(({ acknowledge, arrival: { ref } }) => acknowledge && !this.#told.has(ref))
      .map(({ arrival: { ref } }) => ref);
    for (const ref of refs) this.#told.add(ref);
    if (refs.length > 0) await this.#opened.transport?.acknowledge(refs);
  }

  /** The handler as a whole may have happened: kept for a person instead of being run again. */
  async #holdTakeover(entry: Entry<Message>, attempt: Attempt): Promise<void> {
    const error = new OnceError(
      "in-doubt",
      `An earlier run of "${attempt.request.label}" was cut off, and this handler asked not to run it again. Resolve the record.`,
    );
    const atMs = attempt.storeNowMs();
    const written = await this.#session.writer.fail({
      ...attempt.owner,
      retentionMs: this.#session.settings.retentionMs,
      change: { set: { "(handler)": { kind: "handler", state: "intent", atMs, open: true } } },
    });
    this.#session.letGo(attempt);
    const ending = written.kind === "written" ? "in-doubt" : "fenced";
    await this.#end(entry, { ending, error }, { verdict: "in-doubt" });
  }

  async #start(entry: Entry<Message>, attempt: Attempt): Promise<void> {
    const { clock } = this.#session.settings;
    const startedMs = clock.monotonicMs();
    const { arrival, message } = entry;
    const running = runAttempt(attempt, {
      delivery: arrival.delivery,
      correlationId: entry.correlationId,
      carrier: arrival.carrier,
      storesResult: this.#options.storesResult,
      fn: (context) => this.#options.fn(message as Message, context),
    });
    const end = await withDeadline(this.#session, attempt, running);
    await this.#end(entry, end, {
      verdict: attempt.won.verdict,
      attempt: attempt.won.attempts,
      fence: attempt.won.fence,
      durationMs: clock.monotonicMs() - startedMs,
      leaseLeftMs: attempt.begun ? attempt.leaseLeftMs() : undefined,
      visibilityLeftMs: this.#session.visibilityLeftMs(),
      deadlineLeftMs: this.#session.hasDeadline ? this.#session.leftMs() : undefined,
      renewals: attempt.renewals,
    });
  }

  async #refused(entry: Entry<Message>, claim: Claim): Promise<void> {
    const { scope, functionName: ours, warnings } = this.#session;
    if (claim.kind === "duplicate" && ours !== undefined && (claim.functionName ?? ours) !== ours)
      warnings.once(scope.text, sharedScope(scope.text, claim.functionName, ours));
    const { end, more } = refusal(entry.item as Item, claim);
    await this.#end(entry, end, more);
  }

  /** A short wait turns most duplicates of a running message into duplicates of a done one; then they need not come again. */
  async #waitForBusy(): Promise<void> {
    const waiting = new Set(
      this.#leaders.filter((entry) => entry.arrival.lane === undefined && this.#endingOf(entry) === "busy"),
    );
    for (const waitMs of BUSY_WAITS_MS) {
      if (waiting.size === 0 || this.#session.workLeftMs() < 2 * waitMs) return;
      await sleep(this.#session.settings.clock, waitMs, this.#session.settings.shutdown);
      if (this.#isLate()) return;
      const asked = [...waiting];
      const answers = await this.#session.claim(
        asked.map(({ item }) => this.#session.request({ ...(item as Item), noTakeover: true })),
      );
      for (const [index, answer] of answers.entries()) {
        const entry = asked[index] as Entry<Message>;
        // Still busy: until when is as the last answer says, for its owner may have renewed the lease meanwhile.
        if (answer.claim.kind !== "busy") waiting.delete(entry);
        // Its owner is gone, and the queue would only bring it again: it is in hand, so it is run now.
        if (answer.claim.kind === "lapsed")
          this.#lapsed.push({ entry, attempts: answer.claim.attempts, behind: [] });
        else await this.#answered(entry, answer);
      }
    }
  }

  /** Judges the followers whose leader has ended; `last`: also those whose leader stays busy. */
  async #endFollowers(last: boolean): Promise<void> {
    for (const entry of this.#followers) {
      if (this.ends.has(entry.arrival.ref)) continue;
      const ending = this.#endingOf(entry.leader);
      if (last || (ending !== undefined && ending !== "busy")) await this.#endFollower(entry, entry.leader);
    }
  }

  async #endFollower(entry: Entry<Message>, leader: Entry<Message>): Promise<void> {
    const ending = this.#endingOf(leader);
    const [item, first] = [entry.item as Item, leader.item as Item];
    // The record's payload is not the leader's, so it may be this one's, which would else be handed back for ever.
    if (ending === "mismatch" && item.fingerprint !== first.fingerprint) {
      const lapsed = await this.#step({ ...entry, leader: undefined }, false);
      if (!lapsed) return;
    }
    const { end, more } = judgeFollower(item, first, ending);
    await this.#end(entry, end, more);
  }

  /** `undefined`: it has not come to its turn, or was put off. */
  #endingOf({ arrival: { ref } }: Entry<Message>): Ending | undefined {
    return this.ends.get(ref)?.ending;
  }

  async #end(entry: Entry<Message>, end: AttemptEnd, more: Partial<Ended<Message>> = {}): Promise<void> {
    const row = disposition(this.#opened.shape, end.ending);
    const { lane, ref } = entry.arrival;
    const acknowledge =
      row.acknowledge || (row.held && (await heldBy(this.#opened.hold, this.#session, ref, end)));
    const stopped = this.#stopped.has(lane);
    const ended = endedOf(entry, end, more, acknowledge);
    const moveMs = acknowledge
      ? undefined
      : stopped
        ? this.#stopped.get(lane)
        : visibilityMs(
            { ...ended, how: row.visibility, receiveCount: entry.arrival.delivery.receiveCount },
            this.#options.backoff,
            this.#session.settings.random,
          );
    this.ends.set(ref, { ...ended, moveMs });
    // Behind a busy message the whole group becomes visible when it does; else what was not started may come at once.
    if (lane !== undefined && !stopped && !acknowledge)
      this.#stopped.set(lane, end.ending === "busy" ? moveMs : 0);
  }
}

function notStarted(label: string | undefined): OnceError {
  return new OnceError(
    "deadline",
    `${label === undefined ? "A message" : `"${label}"`} was not started: its group has stopped, the deadline was too near, or the process is being ended. It comes again.`,
    { retryable: true },
  );
}
