/** Many schedules, one after the other; a failing one is told with everything that repeats it. */

import { type Counts, noCounts, runSchedule } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { Slot, warmed } from "./slots.ts";
import type { MakeMemory } from "./store.ts";
import { Tape } from "./tape.ts";
import type { Law, Violation } from "./laws.ts";

export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The schedule as short and as dull as it can be and still break the same law. */
  readonly choices: readonly number[];
  /** What happens in it, line by line. */
  readonly trace: readonly string[];
}

export interface Simulated {
  readonly schedules: number;
  readonly counts: Counts;
  readonly failures: readonly Failure[];
}

export interface SimulateOptions {
  readonly seed: number;
  readonly schedules: number;
  /** Only a schedule that breaks this law is a failure. @default any */
  readonly law?: Law | undefined;
  /** @default 1 */
  readonly maxFailures?: number;
  /** What decides and keeps records. @default the memory store */
  readonly memory?: MakeMemory;
  /** Called now and then with how many are done; what it answers ends the run when it is false. */
  readonly progress?: (done: number) => boolean | void;
}

const BETWEEN = 256;

/**
 * Runs `schedules` random schedules, the first from `seed`, the next from the number after it.
 * The same seed gives the same schedule on every machine.
 *
 * @example
 * const { failures } = await simulate({ seed: 1, schedules: 1_000 });
 * for (const { seed, trace } of failures) console.error(seed, trace.join("\n"));
 */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { seed, schedules, law, maxFailures = 1, memory, progress } = options;
  const world: Repeated = { slots: await simulated(), ...(memory && { memory }) };
  const counts = noCounts();
  const failures: Failure[] = [];
  let done = 0;
  for (; done < schedules && failures.length < maxFailures; done += 1) {
    if (done % BETWEEN === 0) {
      // Timers and signals of the process have their turn.
      await new Promise((resolve) => setImmediate(resolve));
      if (progress?.(done) === false) break;
    }
    const tape = Tape.ofSeed(seed + done);
    const violations = await runSchedule({ tape, ...world, counts });
    if (law === undefined ? violations.length > 0 : violations.some((one) => one.law === law))
      failures.push(
        await explained(seed + done, tape, law ? [law] : violations.map((one) => one.law), world),
      );
  }
  return { schedules: done, counts, failures };
}

/** What every run of a schedule has in common. */
interface Repeated {
  readonly slots: readonly Slot[];
  readonly memory?: MakeMemory;
}

/** The line by line account of one schedule. */
export async function traced(
  choices: readonly number[],
  world: Repeated,
): Promise<{ readonly violations: readonly Violation[]; readonly trace: readonly string[] }> {
  const trace: string[] = [];
  const violations = await runSchedule({
    tape: new Tape(choices),
    ...world,
    counts: noCounts(),
    trace: (line) => void trace.push(line),
  });
  return { violations, trace };
}

async function explained(
  seed: number,
  tape: Tape,
  broken: readonly Law[],
  world: Repeated,
): Promise<Failure> {
  const laws = new Set(broken);
  const choices = await shrink(tape.taken, async (values) => {
    const found = await runSchedule({ tape: new Tape(values), ...world, counts: noCounts() });
    return found.some(({ law }) => laws.has(law));
  });
  const { violations: left, trace } = await traced(choices, world);
  return {
    seed,
    violations: left,
    choices,
    trace: [...trace, ...left.map(({ law, text }) => `VIOLATED ${law}: ${text}`)],
  };
}

let made: Promise<readonly Slot[]> | undefined;

/** The engines that every schedule of this process runs on. */
export function simulated(): Promise<readonly Slot[]> {
  made ??= (async () => {
    const slots = [new Slot(), new Slot(), new Slot()];
    await warmed(slots);
    return slots;
  })();
  return made;
}
