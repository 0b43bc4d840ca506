/** The simulator on several threads: seeds are dealt out in pieces, counts are added up. */

import { Worker } from "node:worker_threads";
import { join } from "node:path";
import type { Law, Simulated } from "@effectively-once/testkit/sim";

const PIECE = 2_000;

export interface Total {
  schedules: number;
  steps: number;
  readonly checks: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly failures: Simulated["failures"][number][];
}

export interface Asked {
  readonly seed: number;
  readonly schedules: number;
  readonly law?: Law | undefined;
}

/** Until all are run, a law is violated, or `goesOn` says no; a piece that is running is waited for. */
export async function onThreads(
  { seed, schedules, law }: Asked,
  threads: number,
  goesOn: (total: Total) => boolean,
): Promise<Total> {
  const total: Total = { schedules: 0, steps: 0, checks: {}, faults: {}, failures: [] };
  let next = 0;
  async function lane(): Promise<void> {
    const worker = new Worker(join(import.meta.dirname, "thread.ts"), {
      execArgv: ["--disable-warning=ExperimentalWarning", "--conditions=@effectively-once/source"],
    });
    try {
      while (next < schedules && total.failures.length === 0 && goesOn(total)) {
        const piece: Asked = { law, seed: seed + next, schedules: Math.min(PIECE, schedules - next) };
        next += piece.schedules;
        add(total, await answered(worker, piece));
      }
    } finally {
      await worker.terminate();
    }
  }
  await Promise.all(Array.from({ length: threads }, lane));
  return total;
}

function answered(worker: Worker, piece: Asked): Promise<Simulated> {
  return new Promise((resolve, reject) => {
    worker.once("message", (simulated: Simulated) => {
      worker.off("error", reject);
      resolve(simulated);
    });
    worker.once("error", reject);
    worker.postMessage(piece);
  });
}

function add(total: Total, { schedules, counts, failures }: Simulated): void {
  total.schedules += schedules;
  total.steps += counts.steps;
  for (const name of ["checks", "faults"] as const)
    for (const [what, count] of Object.entries(counts[name]))
      total[name][what] = (total[name][what] ?? 0) + count;
  total.failures.push(...failures);
}
