/** A producer, a queue, its pollers and a function, in virtual time: what happens, and what is true of it. */

import type { Origin, Verdict } from "@effectively-once/runtime";
import { Agenda, type Chance } from "./chance.ts";
import type { Ran, Settings, ToldLine, Truth } from "./definition.ts";
import {
  type Batch,
  BUCKET,
  isRun,
  type Live,
  type LiveInvocation,
  type Message,
  type Mutable,
} from "./live.ts";
import { type Answer, KeyRecord, type KeyRun, KeyTruth } from "./key-truth.ts";
import { plan } from "./plan.ts";
import { Queue } from "./queue.ts";
import { causeOf } from "./why.ts";
import { even, mayBeCut, odd, ranOf } from "./written.ts";

export interface Segment {
  readonly truths: readonly Truth[];
  readonly rans: readonly Ran[];
  readonly untilMs: number;
}

/** What goes on from one segment to the next. */
export class World {
  readonly settings: Settings;
  readonly chance: Chance;
  readonly #records = new Map<string, KeyRecord>();
  readonly #keys = new Map<string, KeyTruth>();
  readonly #free: string[] = [];
  readonly versionsSeen = new Map<string, number>();
  #agenda = new Agenda(0);
  #queue: Queue;
  #lives: Live[] = [];
  #rans: Ran[] = [];
  #running = new Set<LiveInvocation>();
  #version = 1;
  #lastStartMs = 0;
  #orders = 0;

  constructor(settings: Settings, chance: Chance) {
    this.settings = settings;
    this.chance = chance;
    this.#queue = this.#newQueue();
  }

  #newQueue(): Queue {
    return new Queue(this.settings, this.chance, this.#agenda, (batch) => this.#invoke(batch));
  }

