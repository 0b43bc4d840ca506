/** What can go wrong at each point where a process waits for something, and how often it did. */

import { OnceError } from "@effectively-once/runtime";
import type { Tape } from "./tape.ts";

/** At a request to the store. The first is none; a shrunk schedule has the most of those. */
export const STORE_FAULTS = [
  "none",
  "killed before the request was sent",
  "frozen before the request was sent",
  "store failed, nothing written",
  "written, answer lost",
  "written, killed before the answer",
  "written, frozen before the answer",
  "written, answer late",
  "written, and a copy arrives later",
  "answered with an error, and written later",
  "some items failed, some written",
] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];

/** Those that befall the process before its request is sent. */
export const BEFORE: Readonly<Partial<Record<StoreFault, "kill" | "freeze">>> = {
  "killed before the request was sent": "kill",
  "frozen before the request was sent": "freeze",
};
/** Those that befall it when the request was done. */
export const AFTER: Readonly<Partial<Record<StoreFault, "kill" | "freeze">>> = {
  "written, killed before the answer": "kill",
  "written, frozen before the answer": "freeze",
};

export function failure(): OnceError {
  return new OnceError("store-error", "the store did not answer", { retryable: true });
}

export const EFFECT_FAULTS = [
  "none",
  "killed before the effect",
  "frozen before the effect",
  "effect refused",
  "effect done, error answered",
  "effect done, killed before the answer",
  "effect done, frozen before the answer",
  "effect slow",
] as const;
export type EffectFault = (typeof EFFECT_FAULTS)[number];

export const QUEUE_FAULTS = [
  "none",
  "request to SQS lost",
  "answer of SQS lost",
  "killed after SQS",
] as const;
export type QueueFault = (typeof QUEUE_FAULTS)[number];

/** What a handler itself does wrong. */
export const HANDLER_FAULTS = [
  "none",
  "handler throws",
  "handler throws Permanent",
  "handler swallows errors",
] as const;

export const REPLY_FAULTS = ["none", "killed before the reply", "reply lost", "deletes lost"] as const;
export type ReplyFault = (typeof REPLY_FAULTS)[number];

/**
 * Several faults of one sort in one schedule show what one of each does not: a process that sleeps while its requests
 * arrive late, answers that are lost again and again.
 */
export const THEMES: readonly (ReadonlySet<string> | undefined)[] = [
  undefined,
  new Set([
    "frozen before the request was sent",
    "written, frozen before the answer",
    "written, and a copy arrives later",
    "answered with an error, and written later",
    "frozen before the effect",
    "effect done, frozen before the answer",
    "handler throws",
    "killed before the effect",
  ]),
  new Set([
    "written, answer lost",
    "written, answer late",
    "written, killed before the answer",
    "effect done, killed before the answer",
    "effect done, error answered",
    "some items failed, some written",
    "reply lost",
    "deletes lost",
    "answer of SQS lost",
  ]),
];

export interface FaultOptions {
  readonly tape: Tape;
  /** Of each point. */
  readonly probability: number;
  /** The faults of this schedule, when it has a theme. */
  readonly theme: ReadonlySet<string> | undefined;
  /** No more faults than this in one schedule. */
  readonly budget: number;
  readonly counts: Record<string, number>;
}

export class Faults {
  readonly #options: FaultOptions;
  #left: number;
  /** False once the world is to come to rest. */
  active = true;

  constructor(options: FaultOptions) {
    this.#options = options;
    this.#left = options.budget;
  }

  get left(): number {
    return this.#left;
  }

  at<Fault extends string>(kinds: readonly Fault[]): Fault {
    const { theme } = this.#options;
    const [none] = kinds as readonly [Fault];
    if (!this.active || this.#left === 0) return none;
    if (theme)
      return this.#one(
        none,
        kinds.filter((kind) => kind === none || theme.has(kind)),
      );
    return this.#one(none, kinds);
  }

  /** What a schedule has that is not drawn at a point of waiting. */
  happened(what: string): void {
    const { counts } = this.#options;
    counts[what] = (counts[what] ?? 0) + 1;
  }

  #one<Fault extends string>(none: Fault, kinds: readonly Fault[]): Fault {
    const { tape, probability } = this.#options;
    if (kinds.length === 1) return none;
    const fault = kinds[tape.rarely(probability, kinds.length)] ?? none;
    if (fault !== none) {
      this.#left -= 1;
      this.happened(fault);
    }
    return fault;
  }

  /** One of several lengths, the shortest first. */
  span(spansMs: readonly number[]): number {
    return spansMs[this.#options.tape.pick(spansMs.length)] ?? 0;
  }
}

/** Shorter than a lease, longer than it, longer than a function lives. */
export const FREEZES_MS: readonly number[] = [5_000, 35_000, 95_000];
export const LATE_MS: readonly number[] = [12_000, 33_000, 45_000, 90_000, 600_000, 864_000_000];
