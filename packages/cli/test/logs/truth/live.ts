/** Messages, and deliveries while their invocations last. */

import type { Verdict } from "@effectively-once/runtime";
import type { Outcome } from "../../../src/logs/model.ts";
import type { ToldLine, Truth } from "./definition.ts";
import type { KeyRun } from "./key-truth.ts";

export const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders";
export const BUCKET = "arn:aws:s3:::pictures";

export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A delivery while its invocation lasts. */
export interface Live {
  readonly message: Message;
  readonly receive: number;
  readonly receivedAtMs: number;
  readonly invocation: LiveInvocation;
  readonly fails: boolean;
  readonly durationMs: number;
  readonly run: KeyRun;
  readonly before: Live | undefined;
  /** Whether the run before was still going on. */
  readonly beside: boolean;
  readonly keySeen: boolean;
  truth: Mutable<Truth>;
  told: ToldLine | undefined;
  named: boolean;
  leader: Live | undefined;
}

export interface LiveInvocation {
  readonly requestId: string;
  readonly function: string;
  readonly version: string;
  readonly stream: string;
  readonly startMs: number;
  readonly retry: number;
  readonly guarded: boolean;
  lives: Live[];
  /** As planned, until it has ended. */
  endMs: number;
  outcome: Exclude<Outcome, "unknown">;
  ended: boolean;
}

export interface Message {
  readonly id: string | undefined;
  readonly key: string;
  readonly source: string;
  readonly sentAtMs: number | undefined;
  readonly by: "producer" | "redrive";
  receives: number;
  firstReceivedAtMs: number | undefined;
  deleted: boolean;
  /** Its last delivery so far. */
  last: Live | undefined;
}

export type Batch = readonly {
  readonly message: Message;
  readonly receive: number;
  readonly receivedAtMs: number;
}[];

export function isRun(verdict: Verdict): boolean {
  return verdict === "first" || verdict === "retry" || verdict === "takeover";
}
