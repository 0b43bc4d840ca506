/** Adds up the deliveries of one cause. */

import type { CauseAggregates, Example } from "./aggregates.ts";
import { isRepeatedRun, isSuppressed, receivedAtMs, waitOf } from "./harm.ts";
import type { Judged } from "./model.ts";
import { BY_SHARE, SpanCounter } from "./spans.ts";

const MAX_EXAMPLES = 3;
const MAX_VERSIONS = 20;

/** Holds counts, and at most three examples. */
export class CauseCounter {
  readonly #verdicts: Partial<Record<Judged["verdict"], number>> = {};
  readonly #gaps = new SpanCounter();
  readonly #durations = new SpanCounter(BY_SHARE);
  readonly #waits = new SpanCounter();
  readonly #versions = new Set<string>();
  readonly #examples: { readonly harm: boolean; readonly example: Example }[] = [];
  #deliveries = 0;
  #repeatedRuns = 0;
  #suppressed = 0;
  #overlapping = 0;
  #afterSuccess = 0;
  #largestBatch = 0;

  /** @param before the delivery that made it come again */
  add(one: Judged, before: Judged | undefined): void {
    const { delivery, verdict } = one;
    const earlier = before?.delivery;
    this.#deliveries++;
    this.#verdicts[verdict] = (this.#verdicts[verdict] ?? 0) + 1;
    const harm = isRepeatedRun(one);
    if (harm) this.#repeatedRuns++;
    if (isSuppressed(one)) this.#suppressed++;
    const gapMs = earlier && delivery.atMs - receivedAtMs(earlier);
    if (gapMs !== undefined) this.#gaps.add(gapMs);
    const run = earlier?.invocation;
    const durationMs = run?.durationMs ?? earlier?.told?.durationMs;
    if (durationMs !== undefined) this.#durations.add(durationMs);
    const waitMs = earlier && waitOf(earlier);
    if (waitMs !== undefined) this.#waits.add(waitMs);
    const endMs = run?.endMs ?? earlier?.told?.endMs;
    if (endMs !== undefined && delivery.atMs < endMs) this.#overlapping++;
    if (run?.outcome === "success" && earlier?.failed === false) this.#afterSuccess++;
    this.#largestBatch = Math.max(this.#largestBatch, run?.deliveries ?? 0);
    for (const version of [run?.version, delivery.invocation?.version])
      if (version !== undefined && this.#versions.size < MAX_VERSIONS) this.#versions.add(version);
    this.#example(one, harm, gapMs);
  }

  #example({ delivery, ran }: Judged, harm: boolean, gapMs: number | undefined): void {
    const full = this.#examples.length >= MAX_EXAMPLES;
    const harmless = this.#examples.findIndex((other) => !other.harm);
    if (full && (!harm || harmless < 0)) return;
    if (full) this.#examples.splice(harmless, 1);
    const { key, messageId, invocation, atMs } = delivery;
    this.#examples.push({
      harm,
      example: {
        key,
        ...(messageId === undefined ? {} : { messageId }),
        ...(invocation === undefined ? {} : { requestId: invocation.requestId }),
        atMs,
        ...(gapMs === undefined ? {} : { gapMs }),
        ran,
      },
    });
  }

  done(): CauseAggregates {
    return {
      deliveries: this.#deliveries,
      repeatedRuns: this.#repeatedRuns,
      suppressed: this.#suppressed,
      verdicts: { ...this.#verdicts },
      gaps: this.#gaps.done(),
      durations: this.#durations.done(),
      waits: this.#waits.done(),
      overlapping: this.#overlapping,
      afterSuccess: this.#afterSuccess,
      largestBatch: this.#largestBatch,
      versions: [...this.#versions],
      examples: this.#examples
        .toSorted((left, right) => Number(right.harm) - Number(left.harm))
        .map(({ example }) => example),
    };
  }
}
