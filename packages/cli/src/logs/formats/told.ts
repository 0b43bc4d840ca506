/** What this project's runtime tells of a delivery: `message completed` and its like through any logger, and the lines of `dev --json`. */

import type { Origin, Verdict } from "@effectively-once/runtime";
import { inspected } from "./inspected.ts";
import { instantOf } from "./instant.ts";
import type { Said } from "./line.ts";
import { own } from "./own.ts";
import { outcomeOf } from "./lambda-text.ts";

type Shape = Readonly<Record<string, unknown>>;

const VERDICTS: ReadonlySet<unknown> = new Set<Verdict>([
  "first",
  "retry",
  "takeover",
  "busy",
  "duplicate",
  "mismatch",
  "in-doubt",
  "invalid",
]);
const ORIGINS: ReadonlySet<unknown> = new Set<Origin>(["redelivery", "resend"]);
const TEXT = /message [a-z-]+ (\{[\s\S]*\})\s*$/;

/** The fields of a record, where the logger has put them; `undefined`: it is no such record. */
export function toldIn(value: Shape): Said | undefined {
  const { scope, ending, acknowledged, key, message_id: messageId } = value;
  if (typeof scope !== "string" || typeof ending !== "string" || typeof acknowledged !== "boolean")
    return undefined;
  return {
    kind: "told",
    ending,
    acknowledged,
    ...textual({ key, messageId }),
    ...numeric({
      attempt: value["attempt"],
      receiveCount: value["receive_count"],
      durationMs: value["duration_ms"],
    }),
    ...judged(value),
  };
}

/** As console writes it: the fields as Node shows objects, after the text. */
export function toldInText(text: string): Said | undefined {
  const [, fields] = text.includes("acknowledged") ? (TEXT.exec(text) ?? []) : [];
  const shown = fields === undefined ? undefined : inspected(fields);
  return shown && toldIn(shown);
}

/**
 * A line of `dev --json`. A handler without a guard tells nothing: then it is a delivery in an invocation of its own, whose
 * id is made up of the message's.
 */
export function devLine(value: Shape): readonly Said[] | undefined {
  const { at, messageId, receiveCount, outcome, invocation, ending, key, durationMs } = value;
  if (
    !("invocation" in value && "receiveCount" in value && "verdict" in value) ||
    typeof messageId !== "string"
  )
    return undefined;
  const endMs = instantOf(at);
  if (endMs === undefined || typeof invocation !== "string") return [];
  const common = { ...textual({ messageId, key }), ...numeric({ receiveCount }) };
  const took = typeof durationMs === "number" ? durationMs : 0;
  const told: Said = {
    kind: "told",
    atMs: endMs,
    ...common,
    ...numeric({ durationMs }),
    ending: String(ending),
    acknowledged: outcome === "deleted" || outcome === "delete-failed",
    ...judged(value),
  };
  if (typeof ending === "string") return [told];
  // Nothing of the handler has run.
  if (/^(?:not-started|init-error|throttled|too-large)$/.test(invocation)) return [];
  const requestId = `${messageId}#${String(receiveCount)}`;
  const result =
    invocation === "crash" ? outcomeOf("error", "Runtime.ExitError") : outcomeOf(invocation, undefined);
  const failed = invocation === "success" && outcome === "reported";
  return [
    { kind: "started", requestId, atMs: endMs - took },
    { kind: "delivery", requestId, atMs: endMs - took, ...common },
    ...(failed ? [{ kind: "delivery-failed", requestId, messageId, atMs: endMs } as const] : []),
    { kind: "ended", by: "runtimeDone", requestId, outcome: result, durationMs: took, atMs: endMs },
  ];
}

/** A line that a handler has logged through `correlated` or with `correlationFields`: it ran for this key. */
export function correlatedIn(value: Shape): string | undefined {
  const { correlation_id: id, idempotency_key: key, attempt } = value;
  return typeof id === "string" && typeof key === "string" && key !== "" && typeof attempt === "number"
    ? key
    : undefined;
}

function judged({ verdict, origin }: Shape): { readonly verdict?: Verdict; readonly origin?: Origin } {
  return {
    ...(VERDICTS.has(verdict) ? { verdict: verdict as Verdict } : {}),
    ...(ORIGINS.has(origin) ? { origin: origin as Origin } : {}),
  };
}

function textual<Name extends string>(values: Record<Name, unknown>): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name in values) {
    const value = values[name];
    if (typeof value === "string" && value !== "") found[name] = own(value);
  }
  return found;
}

function numeric<Name extends string>(values: Record<Name, unknown>): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {};
  for (const name in values) {
    const value = values[name];
    if (typeof value === "number" && Number.isFinite(value)) found[name] = value;
  }
  return found;
}
