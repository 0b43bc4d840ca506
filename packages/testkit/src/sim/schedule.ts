/** One schedule, from the first message to the last word: chaos, rest, a person who looks, a redrive, rest. */

import type { Ending } from "@effectively-once/runtime";
import { EPOCH_MS, type Environment } from "./environment.ts";
import { Faults, HANDLER_FAULTS, QUEUE_FAULTS } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { Laws, type Law, type Violation } from "./laws.ts";
import { Ledger } from "./ledger.ts";
import { runProgram } from "./programs.ts";
import { SimQueue } from "./queue.ts";
import { type Scenario, scenarioOf, type Work } from "./scenario.ts";
import type { Slot, Tenant } from "./slots.ts";
import { type MakeMemory, SimTable } from "./store.ts";
import type { Tape } from "./tape.ts";
import { Witness } from "./witness.ts";
import { Endless, World } from "./world.ts";

/** Weeks in the dead-letter queue, and still within the record's life of 29 days. */
const REDRIVE_AFTER_MS = 14 * 86_400_000;
const REDRIVES = 3;
const SLOW_MS = 12_000;

export interface Counts {
  readonly checks: Partial<Record<Law, number>>;
  readonly faults: Record<string, number>;
  steps: number;
}

export function noCounts(): Counts {
  return { checks: {}, faults: {}, steps: 0 };
}

export interface ScheduleOptions {
  readonly tape: Tape;
  readonly slots: readonly Slot[];
  readonly counts: Counts;
  /** Gets a line for everything that happens. */
  readonly trace?: (line: string) => void;
  readonly scenario?: Scenario;
  /** Among things that are due at the same moment. @default in the order they were asked for */
  readonly choose?: (width: number) => number;
  /** What decides and keeps records. @default the memory store */
  readonly memory?: MakeMemory;
  /** Given what decides the future, before each step; the schedule ends there when it answers false. */
  readonly state?: (text: () => string) => boolean;
}

export async function runSchedule(options: ScheduleOptions): Promise<readonly Violation[]> {
  return await new Schedule(options).run();
}

class Schedule {
  readonly #options: ScheduleOptions;
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #laws: Laws;
  readonly #faults: Faults;
  readonly #ledger: Ledger;
  readonly #queue: SimQueue;
  readonly #table: SimTable;
  readonly #fleet: Fleet;
  readonly #works: ReadonlyMap<string, Work>;
  /** By environment and work: the fence it was last given. */
  readonly #won = new Map<string, number>();
  readonly #witness: Witness;
  #poisonous = true;
  /** Another schedule has been here. */
  #left = false;
  #version = 0;

