/** Virtual time: what is due, in order, and one thing at a time. */

/** A process as far as time goes: what it waits for is dropped when it is killed, and held while it is frozen. */
export interface Owner {
  readonly name: string;
  readonly killed: boolean;
  readonly frozenUntilMs: number;
}

interface Action {
  readonly owner: Owner | undefined;
  readonly run: () => void;
  readonly what: (() => string) | undefined;
  readonly serial: number;
  dueMs: number;
  cancelled: boolean;
}

/** A microtask from a promise costs half of one from `queueMicrotask`, which makes a resource for async hooks. */
const RESOLVED = Promise.resolve();

export class Endless extends Error {}

export interface WorldOptions {
  /** Chooses among what is due at the same moment. @default the one that was asked for first */
  readonly choose?: (width: number) => number;
  /** Asked before each step; the world ends where it is when it answers false. */
  readonly goesOn?: () => boolean;
  /** More than this never ends. @default 20_000 */
  readonly maxSteps?: number;
}

export class World {
  nowMs = 0;
  steps = 0;
  #serial = 0;
  #actions: Action[] = [];
  readonly #choose: ((width: number) => number) | undefined;
  readonly #maxSteps: number;
  readonly #goesOn: (() => boolean) | undefined;

  constructor({ choose, goesOn, maxSteps = 20_000 }: WorldOptions = {}) {
    this.#goesOn = goesOn;
    this.#choose = choose;
    this.#maxSteps = maxSteps;
  }

  /**
   * @param what says what it will do, where the rest of the state does not.
   * @returns what cancels it.
   */
  in(ms: number, owner: Owner | undefined, run: () => void, what?: () => string): () => void {
    const action = {
      dueMs: this.nowMs + Math.max(0, ms),
      owner,
      run,
      what,
      serial: (this.#serial += 1),
      cancelled: false,
    };
    this.#actions.push(action);
    return () => {
      action.cancelled = true;
    };
  }

  /**
   * Until nothing is due any more. Each turn is a tick of Node's own, asked for by a promise: it comes when every promise
   * that could go on has done so. So one action's consequences are complete before the next begins, and nothing waits
   * for real time.
   */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (this.#goesOn?.() === false) return resolve();
          const action = this.#take();
          if (!action) return resolve();
          this.steps += 1;
          if (this.steps > this.#maxSteps)
            throw new Endless(`still going on after ${this.#maxSteps} steps, at ${this.nowMs} ms`);
          if (action.dueMs > this.nowMs) this.nowMs = action.dueMs;
          action.run();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        void RESOLVED.then(next);
      };
      const next = (): void => process.nextTick(turn);
      void RESOLVED.then(next);
    });
  }

  #take(): Action | undefined {
    let first: Action | undefined;
    let alive = 0;
    const actions = this.#actions;
    for (let index = 0; index < actions.length; index += 1) {
      const action = actions[index] as Action;
      if (action.cancelled || action.owner?.killed) continue;
      actions[alive] = action;
      alive += 1;
      const { owner } = action;
      // Suspended between invocations: until the next one, if there is any.
      if (owner?.frozenUntilMs === Number.POSITIVE_INFINITY) continue;
      if (owner && owner.frozenUntilMs > action.dueMs) action.dueMs = owner.frozenUntilMs;
      if (
        !first ||
        action.dueMs < first.dueMs ||
        (action.dueMs === first.dueMs && action.serial < first.serial)
      )
        first = action;
    }
    actions.length = alive;
    if (!first) return undefined;
    const chosen = this.#choose ? this.#among(first.dueMs, this.#choose) : first;
    actions.splice(actions.indexOf(chosen), 1);
    return chosen;
  }

  /** Whether anything is still to come to this one. */
  waits(owner: Owner): boolean {
    return this.#actions.some((action) => !action.cancelled && action.owner === owner);
  }

  /** What is still to come: when, to whom, and what. */
  pending(): string {
    return this.#actions
      .filter((action) => !action.cancelled && action.owner?.killed !== true)
      .map(({ dueMs, owner, what }) => `${dueMs - this.nowMs}${owner?.name ?? ""}${what?.() ?? ""}`)
      .join(" ");
  }

  #among(dueMs: number, choose: (width: number) => number): Action {
    const ready = this.#actions.filter(
      (action) =>
        action.dueMs <= Math.max(dueMs, this.nowMs) &&
        action.owner?.frozenUntilMs !== Number.POSITIVE_INFINITY,
    );
    ready.sort((one, other) => one.serial - other.serial);
    return ready[ready.length > 1 ? choose(ready.length) : 0] as Action;
  }
}
