/** When nobody could write: a frozen process with SQLite's write lock in hand stops every other, and no lease ends a file's lock. */

/** In milliseconds of `performance.now()`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An ordinary writer is through long before. */
const PROBE_MS = 100;
const STANDSTILL_MS = 1_000;

/** `isHeld` is asked ten times a second; what it says without a break for a second is a standstill. */
export function watchStandstills(isHeld: () => boolean): { readonly stop: () => readonly Span[] } {
  const spans: Span[] = [];
  let sinceMs: number | undefined;
  const probe = (): void => {
    const nowMs = performance.now();
    if (isHeld()) {
      sinceMs ??= nowMs;
      return;
    }
    if (sinceMs !== undefined && nowMs - sinceMs >= STANDSTILL_MS)
      spans.push({ fromMs: sinceMs, toMs: nowMs });
    sinceMs = undefined;
  };
  const timer = setInterval(probe, PROBE_MS);
  return {
    stop() {
      clearInterval(timer);
      return spans;
    },
  };
}

/** Those that no standstill has touched. */
export const outside = <T extends Span>(
  recoveries: readonly T[],
  standstills: readonly Span[],
): readonly T[] =>
  recoveries.filter(
    ({ fromMs, toMs }) => !standstills.some((span) => span.fromMs < toMs && fromMs < span.toMs),
  );
