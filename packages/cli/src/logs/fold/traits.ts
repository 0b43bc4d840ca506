/** What the log as a whole says of each function, for the judgement of single deliveries. */

import { KILLED } from "../trace.ts";
import type { FunctionTraits, Invocation } from "../model.ts";
import type { Slot } from "./slots.ts";

interface Known {
  guarded: boolean;
  partialResponses: boolean;
  killedSilently: { fromMs: number; toMs: number } | undefined;
  readonly versions: Map<string, number>;
}

export class TraitsCounter {
  readonly #functions = new Map<string, Known>();

  add(name: string, { outcome, version, startMs, endMs }: Invocation, slots: readonly Slot[]): void {
    let known = this.#functions.get(name);
    if (!known) {
      known = { guarded: false, partialResponses: false, killedSilently: undefined, versions: new Map() };
      this.#functions.set(name, known);
    }
    for (const { told, failed } of slots) {
      if (told.length > 0) known.guarded = true;
      if (failed && outcome === "success") known.partialResponses = true;
    }
    const fromMs = startMs ?? endMs;
    if (slots.length === 0 && KILLED.has(outcome) && fromMs !== undefined) {
      const silent = (known.killedSilently ??= { fromMs, toMs: fromMs });
      silent.fromMs = Math.min(silent.fromMs, fromMs);
      silent.toMs = Math.max(silent.toMs, endMs ?? fromMs);
    }
    if (version === undefined || startMs === undefined) return;
    const firstMs = known.versions.get(version);
    if (firstMs === undefined || startMs < firstMs) known.versions.set(version, startMs);
  }

  done(): ReadonlyMap<string, FunctionTraits> {
    const traits = new Map<string, FunctionTraits>();
    for (const [name, { guarded, partialResponses, killedSilently, versions }] of this.#functions) {
      const [, ...deployedAtMs] = [...versions.values()].sort((left, right) => left - right);
      traits.set(name, {
        guarded,
        partialResponses: partialResponses || undefined,
        deployedAtMs,
        ...(killedSilently ? { killedSilently } : {}),
      });
    }
    return traits;
  }
}
