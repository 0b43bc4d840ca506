/** Records as rows of a SQL table, and back. A row that is not a record is an error, never a guess (D-14). */

import { openSteps } from "../../core/record.ts";
import { isOnceError, OnceError } from "../../errors.ts";
import {
  RECORD_VERSION,
  type State,
  type Step,
  type Steps,
  type StoredRecord,
  type WonVerdict,
} from "../../store.ts";
import { decodeText, encodeText } from "./text.ts";

/** In the order in which `toRow` gives their values. */
export const COLUMNS = [
  "id",
  "version",
  "scope",
  "label",
  "state",
  "token",
  "fence",
  "attempts",
  "rev",
  "lease_until_ms",
  "run_until_ms",
  "expires_at_ms",
  "fingerprint",
  "message_id",
  "function_name",
  "correlation_id",
  "generation",
  "verdict",
  "first_attempt_at_ms",
  "held_at_ms",
  "steps",
  "open",
  "result",
] as const;

export type Column = (typeof COLUMNS)[number];
/** What a driver answered: text, numbers, or integers as text. */
export type RawRow = Readonly<Record<string, unknown>>;
export type ColumnValue = string | number | boolean | null;

const STATES: readonly State[] = ["claimed", "failed", "released", "completed"];
const VERDICTS: readonly WonVerdict[] = ["first", "retry", "takeover"];

/** `open` says whether a step is open, so that conditions in SQL need not look into the steps. */
export function toRow(record: StoredRecord): ColumnValue[] {
  return [
    record.id,
    record.version,
    encodeText(record.scope),
    encodeText(record.label),
    record.state,
    record.token,
    record.fence,
    record.attempts,
    record.rev,
    Math.round(record.leaseUntilMs),
    Math.round(record.runUntilMs),
    rounded(record.expiresAtMs),
    encoded(record.fingerprint),
    encoded(record.messageId),
    encoded(record.functionName),
    encoded(record.correlationId),
    record.generation,
    record.verdict,
    Math.round(record.firstAttemptAtMs),
    rounded(record.heldAtMs),
    JSON.stringify(encodeSteps(record.steps)),
    openSteps(record.steps).length > 0,
    encoded(record.result),
  ];
}

export function toRecord(row: RawRow): StoredRecord {
  try {
    const version = integer(row, "version");
    // A newer layout is answered by its version alone; its other columns may mean something else.
    const known = version <= RECORD_VERSION;
    return {
      id: String(row["id"]),
      version,
      scope: text(row, "scope") ?? "",
      label: text(row, "label") ?? "",
      state: known ? oneOf(STATES, row, "state") : (String(row["state"]) as State),
      token: String(row["token"]),
      fence: integer(row, "fence"),
      attempts: integer(row, "attempts"),
      rev: integer(row, "rev"),
      leaseUntilMs: integer(row, "lease_until_ms"),
      runUntilMs: integer(row, "run_until_ms"),
      expiresAtMs: optional(row, "expires_at_ms"),
      fingerprint: text(row, "fingerprint"),
      messageId: text(row, "message_id"),
      functionName: text(row, "function_name"),
      correlationId: text(row, "correlation_id"),
      generation: integer(row, "generation"),
      verdict: known ? oneOf(VERDICTS, row, "verdict") : (String(row["verdict"]) as WonVerdict),
      firstAttemptAtMs: integer(row, "first_attempt_at_ms"),
      heldAtMs: optional(row, "held_at_ms"),
      steps: decodeSteps(row["steps"], known),
      result: text(row, "result"),
    };
  } catch (cause) {
    if (isOnceError(cause)) throw cause;
    throw new OnceError(
      "record-unreadable",
      `The record ${String(row["id"])} cannot be read (${cause instanceof Error ? cause.message : String(cause)}): something else wrote it, ` +
        "or it is damaged. Look at it with `npx effectively-once records show`, and forget it when nothing of it runs.",
      { cause },
    );
  }
}

/** Names and values as any database can hold them; a mark in front is undone by `decodeSteps`. */
export function encodeSteps(steps: Steps): Steps {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]): [string, Step] => [
      encodeText(name),
      step.value === undefined ? step : { ...step, value: encodeText(step.value) },
    ]),
  );
}

function decodeSteps(value: unknown, known: boolean): Steps {
  const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new TypeError("its steps are not an object");
  return Object.fromEntries(
    Object.entries(parsed).map(([name, step]): [string, Step] => {
      if (known && !isStep(step)) throw new TypeError("one of its steps is not a step");
      return [
        decodeText(name),
        step.value === undefined ? step : { ...step, value: decodeText(String(step.value)) },
      ];
    }),
  );
}

function isStep(step: unknown): step is Step {
  if (typeof step !== "object" || step === null || !("state" in step)) return false;
  return step.state === "intent" || step.state === "done";
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}

function encoded(value: string | undefined): string | null {
  return value === undefined ? null : encodeText(value);
}

function text(row: RawRow, column: Column): string | undefined {
  const value = row[column];
  return value === null || value === undefined ? undefined : decodeText(String(value));
}

function optional(row: RawRow, column: Column): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

/** `pg` gives a bigint as text. */
function integer(row: RawRow, column: Column): number {
  const value = row[column];
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number))
    throw new TypeError(`its ${column} is not a whole number`);
  return number;
}

function oneOf<T extends string>(values: readonly T[], row: RawRow, column: Column): T {
  const found = values.find((value) => value === row[column]);
  if (found === undefined) throw new TypeError(`its ${column} is none of ${values.join(", ")}`);
  return found;
}