  /** Plays until nothing is under way any more. Keys do not come again in a later segment. */
  play(messages: number, fromMs: number): Segment {
    this.#agenda = new Agenda(fromMs);
    this.#queue = this.#newQueue();
    this.#lives = [];
    this.#arrived.clear();
    this.#rans = [];
    this.#records.clear();
    this.#keys.clear();
    const { sendEveryMs, rates } = this.settings;
    let atMs = fromMs;
    for (let count = 0; count < messages; count++) {
      // The first one is alone, so that the lines begin before anything is received that is throttled.
      atMs += count === 1 ? 60_000 : this.chance.between(0, 2 * sendEveryMs);
      const key = `order-${++this.#orders}`;
      if (this.chance.is(rates.async)) this.#agenda.at(atMs, () => this.#async(key, this.chance.uuid(), 0));
      else this.#produce(key, atMs);
    }
    for (const share of [0.3, 0.7]) this.#agenda.at(fromMs + (atMs - fromMs) * share, () => this.#deploy());
    this.#agenda.run();
    // When all is known: how a run went on that this one came beside is part of why it came.
    const byKey = Map.groupBy(this.#lives, ({ message }) => message.key);
    for (const live of this.#lives)
      live.truth.cause = causeOf(live, byKey.get(live.message.key) ?? [], this.settings, this.versionsSeen);
    return { truths: this.#lives.map(({ truth }) => truth), rans: this.#rans, untilMs: this.#agenda.nowMs };
  }

  /** A producer that has not got its answer in time sends again, twice at most. */
  #produce(key: string, atMs: number): void {
    this.#queue.send(key, atMs);
    for (let again = 1; again <= 2 && this.chance.is(this.settings.rates.resend); again++)
      this.#queue.send(key, atMs + again * this.settings.producerTimeoutMs + this.chance.between(0, 200));
  }

  /** Versions change, and some of the runs of the old one are cut off. */
  #deploy(): void {
    this.#version++;
    this.#free.length = 0;
    for (const invocation of this.#running)
      if (mayBeCut(invocation, this.#agenda.nowMs) && this.chance.is(this.settings.rates.cutOff)) {
        invocation.outcome = "crash";
        invocation.endMs = even(this.#agenda.nowMs);
        this.#agenda.at(invocation.endMs, () => this.#end(invocation));
      }
  }

  #invoke(batch: Batch): void {
    const { nowMs } = this.#agenda;
    if (this.#running.size < this.settings.concurrency) {
      this.#start(batch, this.chance.uuid(), "orders", 0);
      return;
    }
    // Throttled: it is tried again until the visibility of what it holds is over, and dropped then.
    const receivedMs = Math.min(...batch.map(({ receivedAtMs }) => receivedAtMs));
    const againMs = nowMs + this.chance.between(1_000, 3_000);
    if (againMs < receivedMs + this.settings.visibilitySeconds * 1_000)
      this.#agenda.at(againMs, () => this.#invoke(batch));
  }

  #async(key: string, requestId: string, retry: number, message?: Message): void {
    const event: Message = message ?? {
      id: undefined,
      key,
      source: BUCKET,
      sentAtMs: undefined,
      by: "producer",
      receives: 0,
      firstReceivedAtMs: undefined,
      deleted: false,
      last: undefined,
    };
    this.#start(
      [{ message: event, receive: 0, receivedAtMs: this.#agenda.nowMs }],
      requestId,
      "pictures",
      retry,
    );
  }

  #start(batch: Batch, requestId: string, name: string, retry: number): void {
    const { settings, chance } = this;
    const { rates } = settings;
    // Odd, and each its own; what ends ends at an even one: no two things of one key are at the same instant.
    const startMs = Math.max(odd(this.#agenda.nowMs), this.#lastStartMs + 2);
    this.#lastStartMs = startMs;
    const version = String(this.#version);
    if (name === "orders" && !this.versionsSeen.has(version)) this.versionsSeen.set(version, startMs);
    const invocation: LiveInvocation = {
      requestId,
      function: name,
      version,
      stream: this.#free.pop() ?? `2026/11/29/[${version}]${chance.uuid().replaceAll("-", "")}`,
      startMs,
      retry,
      guarded: settings.guarded && name === "orders",
      lives: [],
      endMs: 0,
      outcome: "success",
      ended: false,
    };
    const plans = batch.map((one) => ({
      ...one,
      fails: chance.is(rates.fail),
      durationMs: chance.is(rates.slow)
        ? Math.round(settings.visibilitySeconds * 1_000 * (0.6 + chance.next()))
        : chance.between(20, 800),
    }));
    this.#running.add(invocation);
    this.#agenda.at(startMs + 2, () => {
      for (const plan of plans) invocation.lives.push(this.#arrive(plan, invocation));
      plan(invocation, settings, chance);
      for (const live of invocation.lives) this.#letEnd(live);
      this.#agenda.at(invocation.endMs, () => this.#end(invocation));
    });
  }

  /** A guard completes each message when it is done, not with its batch. */
  #letEnd(live: Live): void {
    const { invocation, truth, fails, durationMs } = live;
    if (!invocation.guarded || !isRun(truth.verdict)) return;
    const endedMs = even(truth.atMs + durationMs);
    this.#agenda.at(endedMs, () => {
      if (invocation.ended || endedMs >= invocation.endMs) return;
      this.#record(truth.key).end(live.run, fails ? "failed" : "completed");
      live.told = this.#told(live, endedMs, truth.verdict, undefined, fails ? "failed" : "completed");
    });
  }

  #arrive(
    {
      message,
      receive,
      receivedAtMs,
      fails,
      durationMs,
    }: Batch[number] & { fails: boolean; durationMs: number },
    invocation: LiveInvocation,
  ): Live {
    const { nowMs } = this.#agenda;
    const { requestId, startMs, guarded } = invocation;
    const run: KeyRun = { messageId: message.id, requestId, startMs };
    const answer = guarded ? this.#record(message.key).claim(run, nowMs) : this.#key(message.key).arrive(run);
    const live: Live = {
      message,
      receive,
      receivedAtMs,
      invocation,
      fails,
      durationMs,
      run,
      before: message.last,
      beside: message.last?.invocation.ended === false,
      keySeen: this.#keysSeen(message),
      truth: this.#truthOf(message, receive, invocation, answer),
      told: undefined,
      named: false,
      leader: answer.leader && invocation.lives.find((other) => other.run === answer.leader),
    };
    message.last = live;
    if (guarded) this.#tellOfTurnedAway(live, answer);
    this.#lives.push(live);
    return live;
  }

  readonly #arrived = new Set<string>();

  /** Whether its key has been delivered before. */
  #keysSeen({ key }: Message): boolean {
    if (this.#arrived.has(key)) return true;
    this.#arrived.add(key);
    return false;
  }

