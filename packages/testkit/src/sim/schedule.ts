/** One schedule, from the first message to the last word: chaos, rest, a person who looks, a redrive, rest. */

import type { StoredRecord } from "@effectively-once/runtime/store";
import { EPOCH_MS, type Environment } from "./environment.ts";
import { Faults } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { Laws, type Law, type Violation } from "./laws.ts";
import { Ledger } from "./ledger.ts";
import { type Body, runProgram } from "./programs.ts";
import { type SimMessage, SimQueue } from "./queue.ts";
import { type Scenario, scenarioOf, type Work } from "./scenario.ts";
import { LEASE_MS, type Slot, type Tenant } from "./slots.ts";
import { type MakeMemory, SimTable } from "./store.ts";
import type { Tape } from "./tape.ts";
import { Endless, World } from "./world.ts";

const HANDLER_FAULTS = [
  "none",
  "handler throws",
  "handler throws Permanent",
  "handler swallows errors",
] as const;
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
  readonly #payloads = new Map<string, number>();
  /** By work: the fences of the runs that have begun. */
  readonly #begun = new Map<string, Set<number>>();
  /** Handlers that swallowed an error: what they did not make is their own doing. */
  readonly #careless = new Set<string>();
  /** Attempts in which an effect was refused, by work and fence. */
  readonly #refused = new Set<string>();
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
      completed: (record) => this.#completed(record),
      memory: options.memory,
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
      deleted: (message) => this.#deleted(message),
      died: (message) => this.#died(message),
    });
  }

  async run(): Promise<readonly Violation[]> {
    const { sent, deployAtMs, operatorAtMs } = this.#scenario;
    const world = this.#world;
    for (const { atMs, body, group } of sent)
      world.in(atMs, undefined, () => {
        this.#queue.send(JSON.stringify(body), group, world.nowMs);
        this.#fleet.wake();
      });
    if (deployAtMs !== undefined)
      world.in(deployAtMs, undefined, () => {
        this.#version = 1;
        this.#note("deploy", "the changed handler");
      });
    if (operatorAtMs !== undefined) world.in(operatorAtMs, undefined, () => void this.#operator());
    try {
      await this.#settled();
      if (this.#left) return this.#laws.violations;
      this.#faults.active = false;
      this.#poisonous = false;
      for (let redrives = 0; redrives < REDRIVES && this.#waiting().length > 0; redrives += 1) {
        world.nowMs += redrives === 0 ? REDRIVE_AFTER_MS : 600_000;
        await this.#operator();
        this.#note("operator", "redrives the dead-letter queue");
        // A payload that will never be run would only take those behind it in its group along again.
        this.#queue.redrive(world.nowMs, (message) => this.#isWanted(message));
        this.#fleet.wake();
        await this.#settled();
        if (this.#left) return this.#laws.violations;
      }
      this.#last();
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
      handle: async (message, ctx, version) => {
        const work = this.#works.get(message.body.work ?? "");
        const fence = work && this.#won.get(`${environment.name}/${work.id}`);
        this.#laws.check(
          "no-unprotected-run",
          fence !== undefined,
          () => `${message.record.body} in ${environment.name}`,
        );
        if (!work || fence === undefined) return;
        this.#started(message.messageId, work.id, message.body, fence);
        environment.note(`starts ${work.id}, attempt ${ctx.attempt}, fence ${fence}, ${ctx.verdict}`);
        if (work.poison && this.#poisonous) {
          environment.kill("the message kills its process");
          return new Promise<void>(() => {});
        }
        const fault = this.#faults.at(HANDLER_FAULTS);
        if (fault === "handler swallows errors") this.#careless.add(work.id);
        await runProgram(message, ctx, {
          environment,
          ledger: this.#ledger,
          program: work.program,
          version,
          fence,
          workMs: work.slow ? SLOW_MS : 1,
          refused: () => void this.#refused.add(`${work.id}/${fence}`),
          fault,
        });
      },
    };
  }

  #started(messageId: string, work: string, { payload }: Body, fence: number): void {
    const begun = this.#begun.get(work) ?? new Set();
    this.#begun.set(work, begun.add(fence));
    const { attempts = 0 } = this.#recordOf(work) ?? {};
    this.#laws.check(
      "attempts-count-runs",
      attempts >= begun.size,
      () => `${work}: ${attempts} attempts, ${begun.size} runs have begun`,
    );
    const known = this.#payloads.get(work);
    if (known === undefined) this.#payloads.set(work, payload);
    this.#laws.check(
      "held-not-run",
      known === undefined || known === payload,
      () => `${work} with payload ${payload}`,
    );
    const mine = this.#queue.messages.find(({ id }) => id === messageId);
    if (mine?.group === undefined) return;
    const ahead = this.#queue.messages.find(
      (message) =>
        message.group === mine.group &&
        message.order < mine.order &&
        message.state === "queued" &&
        !this.#isDone(message),
    );
    this.#laws.check(
      "group-order",
      ahead === undefined,
      () => `${mine.id} starts before ${ahead?.id} is done`,
    );
  }

  #recordOf(work: string | undefined): StoredRecord | undefined {
    for (const record of this.#table.records.values()) if (record.label === work) return record;
    return undefined;
  }

  #isDone(message: SimMessage): boolean {
    const body = JSON.parse(message.body) as Body;
    const record = this.#recordOf(body.work);
    return record?.state === "completed" && this.#payloads.get(body.work ?? "") === body.payload;
  }

  #completed(record: StoredRecord): void {
    const work = this.#works.get(record.label);
    const at = `${record.label}/${record.fence}`;
    this.#laws.check(
      "nothing-lost",
      !this.#refused.has(at),
      () => `${at} is completed although an effect was refused`,
    );
    if (this.#careless.has(record.label)) return;
    for (const { name } of work?.program.effects ?? [])
      // A commit's rows are written in the same moment as its completion, and counted right after.
      if (!work?.program.effects.some((effect) => effect.name === name && effect.kind === "commit"))
        this.#laws.check(
          "nothing-lost",
          this.#ledger.has(record.label, name),
          () => `${record.label} is completed without ${name}`,
        );
  }

  #deleted(message: SimMessage): void {
    this.#note("queue", `deletes ${message.id}`);
    this.#laws.check(
      "acknowledged-when-done",
      this.#isDone(message),
      () => `${message.id} ${message.body} is deleted`,
    );
  }

  #died(message: SimMessage): void {
    this.#note("queue", `${message.id} goes to the dead-letter queue`);
    const { queue, works, faultBudget, copies, sent, onTakeover } = this.#scenario;
    const poisoned = works.some(({ poison }) => poison);
    const other = faultBudget > 0 || copies || sent.some(({ body }) => body.payload === 1);
    // A FIFO queue hands out what is behind the poison with it; a visibility below the lease spends receives on busy.
    if (!poisoned || other || queue.fifo || queue.visibilityMs <= LEASE_MS || onTakeover === "hold") return;
    const { work } = JSON.parse(message.body) as Body;
    if (work === undefined) return;
    // One message of two for the same work may go, while the other brings the work to its end.
    const others = this.#queue.messages.some(
      (other) => other.state === "queued" && (JSON.parse(other.body) as Body).work === work,
    );
    this.#laws.check(
      "bad-neighbour",
      this.#works.get(work)?.poison === true || others || this.#isDone(message),
      () => `${message.id} ${message.body} dies with its neighbour`,
    );
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
        if (said === "resolved" && !done && kind === "plain")
          this.#ledger.refuse(record.label, step, record.fence);
      }
    }
  }

  /** What is in the dead-letter queue and may still be run. */
  #waiting(): readonly SimMessage[] {
    return this.#queue.messages.filter((message) => message.state === "dead" && this.#isWanted(message));
  }

  #isWanted(message: SimMessage): boolean {
    const { work, payload } = JSON.parse(message.body) as Body;
    if (work === undefined) return false;
    const run = this.#payloads.get(work);
    return run === undefined || run === payload;
  }

  #last(): void {
    for (const work of this.#works.values()) {
      const record = this.#recordOf(work.id);
      // Two payloads under one key, and the one that was claimed first was never run: the other is held for good.
      const held =
        this.#payloads.get(work.id) === undefined &&
        this.#scenario.sent.some(({ body }) => body.work === work.id && body.payload === 1);
      this.#laws.check(
        "nothing-lost",
        record?.state === "completed" || held,
        () => `${work.id} ends as ${record?.state}`,
      );
      if (record?.state !== "completed" || this.#careless.has(work.id)) continue;
      for (const { name } of work.program.effects)
        this.#laws.check("nothing-lost", this.#ledger.has(work.id, name), () => `${work.id} lacks ${name}`);
    }
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
      [...this.#payloads].join(" "),
      [...this.#begun].map(([work, fences]) => `${work}:${[...fences].join("+")}`).join(" "),
      [...this.#careless, ...this.#refused].join(" "),
    ].join("\n");
  }

  #note(who: string, text: string): void {
    this.#options.trace?.(`${String(this.#world.nowMs).padStart(9)} ms  ${who.padEnd(8)} ${text}`);
  }
}

export { EPOCH_MS };
