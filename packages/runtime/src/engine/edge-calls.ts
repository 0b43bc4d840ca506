/**
 * Calls that leave through an edge, which makes them idempotent without a verb around them: how each is named, and that a
 * name means the same call in every attempt (B-09).
 */

import { differingFields, fingerprint } from "../core/fingerprint.ts";
import { derivedKey, printable } from "../core/key.ts";
import { OnceError } from "../errors.ts";
import type { Step } from "../store.ts";
import type { Attempt } from "./attempt.ts";
import { runningVerb, type Verb } from "./in-verb.ts";
import { checkBegin, checkOpen, ensureLease, forGood, warn, writeSteps } from "./verbs.ts";

export interface EdgeCall {
  /** The operation, for example `sqs.SendMessage`. */
  readonly operation: string;
  /** What it is done to: a queue, a topic, a table. */
  readonly target: string;
  /** What must be the same in every attempt; `false`: nothing need be. */
  readonly input: unknown;
  /** The user's own name for it, in the place of its occurrence. */
  readonly name: string | undefined;
}

type NamedCall = EdgeCall & { readonly name: string };

export interface BegunCall {
  /** The key for the call, or for a part of it: the same in every attempt. */
  key(part?: string): string;
  /** It may or may not have happened: the same call, made again in this attempt, is this one. */
  failed(): void;
}

const PREFIX = "(edge) ";
const WITHIN = " › ";
const MAX_TARGET = 80;

/** A call as it was last made in its attempt. */
interface Made {
  readonly print: string;
  readonly within: Verb | undefined;
  failed: boolean;
}
/** The calls of each attempt, by name. */
const calls: WeakMap<Attempt, Map<string, Made>> = new WeakMap();

/**
 * Before the call is sent: names it and remembers what it is.
 *
 * @throws `edge-changed` when an earlier attempt sent something else under this name; as a verb does, when nothing more may
 * begin, and when the store does not confirm. The call must not be sent then.
 */
export async function beginEdgeCall(attempt: Attempt, call: EdgeCall): Promise<BegunCall> {
  const { id } = attempt.request;
  checkOpen(attempt, call.operation);
  const print = call.input === false ? "" : fingerprint(bytesAsText(call.input, 0), id);
  const within = runningVerb(attempt);
  within?.used();
  const those = callsOf(attempt);
  // Calls within a verb are counted by themselves, because a later attempt may leave the verb out.
  const base = PREFIX + (within ? within.name + WITHIN : "") + call.operation;
  const { name: given } = call;
  const name =
    given === undefined
      ? unnamed(attempt, those, `${base} ${printable(call.target, MAX_TARGET)}`, { print, within }, call)
      : named(those, base, within, { ...call, name: given });
  const remembered = attempt.won.steps[name];
  if (remembered && !isSame(remembered.value, print)) throw changed(attempt, name, remembered, call, print);
  const known = remembered !== undefined || those.get(name)?.print === print;
  const made: Made = { print, within, failed: false };
  those.set(name, made);
  attempt.names.set(name, "done");
  await ensureLease(attempt, 0);
  if (!known) await memorize(attempt, name, call, print);
  return {
    key: (part = "") => derivedKey(id, attempt.won.generation, name + (part && `/${part}`)),
    failed: () => {
      made.failed = true;
    },
  };
}

/** Where one of them was not to be compared, nothing is known to differ. */
function isSame(before: string | undefined, now: string): boolean {
  return before === now || before === "" || now === "";
}

function callsOf(attempt: Attempt): Map<string, Made> {
  let those = calls.get(attempt);
  if (!those) calls.set(attempt, (those = new Map()));
  return those;
}

/** Whether a call of this attempt is to be made again: it has failed, or the verb that made it has and is tried again. */
function comesAgain(made: Made, within: Verb | undefined): boolean {
  return made.failed || made.within !== within;
}