  constructor(options: ScheduleOptions) {
    const { tape, counts, choose, state } = options;
    this.#options = options;
    this.#scenario = options.scenario ?? scenarioOf(tape);
    const { faultProbability, faultBudget, theme, queue, clientClocks, works } = this.#scenario;
    this.#world = new World({
      ...(choose ? { choose } : {}),
      ...(state ? { goesOn: () => (this.#left ||= !state(() => this.#state())) === false } : {}),
    });
    this.#laws = new Laws(counts.checks);
    this.#faults = new Faults({
      tape,
      probability: faultProbability,
      theme,
      budget: faultBudget,
      counts: counts.faults,
    });
    this.#ledger = new Ledger(this.#laws);
    this.#queue = new SimQueue(queue);
    this.#works = new Map(works.map((work) => [work.id, work]));
    const world = this.#world;
    this.#table = new SimTable({
      world,
      faults: this.#faults,
      laws: this.#laws,
      ledger: this.#ledger,
      clientClocks,
      completed: (record) => this.#witness.completed(record),
      memory: options.memory,
    });
    this.#witness = new Witness({
      scenario: this.#scenario,
      laws: this.#laws,
      ledger: this.#ledger,
      queue: this.#queue,
      records: this.#table.records,
    });
    this.#fleet = new Fleet({
      world,
      tape,
      faults: this.#faults,
      queue: this.#queue,
      scenario: this.#scenario,
      slots: options.slots,
      version: () => this.#version,
      remembers: state !== undefined,
      note: (who, text) => this.#note(who, text),
      tenantOf: (environment) => this.#tenantOf(environment),
      deleted: (message) => {
        this.#note("queue", `deletes ${message.id}`);
        this.#witness.deleted(message);
      },
      died: (message) => {
        this.#note("queue", `${message.id} goes to the dead-letter queue`);
        this.#witness.died(message);
      },
    });
  }

  async run(): Promise<readonly Violation[]> {
    const { sent, deployAtMs, operatorAtMs, shutdownAtMs, clock } = this.#scenario;
    const world = this.#world;
    for (const { atMs, body, group } of sent)
      world.in(atMs, undefined, () => {
        if (this.#queue.messages.some((message) => message.body === JSON.stringify(body)))
          this.#faults.happened("sent twice");
        this.#queue.send(JSON.stringify(body), group, world.nowMs);
        this.#fleet.wake();
      });
    if (deployAtMs !== undefined)
      world.in(deployAtMs, undefined, () => {
        this.#version = 1;
        this.#faults.happened("changed handler deployed");
        this.#note("deploy", "the changed handler");
      });
    if (clock.setAtMs !== undefined)
      world.in(clock.setAtMs, undefined, () => {
        this.#fleet.setClock(clock.byMs);
        this.#faults.happened("wall clock set");
        this.#note("clock", `of the first place is set by ${clock.byMs} ms`);
      });
    if (shutdownAtMs !== undefined) world.in(shutdownAtMs, undefined, () => this.#fleet.shutDown());
    if (operatorAtMs !== undefined) world.in(operatorAtMs, undefined, () => void this.#operator());
    try {
      await this.#settled();
      if (this.#left) return this.#laws.violations;
      this.#faults.active = false;
      this.#poisonous = false;
      for (let redrives = 0; redrives < REDRIVES && this.#isWaiting(); redrives += 1) {
        world.nowMs += redrives === 0 ? REDRIVE_AFTER_MS : 600_000;
        await this.#operator();
        this.#note("operator", "redrives the dead-letter queue");
        this.#faults.happened(redrives === 0 ? "redriven after weeks" : "redriven again");
        this.#redriven();
        this.#fleet.wake();
        await this.#settled();
        if (this.#left) return this.#laws.violations;
      }
      this.#witness.last();
    } catch (error) {
      if (!(error instanceof Endless)) throw error;
      this.#laws.check("ends", false, () => error.message);
    }
    this.#options.counts.steps += world.steps;
    return this.#laws.violations;
  }

  async #settled(): Promise<void> {
    await this.#world.run();
    if (this.#left) return;
    const queued = this.#queue.messages.filter(({ state }) => state === "queued");
    this.#laws.check(
      "ends",
      queued.length === 0,
      () => `${queued.length} messages are in the queue and nobody comes`,
    );
  }

  #tenantOf(environment: Environment): Omit<Tenant, "environment" | "client"> {
    return {
      store: this.#table.client(environment, (request, claim) => {
        if (claim.kind === "won") this.#won.set(`${environment.name}/${request.label}`, claim.fence);
      }),
      hold: (messageId, ending) => this.#hold(environment, messageId, ending),
      handle: async (message, ctx, version) => {
        const work = this.#works.get(message.body.work ?? "");
        const fence = work && this.#won.get(`${environment.name}/${work.id}`);
        this.#laws.check(
          "no-unprotected-run",
          fence !== undefined,
          () => `${message.record.body} in ${environment.name}`,
        );
        if (!work || fence === undefined) return;
        this.#witness.started(message.messageId, work.id, message.body, fence);
        environment.note(`starts ${work.id}, attempt ${ctx.attempt}, fence ${fence}, ${ctx.verdict}`);
        if (work.poison && this.#poisonous) {
          this.#faults.happened("message kills its process");
          environment.kill("the message kills its process");
          return new Promise<void>(() => {});
        }
        const fault = this.#faults.at(HANDLER_FAULTS);
        if (fault === "handler swallows errors") this.#witness.careless(work.id);
        await runProgram(message, ctx, {
          environment,
          ledger: this.#ledger,
          program: work.program,
          version,
          fence,
          workMs: work.slow ? SLOW_MS : 1,
          refused: () => this.#witness.refused(work.id, fence),
          fault,
        });
      },
    };
  }

  /** Another queue takes the message, or does not. */
  #hold(environment: Environment, messageId: string, ending: Ending): Promise<void> {
    const fault = this.#faults.at(QUEUE_FAULTS);
    const says = `hold ${messageId}, ${ending}: ${fault}`;
    return environment.asks<void>({
      happens: () => {
        environment.note(says);
        if (fault !== "request to SQS lost") {
          this.#witness.held(messageId, ending);
          this.#faults.happened("taken by the hold destination");
        }
        if (fault === "request to SQS lost" || fault === "answer of SQS lost")
          return { says, error: new Error("socket hang up") };
        return fault === "killed after SQS"
          ? { says, value: undefined, after: "kill" }
          : { says, value: undefined };
      },
    });
  }

  /** A person finds out what has happened, and says so. */
  async #operator(): Promise<void> {
    if (this.#scenario.clientClocks && this.#faults.active) return;
    for (const record of this.#table.records.values()) {
      if (record.heldAtMs === undefined) continue;
      for (const [step, { open, kind }] of Object.entries(record.steps)) {
        if (open !== true) continue;
        const done = kind !== "handler" && this.#ledger.has(record.label, step);
        const { kind: said } = await this.#table.operator.resolve({ id: record.id, step, as: { done } });
        this.#note("operator", `${record.label} ${step} ${done ? "done" : "not done"}: ${said}`);
        this.#faults.happened(
          said === "resolved" ? `resolved as ${done ? "done" : "not done"}` : `resolved, refused: ${said}`,
        );
        if (said === "resolved" && done) this.#ledger.resolve(record.label, step);
        if (said === "resolved" && !done && kind === "plain")
          this.#ledger.refuse(record.label, step, record.fence);
      }
    }
  }

  /** What is in the dead-letter queue or held, and may still be run. */
  #isWaiting(): boolean {
    const { messages } = this.#queue;
    return (
      messages.some((message) => message.state === "dead" && this.#witness.isWanted(message)) ||
      this.#witness.waitingHeld().length > 0
    );
  }

  #redriven(): void {
    const { nowMs } = this.#world;
    // A payload that will never be run would only take those behind it in its group along again.
    this.#queue.redrive(nowMs, (message) => this.#witness.isWanted(message));
    // What was held has lost its place in its group: it is a new message.
    for (const { body, group } of this.#witness.takeHeld()) this.#queue.send(body, group, nowMs);
  }

  #state(): string {
    return [
      this.#world.nowMs,
      this.#world.pending(),
      this.#faults.left,
      this.#faults.active,
      JSON.stringify([...this.#table.records]),
      JSON.stringify(this.#queue.messages),
      this.#fleet.state(),
      this.#ledger.state(),
      [...this.#won].join(" "),
      this.#witness.state(),
    ].join("\n");
  }

  #note(who: string, text: string): void {
    this.#options.trace?.(`${String(this.#world.nowMs).padStart(9)} ms  ${who.padEnd(8)} ${text}`);
  }
}

export { EPOCH_MS };
