/** A store as a network has it: requests and answers that are lost, late, doubled, with the real state machine behind it. */

import type { Clock } from "@effectively-once/runtime";
import type { Claim, ClaimRequest, Store, StoredRecord, Written } from "@effectively-once/runtime/store";
import { type MemoryStore, memoryStore } from "@effectively-once/runtime/stores/memory";
import type { Environment } from "./environment.ts";
import { EPOCH_MS } from "./environment.ts";
import { AFTER, BEFORE, failure, type Faults, LATE_MS, STORE_FAULTS } from "./faults.ts";
import type { Laws } from "./laws.ts";
import type { Ledger } from "./ledger.ts";
import { type SimTx, transact } from "./transactions.ts";
import type { World } from "./world.ts";

export interface StoreWorld {
  readonly world: World;
  readonly faults: Faults;
  readonly laws: Laws;
  readonly ledger: Ledger;
  /** Whose clock decides a lease: the store's own, or that of who asks (DynamoDB). */
  readonly clientClocks: boolean;
  /** The record has been completed by this write. */
  readonly completed: (record: StoredRecord) => void;
  /** What decides and keeps records. @default the memory store */
  readonly memory?: MakeMemory | undefined;
}

/** A store in memory whose time is the clock's; a wrong one shows that the laws would notice. */
export type MakeMemory = (clock: Clock) => MemoryStore;

const OPERATIONS = ["claim", "complete", "fail", "release", "renew", "checkpoint"] as const;
type Operation = (typeof OPERATIONS)[number];
type Item = { readonly id: string; readonly token: string; readonly fence?: number };
type Answer = Claim | Written;

/** One table. Each environment has a client of its own. */
export class SimTable {
  readonly #options: StoreWorld;
  #nowMs = EPOCH_MS;
  readonly #memory: MemoryStore;

  constructor(options: StoreWorld) {
    this.#options = options;
    const clock: Clock = { wallMs: () => this.#nowMs, monotonicMs: () => 0, after: () => () => {} };
    this.#memory = options.memory?.(clock) ?? memoryStore({ clock });
  }

  get records(): ReadonlyMap<string, StoredRecord> {
    return this.#memory.records;
  }

  get operator(): Pick<Store, "resolve"> {
    this.#nowMs = EPOCH_MS + this.#options.world.nowMs;
    return this.#memory;
  }

  /** Applied at once; what it must not do is looked for here, where nobody can hide it. */
  #apply(operation: Operation, items: readonly Item[], atMs: number): Promise<readonly Answer[]> {
    const { laws } = this.#options;
    this.#nowMs = atMs;
    const before = items.map(({ id }) => this.records.get(id));
    const call = this.#memory[operation] as (given: readonly Item[]) => Promise<readonly Answer[]>;
    const answers = call(items);
    for (const [index, item] of items.entries()) {
      const found = before[index];
      this.#look(operation, item, found, laws);
      if (operation === "claim" && found?.token === item.token && found.state === "claimed")
        void answers.then((given) =>
          laws.check(
            "lost-answer",
            given[index]?.kind === "won",
            () => `${item.token}: ${given[index]?.kind}`,
          ),
        );
    }
    return answers;
  }

