/** Platform events in JSON: what Lambda writes where the log format is JSON, and what telemetry extensions pass on. */

import { outcomeOf } from "./lambda-text.ts";
import type { Said } from "./line.ts";
import { instantOf } from "./instant.ts";

type Shape = Readonly<Record<string, unknown>>;

/** @returns `undefined`: it is none; `[]`: one that says nothing about a request */
export function platformEvent(value: Shape): readonly Said[] | undefined {
  const { type, record } = value;
  if (typeof type !== "string" || !type.startsWith("platform.")) return undefined;
  const atMs = instantOf(value["time"]);
  const when = atMs === undefined ? {} : { atMs };
  // Of old, START and its like stood here as text.
  if (typeof record !== "object" || record === null) {
    if (type !== "platform.fault" || typeof record !== "string") return [];
    const [, requestId] = /RequestId:\s*(\S+)/.exec(record) ?? [];
    return requestId === undefined ? [] : [{ kind: "failed", requestId, outcome: "crash", ...when }];
  }
  const { requestId, version, status, errorType, metrics } = record as Shape;
  if (typeof requestId !== "string" || requestId === "") return [];
  switch (type) {
    case "platform.start":
      return [{ kind: "started", requestId, ...(typeof version === "string" ? { version } : {}), ...when }];
    case "platform.end":
      return [{ kind: "ended", by: "end", requestId, outcome: "unknown", ...when }];
    case "platform.runtimeDone":
    case "platform.report": {
      const numbers = measured(metrics);
      const outcome = outcomeOf(textOf(status), textOf(errorType), numbers.memoryMb, numbers.maxMemoryMb);
      const by = type === "platform.report" ? "report" : "runtimeDone";
      return [{ kind: "ended", by, requestId, outcome, ...numbers, ...when }];
    }
    case "platform.fault":
      return [{ kind: "failed", requestId, outcome: "crash", ...when }];
    default:
      return [];
  }
}

interface Measured {
  readonly durationMs?: number;
  readonly initMs?: number;
  readonly memoryMb?: number;
  readonly maxMemoryMb?: number;
}

function measured(metrics: unknown): Measured {
  if (typeof metrics !== "object" || metrics === null) return {};
  const from = metrics as Shape;
  const names = {
    durationMs: "durationMs",
    initMs: "initDurationMs",
    memoryMb: "memorySizeMB",
    maxMemoryMb: "maxMemoryUsedMB",
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, theirs]) =>
      typeof from[theirs] === "number" ? [[name, from[theirs]]] : [],
    ),
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
