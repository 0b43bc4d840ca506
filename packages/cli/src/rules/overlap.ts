/** Whether one event can pass two deliveries from the same source. */

import { isDeepStrictEqual } from "node:util";

/** `maybe`: it depends on what is not known, or on the events themselves. */
export type Overlap = "same" | "maybe" | "none";

/** Of the notification of a bucket: the events it is about, and the object keys. */
export interface Keys {
  readonly selection: string;
  readonly prefix: string;
  readonly suffix: string;
}

export function overlapOfKeys(left: Keys, right: Keys): Overlap {
  const prefixes = left.prefix.startsWith(right.prefix) || right.prefix.startsWith(left.prefix);
  const suffixes = left.suffix.endsWith(right.suffix) || right.suffix.endsWith(left.suffix);
  if (!prefixes || !suffixes) return "none";
  const events = [left.selection, right.selection].map((text) => text.match(/s3:[\w:]+\*?|s3:\*/gu) ?? []);
  const [here = [], there = []] = events;
  if (here.length === 0 || there.length === 0) return left.selection === right.selection ? "same" : "maybe";
  return here.some((one) => there.some((other) => matches(one, other) || matches(other, one)))
    ? "same"
    : "none";
}

/** A bucket's own notification, against a rule for the events that the bucket sends to EventBridge. */
export function overlapOfKeysAndPattern(bucket: string, keys: Keys, text: string): Overlap {
  const pattern = parsed(text);
  if (pattern === undefined) return "maybe";
  if (!lists(pattern["source"], "aws.s3")) return "none";
  const types = ["Created", "Deleted"].filter((type) => lists(pattern["detail-type"], `Object ${type}`));
  const events = { Created: "s3:ObjectCreated:", Deleted: "s3:ObjectRemoved:" } as const;
  if (!types.some((type) => keys.selection.includes(events[type as keyof typeof events]))) return "none";
  const detail = isPattern(pattern["detail"]) ? pattern["detail"] : {};
  const { bucket: inBucket, object } = detail;
  const name = isPattern(inBucket) ? inBucket["name"] : undefined;
  // The name may be another one for the same bucket.
  if (!lists(name, bucket) || object !== undefined) return "maybe";
  return "same";
}

/** Event patterns and filter policies: lists of what a field may be. Equal texts let the same through, whatever they mean. */
export function overlapOfPatterns(left: string, right: string): Overlap {
  if (left === right) return "same";
  const [[scope, policy], [otherScope, otherPolicy]] = [scoped(left), scoped(right)];
  // Of two filters that look at different things, both may let one event through.
  if (scope !== otherScope && policy !== "" && otherPolicy !== "") return "maybe";
  const [here, there] = [parsed(policy), parsed(otherPolicy)];
  if (here === undefined || there === undefined) return "maybe";
  const { apart, implies, impliedBy } = compared(here, there);
  if (apart) return "none";
  return implies || impliedBy ? "same" : "maybe";
}

/** Without a filter. */
export function letsAllThrough(selection: string): boolean {
  const pattern = parsed(selection);
  return pattern !== undefined && Object.keys(pattern).length === 0;
}

/** Schedules are no events that two rules could share: each makes its own, and may give it another input. */
export function isSchedule(selection: string): boolean {
  return /^\W*(?:rate|cron|at)\(/u.test(selection);
}

/** A subscription's filter looks at the message's attributes or at its body. */
function scoped(selection: string): readonly [scope: string, policy: string] {
  const [, scope = "", policy = ""] = /^(MessageAttributes|MessageBody) (.*)$/su.exec(selection) ?? [];
  return scope === "" ? ["", selection] : [scope, policy];
}

type Pattern = Readonly<Record<string, unknown>>;

function parsed(text: string): Pattern | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return {};
    return isPattern(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPattern(value: unknown): value is Pattern {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Compared {
  /** No event passes both. */
  readonly apart: boolean;
  /** What passes the left one passes the right one. */
  readonly implies: boolean;
  readonly impliedBy: boolean;
}

function compared(left: Pattern, right: Pattern): Compared {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const all = names.map((name): Compared => comparedField(left[name], right[name]));
  return {
    apart: all.some(({ apart }) => apart),
    implies: all.every(({ implies }) => implies),
    impliedBy: all.every(({ impliedBy }) => impliedBy),
  };
}

function comparedField(left: unknown, right: unknown): Compared {
  if (left === undefined) return { apart: false, implies: false, impliedBy: true };
  if (right === undefined) return { apart: false, implies: true, impliedBy: false };
  if (isDeepStrictEqual(left, right)) return { apart: false, implies: true, impliedBy: true };
  if (isPattern(left) && isPattern(right)) return compared(left, right);
  if (!isPlainList(left) || !isPlainList(right)) return { apart: false, implies: false, impliedBy: false };
  return {
    apart: !left.some((one) => right.includes(one)),
    implies: left.every((one) => right.includes(one)),
    impliedBy: right.every((one) => left.includes(one)),
  };
}

/** Without content filters: `[{ "prefix": "…" }]`. */
function isPlainList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null);
}

/** Whether a field may have this value; one that is not asked about may have any. */
function lists(field: unknown, value: string): boolean {
  return field === undefined || (Array.isArray(field) && field.includes(value));
}

function matches(event: string, selector: string): boolean {
  return selector.endsWith("*") ? event.startsWith(selector.slice(0, -1)) : event === selector;
}
