/** One execution environment of the function: its clocks, its life, and everything that it waits for. */

import { hash } from "node:crypto";
import type { Clock, Random } from "@effectively-once/runtime";
import { EFFECT_FAULTS, type Faults, FREEZES_MS } from "./faults.ts";
import type { Owner, World } from "./world.ts";

/** Any day will do; leases are differences. */
export const EPOCH_MS = 1_700_000_000_000;

export interface EnvironmentOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly name: string;
  /** How far its wall clock is from the store's. */
  readonly skewMs: () => number;
  readonly note: (environment: Environment, text: string) => void;
  /** Whether `history` is kept, which takes time. */
  readonly remembers: boolean;
  readonly onKill: (environment: Environment) => void;
}

export class Environment implements Owner {
  killed = false;
  frozenUntilMs = 0;
  /** When Lambda kills the run; `undefined`: it is idle. */
  deadlineMs: number | undefined;
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly #options: EnvironmentOptions;
  /** Aborts when it is told that it will be ended. */
  readonly shutdown: AbortController = new AbortController();
  /** What it has been answered, in order: with its code, all that it knows. For exhaustive search. */
  history = "";
  #frozenMs = 0;
  #suspendedMs = 0;
  #tokens = 0;
  /** Requests that it waits for. */
  #asked = 0;

  constructor(options: EnvironmentOptions) {
    const { world, skewMs, name } = options;
    this.#options = options;
    this.name = name;
    this.clock = {
      wallMs: () => EPOCH_MS + world.nowMs + skewMs(),
      monotonicMs: () => this.#monotonicMs(),
      after: (ms, fn) => world.in(Number.isFinite(ms) ? ms : 0, this, fn),
    };
    this.random = { token: () => `${name}.${(this.#tokens += 1)}`, fraction: () => 0.5 };
  }

  kill(why: string): void {
    if (this.killed) return;
    this.killed = true;
    this.#options.note(this, why);
    this.#options.onKill(this);
  }

