/** Logs made up from a seed: environments that each run one invocation after another, with every way to end. */

import type { Entry, Outcome } from "../../../src/logs/model.ts";

export interface MadeUp {
  readonly seed: number;
  readonly environments?: number;
  /** Of each. */
  readonly invocations?: number;
  readonly format?: "text" | "json";
  /** Of all invocations: those that are killed without any line. */
  readonly killed?: number;
  /** Whether all environments' lines are in one file, without the names of their streams. */
  readonly oneFile?: boolean;
}

export function seeded(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** In the order of time. */
export function madeUp(options: MadeUp): Entry[] {
  const { seed, environments = 4, invocations = 25, format = "text", killed = 0, oneFile = false } = options;
  const random = seeded(seed);
  const entries: Entry[] = [];
  for (let environment = 0; environment < environments; environment += 1) {
    const stream = oneFile ? "all.log" : `2026/01/01/[1]${environment}`;
    let atMs = Math.floor(random() * 5_000);
    for (let at = 0; at < invocations; at += 1) {
      const requestId = `${seed}-${environment}-${at}`;
      const ms = 3 + Math.floor(random() * 2_000);
      const outcome = outcomeBy(random());
      const common = { requestId, stream, function: "orders" };
      entries.push({ ...common, kind: "started", atMs });
      const batch = 1 + Math.floor(random() * 4);
      // What dies at once has logged no message yet.
      if (outcome !== "crash" || random() < 0.5)
        for (let message = 0; message < batch; message += 1)
          entries.push({
            ...common,
            kind: "delivery",
            atMs: atMs + 1 + Math.floor(random() * 2),
            messageId: `m${Math.floor(random() * 500)}`,
          });
      if (random() >= killed) entries.push(...ending(common, atMs + ms, ms, outcome, format, random));
      atMs += ms + Math.floor(random() * 3_000) + (random() < 0.05 ? 120_000 : 1);
    }
  }
  return entries.sort((left, right) => left.atMs - right.atMs);
}

function ending(
  common: { readonly requestId: string; readonly stream: string; readonly function: string },
  atMs: number,
  ms: number,
  outcome: Exclude<Outcome, "unknown">,
  format: "text" | "json",
  random: () => number,
): Entry[] {
  const entries: Entry[] = [];
  if (outcome !== "success") entries.push({ ...common, kind: "failed", atMs, outcome });
  if (format === "text") entries.push({ ...common, kind: "ended", by: "end", atMs, outcome: "unknown" });
  // At the level INFO it is written of failures only.
  else if (outcome !== "success")
    entries.push({ ...common, kind: "ended", by: "runtimeDone", atMs, outcome });
  const said = format === "text" && outcome === "success" ? "unknown" : outcome;
  const later = atMs + (random() < 0.2 ? 2 : 0);
  return [...entries, { ...common, kind: "ended", by: "report", atMs: later, outcome: said, durationMs: ms }];
}

function outcomeBy(chance: number): Exclude<Outcome, "unknown"> {
  if (chance < 0.85) return "success";
  return chance < 0.93 ? "error" : chance < 0.97 ? "timeout" : "crash";
}
