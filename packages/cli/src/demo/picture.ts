/** The demo's three sides as a picture: each delivery as the guard told it, or as a guard would have. */

import { judge } from "../logs/judge.ts";
import type { Delivery, Invocation, Judged } from "../logs/model.ts";
import type {
  PictureData,
  PictureDelivery,
  PictureFigure,
  PictureMessage,
  PictureSection,
} from "../picture/data.ts";
import { gapsOf } from "../picture/gaps.ts";
import type { SeenDelivery } from "./deliveries.ts";
import type { DemoReport, GuardedCount, SideCount } from "./report.ts";
import type { SideName } from "./side.ts";
import type { ToldDelivery } from "./told.ts";

export interface SeenSide {
  readonly side: SideName;
  readonly seen: readonly SeenDelivery[];
  readonly told: readonly ToldDelivery[];
}

const NOTES: Readonly<Record<SideName, string>> = {
  naive: "No guard: every delivery runs. The verdicts are those that a guard would have given.",
  naiveKeyed:
    "No guard, but the payment service is given the order's id as a key: charges are not doubled, rows are. The verdicts are those that a guard would have given.",
  guarded:
    "The verdicts are the guard's own. A process that was killed could not say its own: such a delivery is unknown, unless it can only have been the key's first.",
};
const KILLED: ReadonlySet<string> = new Set(["crash", "timeout"]);

export function demoPicture(
  report: DemoReport,
  sides: readonly SeenSide[],
  visibilitySeconds: number,
): PictureData {
  return {
    title: "One traffic, three consumers, the same faults",
    generatedFrom: `effectively-once demo, seed ${report.seed}, store ${report.store}: ${report.naive.messages} orders from one queue each, whose visibility timeout is ${visibilitySeconds} s.`,
    sections: sides.map((side) => sectionOf(side, report[side.side], visibilitySeconds)),
  };
}

function sectionOf(
  { side, seen, told }: SeenSide,
  counts: SideCount | GuardedCount,
  visibilitySeconds: number,
): PictureSection {
  const tellings = new Map(told.map((one) => [placeOf(one), one]));
  const byKey = Map.groupBy(seen, ({ orderId }) => orderId);
  const messages = [...byKey].map(([key, ofKey]): PictureMessage => {
    const deliveries = ofKey.map((one) => deliveryOf(one, tellings.get(placeOf(one))));
    const judged = judge(deliveries, {
      complete: true,
      fromMs: seen[0]?.startMs ?? 0,
      toMs: seen.at(-1)?.startMs ?? 0,
      visibilityTimeoutSeconds: visibilitySeconds,
    });
    return {
      key,
      deliveries: judged.map((one, at) => {
        const ofIt = ofKey[at] as SeenDelivery;
        const said = side === "guarded" ? asSaid(one, at, judged) : one;
        return drawn(said, ofIt, tellings.get(placeOf(ofIt)), visibilitySeconds * 1_000);
      }),
    };
  });
  const all = messages.flatMap(({ deliveries }) => deliveries);
  const again = all.filter(({ verdict }) => verdict === "busy" || verdict === "duplicate");
  const gaps = gapsOf(
    all.flatMap(({ gapMs }) => gapMs ?? []),
    visibilitySeconds * 1_000,
  );
  return {
    id: side,
    name: side,
    notes: [NOTES[side]],
    summary: {
      keys: messages.length,
      deliveries: all.length,
      verdicts: countBy(all.map(({ verdict }) => verdict)),
      origins: countBy(all.flatMap(({ origin }) => origin ?? [])),
      repeatedRuns: again.filter(({ ran }) => ran === true).length,
      suppressed: again.filter(({ ran }) => ran === false).length,
      figures: figuresOf(counts),
    },
    messages,
    ...(gaps ? { gaps } : {}),
    visibilityTimeoutMs: visibilitySeconds * 1_000,
  };
}

function figuresOf(counts: SideCount | GuardedCount): readonly PictureFigure[] {
  const { messages, effects, duplicatedEffects, lost } = counts;
  return [
    { label: "orders", value: messages },
    { label: "effects (charges and rows)", value: effects },
    { label: "doubled effects", value: duplicatedEffects, tone: "bad" },
    { label: "lost orders", value: lost, tone: "bad" },
    ...("inDoubt" in counts ? [{ label: "held for a person", value: counts.inDoubt }] : []),
  ];
}

function deliveryOf(seen: SeenDelivery, told: ToldDelivery | undefined): Delivery {
  return {
    atMs: seen.startMs,
    key: seen.orderId,
    messageId: seen.messageId,
    receiveCount: seen.receiveCount,
    sentAtMs: undefined,
    firstReceivedAtMs: undefined,
    source: undefined,
    failed: seen.failed,
    invocation: invocationOf(seen),
    told: told && { ...told },
  };
}

function invocationOf(seen: SeenDelivery): Invocation {
  const { messageId, receiveCount, startMs, endMs, outcome, batch } = seen;
  const id = `${messageId} ${receiveCount}`;
  return {
    id,
    requestId: id,
    stream: "",
    function: undefined,
    startMs,
    endMs,
    durationMs: endMs === undefined ? undefined : endMs - startMs,
    outcome,
    outcomeSaid: endMs !== undefined,
    deliveries: batch,
    retry: 0,
  };
}

/**
 * Where the guard itself has not told, what would be worked out need not be what it said: a lease may have been held. Only the
 * key's first delivery is sure, and that not when the guard has called a later one first: it had not come to its claim.
 */
function asSaid(one: Judged, at: number, all: readonly Judged[]): Judged {
  if (one.delivery.told) return one;
  if (at === 0 && !all.some(({ delivery }) => delivery.told?.verdict === "first")) return one;
  return {
    ...one,
    verdict: "unknown",
    reason: "its process was killed before it could say what the guard had said, if it had come to that",
    origin: undefined,
    ran: "unknown",
    cause: undefined,
  };
}

function drawn(
  { delivery, verdict, reason, origin, ran, gapMs, cause }: Judged,
  seen: SeenDelivery,
  told: ToldDelivery | undefined,
  visibilityMs: number,
): PictureDelivery {
  const { startMs, endMs, outcome } = seen;
  const hiddenTo =
    told?.visibilityLeftMs === undefined ? startMs + visibilityMs : told.endMs + told.visibilityLeftMs;
  return {
    startMs,
    // The guard's own end is that of the delivery; the invocation's is that of its whole batch.
    ...ifDefined("endMs", told?.endMs ?? endMs),
    verdict,
    ...ifDefined("reason", reason),
    ...ifDefined("origin", origin),
    ran,
    outcome: told?.ending ?? outcome,
    ...ifDefined("attempt", told?.attempt),
    receiveCount: seen.receiveCount,
    messageId: seen.messageId,
    visibility: { fromMs: startMs, toMs: hiddenTo },
    ...(told?.leaseLeftMs === undefined
      ? {}
      : { lease: { fromMs: startMs, toMs: told.endMs + told.leaseLeftMs } }),
    ...(endMs !== undefined && !delivery.told && KILLED.has(outcome) ? { killedAtMs: endMs } : {}),
    ...ifDefined("gapMs", gapMs),
    ...ifDefined("cause", cause),
  };
}

function ifDefined<K extends string, V>(name: K, value: V | undefined): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in K]: V });
}

function placeOf({
  messageId,
  receiveCount,
}: {
  readonly messageId: string | undefined;
  readonly receiveCount: number | undefined;
}): string {
  return `${messageId} ${receiveCount}`;
}

function countBy<T extends string>(words: readonly T[]): Partial<Record<T, number>> {
  const counts: Partial<Record<T, number>> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