  /** Stands still while the environment is suspended or frozen. */
  #monotonicMs(): number {
    const { nowMs } = this.#options.world;
    if (this.frozenUntilMs === Number.POSITIVE_INFINITY) return this.#suspendedMs - this.#frozenMs;
    return nowMs - this.#frozenMs + Math.max(0, this.frozenUntilMs - nowMs);
  }

  freeze(why: string): void {
    const { world, faults, note } = this.#options;
    const ms = faults.span(FREEZES_MS);
    // One that is suspended stays so until it is called again; one that is frozen may be frozen for longer.
    const fromMs = Math.max(this.frozenUntilMs, world.nowMs);
    const untilMs = world.nowMs + ms;
    if (untilMs <= fromMs) return;
    this.frozenUntilMs = untilMs;
    this.#frozenMs += untilMs - fromMs;
    note(this, `${why}, for ${ms} ms`);
  }

  /** Between invocations Lambda suspends the environment. */
  suspend(): void {
    this.#suspendedMs = this.#options.world.nowMs;
    this.frozenUntilMs = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    if (this.frozenUntilMs !== Number.POSITIVE_INFINITY) return;
    const { world, remembers } = this.#options;
    this.#frozenMs += world.nowMs - this.#suspendedMs;
    // Nothing that it measured with its clock is left either.
    if (remembers && this.#idle()) {
      this.history = "";
      this.#frozenMs = 0;
    }
    this.frozenUntilMs = world.nowMs;
  }

  #idle(): boolean {
    return this.#asked === 0 && !this.#options.world.waits(this);
  }

  note(text: string): void {
    this.#options.note(this, text);
  }

  /**
   * Something outside, asked for and answered. `fault` says what happens on the way there and back; `happens` is done
   * by the other side, whatever has become of this process since the request was sent.
   */
  asks<T>(request: Request<T>): Promise<T> {
    const { world } = this.#options;
    const { beforeMs = 1, happens } = request;
    return new Promise((resolve, reject) => {
      // Promises that were settled in the moment it was killed go on for a moment.
      if (this.killed) return;
      this.#asked += 1;
      const answer = (settle: () => void, afterMs: number) =>
        world.in(afterMs, this, () => {
          this.#asked -= 1;
          settle();
        });
      const arrive = (): void => {
        const done = happens();
        if (this.#options.remembers) this.#rememberAnswer(done);
        if (done.after === "kill") this.kill(done.says);
        else if (done.after === "freeze") this.freeze(done.says);
        if ("error" in done) answer(() => reject(done.error as Error), done.afterMs ?? 1);
        else answer(() => resolve(done.value), done.afterMs ?? 1);
      };
      if (request.before === "kill") return this.kill(request.says ?? "killed");
      if (request.before === "freeze") this.freeze(request.says ?? "frozen");
      // What was not sent before a freeze is sent after it.
      const send = (): void => {
        if (request.signal?.aborted) {
          this.#asked -= 1;
          reject(request.signal.reason as Error);
        } else world.in(1, undefined, arrive, () => `${this.name} ${request.what?.() ?? request.says}`);
      };
      if (this.frozenUntilMs > world.nowMs || beforeMs > 1) world.in(beforeMs - 1, this, send);
      else send();
    });
  }

  #rememberAnswer(done: Happened<unknown>): void {
    const said =
      "error" in done
        ? "error"
        : JSON.stringify(done.value, (_name, value: unknown) => (value instanceof Error ? "error" : value));
    this.remember(`${done.says} ${said}`);
  }

  remember(what: string): void {
    const { remembers, world } = this.#options;
    if (remembers) this.history = hash("md5", `${this.history}${world.nowMs} ${what}`, "base64");
  }

  /** All of it that decides what it will do. One that waits for nothing has nothing in mind but its next token. */
  state(): string {
    if (this.killed) return "killed";
    const mind = this.#idle() ? "" : `${this.#frozenMs} ${this.history}`;
    return [this.name, this.frozenUntilMs, this.#tokens, this.shutdown.signal.aborted, mind].join();
  }

  /** An effect of a handler, at the other side. */
  effect<T>(name: string, change: () => T, workMs: number, signal?: AbortSignal): Promise<T> {
    const fault = this.#options.faults.at(EFFECT_FAULTS);
    const slow = fault === "effect slow";
    return this.asks<T>({
      says: `${name}: ${fault}`,
      signal,
      before:
        fault === "killed before the effect"
          ? "kill"
          : fault === "frozen before the effect"
            ? "freeze"
            : undefined,
      beforeMs: slow ? 70_000 : workMs,
      happens: () => {
        if (fault === "effect refused") {
          this.note(`${name}: ${fault}`);
          return { says: fault, error: new Refused(name) };
        }
        const value = change();
        this.note(`${name}: done${fault === "none" ? "" : `, ${fault}`}`);
        const says = `${name}: ${fault}`;
        if (fault === "effect done, error answered") return { says, error: new Error(name) };
        if (fault === "effect done, killed before the answer") return { says, value, after: "kill" };
        if (fault === "effect done, frozen before the answer") return { says, value, after: "freeze" };
        return { says, value };
      },
    });
  }
}

export interface Request<T> {
  readonly says?: string;
  readonly before?: "kill" | "freeze" | undefined;
  /** All that the other side is asked for: a process that is killed forgets it, and it arrives all the same. */
  readonly what?: () => string;
  /** How long it takes until it is sent: what is killed meanwhile never sends it. */
  readonly beforeMs?: number;
  /** A handler that is told to stop sends nothing more; one that ignores it would go on in a later invocation. */
  readonly signal?: AbortSignal | undefined;
  readonly happens: () => Happened<T>;
}
export type Happened<T> = {
  readonly says: string;
  readonly after?: "kill" | "freeze";
  readonly afterMs?: number;
} & ({ readonly value: T } | { readonly error: unknown });

/** The other side says that nothing has happened. */
export class Refused extends Error {}