  #truthOf(
    message: Message,
    receive: number,
    invocation: LiveInvocation,
    { verdict, origin }: Answer,
  ): Mutable<Truth> {
    return {
      key: message.key,
      messageId: message.id,
      requestId: invocation.requestId,
      receiveCount: message.id === undefined ? undefined : receive,
      atMs: this.#agenda.nowMs,
      verdict,
      origin,
      cause: undefined,
      ran: !invocation.guarded || isRun(verdict),
      outcome: "success",
      told: false,
      hidden: this.#key(message.key).hidden,
    };
  }

  #tellOfTurnedAway(live: Live, { verdict, leader, origin }: Answer): void {
    if (isRun(verdict) || leader) return;
    live.told = this.#told(live, this.#agenda.nowMs + 2, verdict, origin, verdict);
  }

  #told(live: Live, atMs: number, verdict: Verdict, origin: Origin | undefined, ending: string): ToldLine {
    const run = isRun(verdict);
    return {
      atMs,
      verdict,
      origin,
      ending,
      attempt: run ? this.#record(live.message.key).attempts : undefined,
      durationMs: atMs - live.truth.atMs,
      acknowledged: ending === "completed" || ending === "duplicate",
    };
  }

  #end(invocation: LiveInvocation): void {
    if (invocation.ended || invocation.endMs !== this.#agenda.nowMs) return;
    invocation.ended = true;
    this.#running.delete(invocation);
    const killed = invocation.outcome !== "success" && invocation.outcome !== "error";
    // Its environment is set up anew and goes on in the same stream.
    if (invocation.version === String(this.#version)) this.#free.push(invocation.stream);
    for (const live of invocation.lives) {
      live.truth.outcome = invocation.outcome;
      const done = invocation.guarded ? this.#endGuarded(live) : this.#endUnguarded(live, killed);
      if (done)
        this.#queue.remove(live.message, live.receive, this.#agenda.nowMs + this.chance.between(3, 50));
    }
    if (invocation.function === "pictures") this.#again(invocation);
    this.#rans.push(ranOf(invocation));
  }

  /** Lambda tries an asynchronous event three times, and now and then gives it twice. */
  #again({ lives, outcome, requestId, retry }: LiveInvocation): void {
    const [live] = lives;
    if (!live) return;
    const { nowMs } = this.#agenda;
    const again = (inMs: number): void =>
      this.#agenda.at(nowMs + inMs, () => this.#async(live.message.key, requestId, retry + 1, live.message));
    if (outcome !== "success" && retry < 2) again((retry + 1) * 60_000 + this.chance.between(0, 999));
    else if (outcome === "success" && this.chance.is(this.settings.rates.queueDuplicate)) again(5_000);
  }

  #endUnguarded(live: Live, killed: boolean): boolean {
    const { settings } = this;
    const { invocation, fails, truth } = live;
    const key = this.#key(truth.key);
    const partial = settings.partialResponses && invocation.function === "orders";
    const failed = invocation.outcome === "error" || (fails && !killed);
    live.named = fails && !killed && settings.named;
    if (partial && failed && invocation.outcome === "success" && !settings.named) key.hidden = true;
    if (live.leader) truth.hidden ||= key.hidden;
    if (live.leader && truth.verdict === "busy")
      truth.verdict = invocation.outcome === "success" && !live.leader.fails ? "duplicate" : "busy";
    key.end(live.run, killed ? "killed" : failed ? "failed" : "completed");
    return !killed && !failed;
  }

  #endGuarded(live: Live): boolean {
    const { truth, invocation, leader } = live;
    const record = this.#record(truth.key);
    if (isRun(truth.verdict)) {
      if (!live.told) record.abandon(live.run, invocation.endMs + this.settings.leaseSeconds * 800);
    } else if (leader && !live.told && leader.told) {
      truth.verdict = leader.told.ending === "completed" ? "duplicate" : "busy";
      live.told = this.#told(live, leader.told.atMs, truth.verdict, truth.origin, truth.verdict);
    }
    truth.told = live.told !== undefined;
    const killed = invocation.outcome !== "success";
    return !killed && live.told?.acknowledged === true;
  }

  #key(key: string): KeyTruth {
    const known = this.#keys.get(key) ?? new KeyTruth();
    this.#keys.set(key, known);
    return known;
  }

  #record(key: string): KeyRecord {
    const known = this.#records.get(key) ?? new KeyRecord();
    this.#records.set(key, known);
    return known;
  }
}