  #look(operation: Operation, item: Item, before: StoredRecord | undefined, laws: Laws): void {
    const after = this.records.get(item.id);
    if (!after || after === before) return;
    const said = (): string => `${operation} by ${item.token} on ${before?.state} of ${before?.token}`;
    if (operation !== "claim") {
      const mine = before?.token === item.token && (item.fence === undefined || before.fence === item.fence);
      laws.check("zombie-writes-nothing", mine, said);
    }
    if (!before) return;
    if (operation === "claim") this.#lookClaim(item as ClaimRequest, before, laws);
    const grows = operation === "claim" && after.token !== before.token ? 1 : 0;
    laws.check("fence-grows", after.fence >= before.fence + grows, said);
    if (after.state !== "completed")
      for (const [name, step] of Object.entries(before.steps))
        if (step.state === "done")
          laws.check("steps-only-forward", after.steps[name]?.state === "done", () => `${said()}: ${name}`);
    if (after.state === "completed" && operation === "complete") {
      laws.check("one-completion", before.state === "claimed", said);
      this.#options.completed(after);
    }
    if (before.state === "completed" && operation !== "complete")
      laws.check("one-completion", after.state === "completed", said);
  }

  #lookClaim(asked: ClaimRequest, before: StoredRecord, laws: Laws): void {
    const after = this.records.get(asked.id);
    if (after?.token !== asked.token) return;
    laws.check(
      "lease-holds",
      before.token === asked.token || before.state !== "claimed" || before.leaseUntilMs <= this.#nowMs,
      () =>
        `${asked.token} claims what ${before.token} holds for ${before.leaseUntilMs - this.#nowMs} ms more`,
    );
    laws.check(
      "ended-token",
      before.token !== asked.token || before.state === "claimed",
      () => `${asked.token} claims what it has ended as ${before.state}`,
    );
    if (asked.noTakeover !== true || before.token === asked.token) return;
    const dead = before.state === "claimed" || (before.state === "released" && before.verdict === "takeover");
    laws.check("takeover-alone", !dead, () => `${asked.token} takes over beside others from ${before.token}`);
  }

  client(environment: Environment, onWon: (request: ClaimRequest, claim: Claim) => void): Store<SimTx> {
    const call =
      <Given extends Item, Given2 extends Answer>(operation: Operation) =>
      async (items: readonly Given[]): Promise<readonly Given2[]> => {
        const answers = (await this.#asked(environment, operation, items)) as readonly Given2[];
        if (operation === "claim")
          for (const [index, item] of items.entries())
            onWon(item as unknown as ClaimRequest, answers[index] as Claim);
        return answers;
      };
    const memory = this.#memory;
    return {
      traits: { ...memory.traits, transactions: true, clock: "store", durability: "service" },
      claim: call("claim"),
      complete: call("complete"),
      fail: call("fail"),
      release: call("release"),
      renew: call("renew"),
      checkpoint: call("checkpoint"),
      transact: (request, body) =>
        transact(
          environment,
          {
            ...this.#options,
            records: this.records,
            write: (owner, change) => {
              const { retentionMs } = request;
              const before = this.records.get(owner.id);
              const completes = "complete" in change;
              const item: Item & object = completes
                ? { ...owner, ...{ retentionMs, ...change.complete } }
                : { ...owner, ...{ retentionMs, change } };
              void this.#apply(completes ? "complete" : "checkpoint", [item], this.#nowOf(environment));
              return this.records.get(owner.id) !== before;
            },
          },
          request,
          body,
        ),
      setup: memory.setup,
      check: memory.check,
      close: memory.close,
      read: memory.read,
      list: memory.list,
      resolve: memory.resolve,
      rerun: memory.rerun,
      forget: memory.forget,
    };
  }

  #nowOf(environment: Environment): number {
    const { clientClocks, world } = this.#options;
    return clientClocks ? environment.clock.wallMs() : EPOCH_MS + world.nowMs;
  }

  async #asked(
    environment: Environment,
    operation: Operation,
    items: readonly Item[],
  ): Promise<readonly Answer[]> {
    const { faults, world } = this.#options;
    const fault = faults.at(STORE_FAULTS);
    const sentMs = this.#nowOf(environment);
    const apply = (some: readonly Item[]) => {
      // A client's clock is read when the request is made, the store's own when it is done.
      const atMs = this.#options.clientClocks ? sentMs : EPOCH_MS + world.nowMs;
      return this.#apply(operation, some, atMs);
    };
    const late = (): string =>
      `late ${operation} ${this.#options.clientClocks ? sentMs : ""} ${JSON.stringify(items)}`;
    return environment.asks<readonly Answer[]>({
      says: `${operation}: ${fault}`,
      what: () => `${operation}: ${fault} ${JSON.stringify(items)}`,
      before: BEFORE[fault],
      happens: () => {
        const says = `${operation}: ${fault}`;
        if (fault !== "none") environment.note(says);
        if (fault === "store failed, nothing written") return { says, error: failure() };
        if (fault === "answered with an error, and written later") {
          world.in(faults.span(LATE_MS), undefined, () => void apply(items), late);
          return { says, error: failure() };
        }
        if (fault === "some items failed, some written")
          return { says, value: partly(items, apply) as never };
        const value = apply(items) as never;
        environment.note(`${operation} ${items.map(({ id }) => id.slice(0, 4)).join(" ")}`);
        if (fault === "written, and a copy arrives later")
          world.in(
            faults.span(LATE_MS),
            undefined,
            () => {
              environment.note(`a late copy of ${operation}`);
              void apply(items);
            },
            late,
          );
        if (fault === "written, answer lost") return { says, error: failure() };
        const afterMs = fault === "written, answer late" ? faults.span(LATE_MS.slice(0, 2)) : 1;
        const after = AFTER[fault];
        return after ? { says, value, afterMs, after } : { says, value, afterMs };
      },
    });
  }
}

/** Every second one by itself, as DynamoDB answers a batch. */
async function partly(
  items: readonly Item[],
  apply: (some: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const error: Answer = { kind: "error", error: failure() };
  const written = await apply(items.filter((_, index) => index % 2 === 1));
  return items.map((_, index) => (index % 2 === 1 ? (written[(index - 1) / 2] ?? error) : error));
}
