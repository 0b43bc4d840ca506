/** Verdicts beside the truth. */

import { judge } from "../../../src/logs/judge.ts";
import type { Context, Entry, Judged } from "../../../src/logs/model.ts";
import type { Settings, Truth } from "./definition.ts";
import { entriesOf } from "./entries.ts";
import { contextOf, join } from "./join.ts";
import { play } from "./play.ts";

export interface Told {
  readonly truth: Truth;
  /** Whether the queue gave one of its receives twice: when one of them is missing, the other's cause is told. */
  readonly twice: boolean;
  readonly judged: Judged | undefined;
}

/** Plays a pipeline, joins its entries, judges them, and puts each verdict beside its truth. */
export function told(
  settings: Settings,
  messages: number,
  { partialResponses, ...known }: Partial<Context> & { partialResponses?: boolean },
  lose?: (entry: Entry) => boolean,
): readonly Told[] {
  const segments = [...play(settings, messages)];
  const entries = segments
    .flatMap(({ rans }) => rans.flatMap(entriesOf))
    .filter((entry) => !lose?.(entry))
    .toSorted((left, right) => left.atMs - right.atMs);
  const joined = join(entries);
  const found = contextOf(joined, known);
  const functions = new Map(
    [...joined.functions].map(([name, traits]) => [
      name,
      partialResponses === undefined || name !== "orders" ? traits : { ...traits, partialResponses },
    ]),
  );
  const context = { ...found, functions };
  const judged = new Map<string, Judged>();
  for (const deliveries of joined.byKey.values())
    for (const one of judge(deliveries, context)) {
      const { delivery } = one;
      judged.set(
        idOf(
          delivery.invocation?.requestId,
          delivery.invocation?.startMs ?? delivery.atMs,
          delivery.messageId ?? delivery.key,
        ),
        one,
      );
    }
  const twice = new Set(
    segments.flatMap(({ truths }) =>
      truths.filter(({ cause }) => cause === "queue-duplicate").map(({ messageId }) => messageId),
    ),
  );
  return segments.flatMap(({ truths }) =>
    truths.map((truth) => ({
      truth,
      twice: twice.has(truth.messageId),
      judged: judged.get(idOf(truth.requestId, truth.atMs - 2, truth.messageId ?? truth.key)),
    })),
  );
}

function idOf(requestId: string | undefined, startMs: number, id: string): string {
  return `${requestId} ${startMs} ${id}`;
}

/** A guard was there, and did not live to tell of it. */
export function untold({ truth }: Told, { guarded }: Settings): boolean {
  return guarded && truth.messageId !== undefined && !truth.told;
}

/** Readers make an id for events that have none, of what names them: what has the same came again. */
function originOf({ origin, messageId, verdict }: Truth, { delivery }: Judged): Judged["origin"] {
  const made = messageId === undefined && delivery.messageId !== undefined;
  return made && (verdict === "busy" || verdict === "duplicate") ? "redelivery" : origin;
}

export function right({ truth, judged }: Told): boolean {
  return (
    judged?.verdict === truth.verdict &&
    judged.origin === originOf(truth, judged) &&
    judged.cause === truth.cause &&
    judged.ran === truth.ran
  );
}

const VISIBILITY: ReadonlySet<unknown> = new Set(["batching-window", "throttling"]);

export function rightOrUnknown({ truth, judged, twice }: Told, known: boolean): boolean {
  if (!judged) return true;
  const { verdict, origin, cause, ran, beside } = judged;
  return (
    (verdict === truth.verdict || verdict === "unknown") &&
    (origin === originOf(truth, judged) || origin === undefined) &&
    (cause === truth.cause ||
      cause === "unknown" ||
      cause === undefined ||
      twice ||
      // Nothing in the logs shows that messages may fail alone.
      (cause === "partial-responses-off" && truth.cause === "failure-retry") ||
      // Without the visibility timeout these three cannot be told apart.
      (!known && cause === "visibility-expired" && VISIBILITY.has(truth.cause))) &&
    (ran === truth.ran || ran === "unknown") &&
    (beside === undefined || truth.verdict === "busy" || truth.verdict === "duplicate")
  );
}

export function sentence({ truth, judged }: Told): string {
  const said =
    judged &&
    [judged.verdict, judged.origin, judged.cause, judged.ran, judged.beside ?? "", judged.reason ?? ""].join(
      " ",
    );
  return `${truth.key} ${truth.messageId?.slice(0, 4)} #${truth.receiveCount} at ${truth.atMs}, ${truth.outcome}${truth.told ? ", told" : ""}: is ${[truth.verdict, truth.origin, truth.cause, truth.ran].join(" ")}, was said to be ${said}`;
}
