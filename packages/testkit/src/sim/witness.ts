/** Who sees which message has run, ended, was deleted or held, and says what is not as promised. */

import type { Ending } from "@effectively-once/runtime";
import type { StoredRecord } from "@effectively-once/runtime/store";
import type { Laws } from "./laws.ts";
import type { Ledger } from "./ledger.ts";
import type { Body } from "./programs.ts";
import type { SimMessage, SimQueue } from "./queue.ts";
import type { Scenario, Work } from "./scenario.ts";
import { LEASE_MS } from "./slots.ts";

export interface WitnessOptions {
  readonly scenario: Scenario;
  readonly laws: Laws;
  readonly ledger: Ledger;
  readonly queue: SimQueue;
  readonly records: ReadonlyMap<string, StoredRecord>;
}

const HELD: readonly Ending[] = ["in-doubt", "mismatch", "invalid"];

export class Witness {
  readonly #options: WitnessOptions;
  readonly #works: ReadonlyMap<string, Work>;
  /** By work: the payload that was run. */
  readonly #payloads = new Map<string, number>();
  /** By work: the fences of the runs that have begun. */
  readonly #begun = new Map<string, Set<number>>();
  /** Handlers that swallowed an error: what they did not make is their own doing. */
  readonly #careless = new Set<string>();
  /** Attempts in which an effect was refused, by work and fence. */
  readonly #refused = new Set<string>();
  /** Messages that the `hold` destination has taken, by id. */
  #held = new Map<string, SimMessage>();

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#works = new Map(options.scenario.works.map((work) => [work.id, work]));
  }

  careless(work: string): void {
    this.#careless.add(work);
  }

  refused(work: string, fence: number): void {
    this.#refused.add(`${work}/${fence}`);
  }

  /** A handler has been called. */
  started(messageId: string, work: string, { payload }: Body, fence: number): void {
    const { laws, queue } = this.#options;
    const begun = this.#begun.get(work) ?? new Set();
    this.#begun.set(work, begun.add(fence));
    const { attempts = 0 } = this.#recordOf(work) ?? {};
    laws.check(
      "attempts-count-runs",
      attempts >= begun.size,
      () => `${work}: ${attempts} attempts, ${begun.size} runs have begun`,
    );
    const known = this.#payloads.get(work);
    if (known === undefined) this.#payloads.set(work, payload);
    laws.check(
      "held-not-run",
      known === undefined || known === payload,
      () => `${work} with payload ${payload}`,
    );
    const mine = queue.messages.find(({ id }) => id === messageId);
    if (mine?.group === undefined) return;
    const ahead = queue.messages.find(
      (message) =>
        message.group === mine.group &&
        message.order < mine.order &&
        message.state === "queued" &&
        !this.#held.has(message.id) &&
        !this.#isDone(message),
    );
    laws.check("group-order", ahead === undefined, () => `${mine.id} starts before ${ahead?.id} is done`);
  }

  #recordOf(work: string | undefined): StoredRecord | undefined {
    for (const record of this.#options.records.values()) if (record.label === work) return record;
    return undefined;
  }

  #isDone(message: SimMessage): boolean {
    const { work, payload } = bodyOf(message);
    return this.#recordOf(work)?.state === "completed" && this.#payloads.get(work ?? "") === payload;
  }

  /** A record has been completed. */
  completed({ label, fence }: StoredRecord): void {
    const { laws, ledger } = this.#options;
    const effects = this.#works.get(label)?.program.effects ?? [];
    laws.check(
      "nothing-lost",
      !this.#refused.has(`${label}/${fence}`),
      () => `${label}/${fence} is completed although an effect was refused`,
    );
    if (this.#careless.has(label)) return;
    // A commit's rows are written in the same moment as its completion, and counted right after.
    for (const { name, kind } of effects)
      if (kind !== "commit")
        laws.check("nothing-lost", ledger.has(label, name), () => `${label} is completed without ${name}`);
  }

  deleted(message: SimMessage): void {
    this.#options.laws.check(
      "acknowledged-when-done",
      this.#isDone(message) || this.#held.has(message.id),
      () => `${message.id} ${message.body} is deleted`,
    );
  }

  /** The `hold` destination takes what a person must look at, and nothing else. */
  held(messageId: string, ending: Ending): void {
    const { laws, queue } = this.#options;
    const message = queue.messages.find(({ id }) => id === messageId);
    laws.check(
      "held-not-run",
      HELD.includes(ending) && message !== undefined,
      () => `${messageId} is held as ${ending}`,
    );
    if (message) this.#held.set(messageId, { ...message });
  }

  /** What is held is sent again, once; what can never be run stays. */
  takeHeld(): readonly SimMessage[] {
    const wanted = this.waitingHeld();
    this.#held = new Map([...this.#held].filter(([, message]) => !wanted.includes(message)));
    return wanted;
  }

  waitingHeld(): readonly SimMessage[] {
    return [...this.#held.values()].filter((message) => this.isWanted(message) && !this.#isDone(message));
  }

  died(message: SimMessage): void {
    const { scenario, queue, laws } = this.#options;
    const { works, faultBudget, copies, sent, onTakeover, hold, shutdownAtMs, clock } = scenario;
    if (!works.some(({ poison }) => poison)) return;
    const other =
      faultBudget > 0 ||
      copies ||
      hold ||
      shutdownAtMs !== undefined ||
      clock.setAtMs !== undefined ||
      sent.some(({ body }) => body.payload === 1);
    // A FIFO queue hands out what is behind the poison with it; a visibility below the lease spends receives on busy.
    if (other || scenario.queue.fifo || scenario.queue.visibilityMs <= LEASE_MS || onTakeover === "hold")
      return;
    const { work } = bodyOf(message);
    if (work === undefined) return;
    // One message of two for the same work may go, while the other brings the work to its end.
    const twice = scenario.sent.filter(({ body }) => body.work === work).length > 1;
    const others = queue.messages.some((one) => one.state === "queued" && bodyOf(one).work === work);
    laws.check(
      "bad-neighbour",
      this.#works.get(work)?.poison === true || (twice && (others || this.#isDone(message))),
      () => `${message.id} ${message.body} dies with its neighbour`,
    );
  }

  /** Whether it may ever be run: has a key, and the payload that its key was run with. */
  isWanted(message: SimMessage): boolean {
    const { work, payload } = bodyOf(message);
    if (work === undefined) return false;
    const run = this.#payloads.get(work);
    return run === undefined || run === payload;
  }

  /** When all is at rest. */
  last(): void {
    const { laws, ledger, scenario } = this.#options;
    for (const work of this.#works.values()) {
      const record = this.#recordOf(work.id);
      // Two payloads under one key, and the one that was claimed first was never run: the other is held for good.
      const held =
        this.#payloads.get(work.id) === undefined &&
        scenario.sent.some(({ body }) => body.work === work.id && body.payload === 1);
      laws.check(
        "nothing-lost",
        record?.state === "completed" || held,
        () => `${work.id} ends as ${record?.state}`,
      );
      if (record?.state !== "completed" || this.#careless.has(work.id)) continue;
      for (const { name } of work.program.effects)
        laws.check("nothing-lost", ledger.has(work.id, name), () => `${work.id} lacks ${name}`);
    }
  }

  state(): string {
    return [
      [...this.#payloads].join(" "),
      [...this.#begun].map(([work, fences]) => `${work}:${[...fences].join("+")}`).join(" "),
      [...this.#careless, ...this.#refused, ...this.#held.keys()].join(" "),
    ].join("\n");
  }
}

function bodyOf({ body }: SimMessage): Body {
  return JSON.parse(body) as Body;
}
