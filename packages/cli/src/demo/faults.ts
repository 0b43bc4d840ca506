/** What befalls the processes: the same seeded plan on every side. */

import { seeded } from "./traffic.ts";

export interface Fault {
  readonly atMs: number;
  readonly kind: "kill" | "freeze";
  /** Which of the running environments, as a share of their number. */
  readonly which: number;
}

/** Past the lease and past the visibility timeout: what thaws is a zombie. */
export const FREEZE_MS = 3_500;

/** Kills and freezes while the traffic runs; none after it, so that the end is reached. */
export function faults(seed: number, untilMs: number): readonly Fault[] {
  const random = seeded(seed ^ 0x5eed);
  const plan: Fault[] = [];
  for (let atMs = 800; atMs < untilMs; atMs += 300 + random() * 900)
    plan.push({ atMs, kind: random() < 0.6 ? "kill" : "freeze", which: random() });
  return plan;
}

/** Starts the plan's timers; answers what stops them. */
export function inject(plan: readonly Fault[], running: () => readonly number[]): () => void {
  const timers = plan.map(({ atMs, kind, which }) =>
    setTimeout(() => {
      const pids = running();
      const pid = pids[Math.floor(which * pids.length)];
      if (pid === undefined) return;
      signalTo(pid, kind === "kill" ? "SIGKILL" : "SIGSTOP");
      if (kind === "freeze") setTimeout(() => signalTo(pid, "SIGCONT"), FREEZE_MS).unref();
    }, atMs),
  );
  return () => timers.forEach(clearTimeout);
}

function signalTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}