/** The user's own name is one call's, until that call comes again. */
function named(
  those: ReadonlyMap<string, Made>,
  base: string,
  within: Verb | undefined,
  call: NamedCall,
): string {
  if (printable(call.name, 128) !== call.name || call.name === "")
    throw new OnceError(
      "name-invalid",
      `A call's name is 1 to 128 printable characters, got ${JSON.stringify(call.name.slice(0, 40))}.`,
    );
  const name = `${base} = ${call.name}`;
  const made = those.get(name);
  if (made && !comesAgain(made, within))
    throw new OnceError(
      "name-reused",
      `The name "${call.name}" is given to two calls of ${call.operation} in one attempt, and the second would be taken for the first. Give each its own.`,
    );
  return name;
}

/** By occurrence; a call that comes again is the same, and one that only came in another order is found again. */
function unnamed(
  attempt: Attempt,
  those: ReadonlyMap<string, Made>,
  base: string,
  { print, within }: Pick<Made, "print" | "within">,
  call: EdgeCall,
): string {
  for (const [name, made] of those)
    if (made.print === print && name.startsWith(`${base} #`) && comesAgain(made, within)) return name;
  let count = 0;
  let name: string;
  do name = `${base} #${(count += 1)}`;
  while (attempt.names.has(name));
  const { steps } = attempt.won;
  const remembered = steps[name];
  if (!remembered || isSame(remembered.value, print)) return name;
  const [moved] = Object.entries(steps)
    .filter(
      ([other, { value }]) => other.startsWith(`${base} #`) && value === print && !attempt.names.has(other),
    )
    .map(([other]) => other);
  if (moved === undefined) throw changed(attempt, name, remembered, call, print);
  warn(
    attempt,
    "edge-reordered",
    `${moved.slice(PREFIX.length)} came in another order in an earlier attempt. It is the same call and goes with the same token; ` +
      "where several calls of one operation run beside each other, give each a name of its own.",
  );
  return moved;
}

/** Written before the call is sent: a process that dies after it must find what its name stood for. */
async function memorize(attempt: Attempt, name: string, call: EdgeCall, value: string): Promise<void> {
  const step: Step = { kind: "edge", state: "intent", atMs: attempt.storeNowMs(), value };
  const refused = await writeSteps(attempt, { set: { [name]: step } });
  if (refused)
    throw attempt.refuse(
      forGood(refused)
        ? refused
        : new OnceError(
            "store-error",
            `The store did not confirm that ${call.operation} is about to be sent, so it was not sent. The message comes again.`,
            { retryable: true, cause: refused },
          ),
    );
  checkBegin(attempt);
}

function changed(attempt: Attempt, name: string, before: Step, call: EdgeCall, now: string): OnceError {
  const fields = differingFields(before.value, now).join(", ");
  return attempt.refuse(
    new OnceError(
      "edge-changed",
      `${name.slice(PREFIX.length)} was another call in an earlier attempt of this message${fields ? ` (differing in: ${fields})` : ""}: ` +
        `its token would stand for two different things, so ${call.operation} was not sent. Make the same calls with the same input in every attempt; ` +
        "give a call that comes and goes a `name` of its own, and leave out of the `fingerprint` what may differ.",
    ),
  );
}

/** Whether this remembered step is a call within a verb that this attempt came by, and did not run again. */
export function withinVisited(step: string, names: ReadonlyMap<string, unknown>): boolean {
  if (!step.startsWith(PREFIX)) return false;
  const end = step.lastIndexOf(WITHIN);
  return end !== -1 && names.has(step.slice(PREFIX.length, end));
}

const MAX_DEPTH = 64;

/** What JSON has no equal view of, in a form that has one. */
function bytesAsText(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH)
    throw new OnceError(
      "edge-changed",
      "The input of this call is nested too deep to be remembered. Give it a flat form, or a `fingerprint` of its own.",
    );
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value))
    return `(bytes) ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}`;
  if (value instanceof ArrayBuffer) return bytesAsText(new Uint8Array(value), depth);
  if (value instanceof Set || value instanceof Map || Array.isArray(value))
    return [...value].map((one) => bytesAsText(one, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, bytesAsText(one, depth + 1)]));
}
