/** Every schedule of a small scope: each fault at each point, and each order of what is due at the same moment. */

import { hash } from "node:crypto";
import {
  EFFECT_FAULTS,
  FREEZES_MS,
  HANDLER_FAULTS,
  LATE_MS,
  QUEUE_FAULTS,
  REPLY_FAULTS,
  STORE_FAULTS,
} from "./faults.ts";
import type { Violation } from "./laws.ts";
import { type Program, PROGRAMS } from "./programs.ts";
import { simulated } from "./run.ts";
import type { Scenario, Sent } from "./scenario.ts";
import { noCounts, runSchedule } from "./schedule.ts";
import type { MakeMemory } from "./store.ts";
import { Tape } from "./tape.ts";

export interface Scope {
  readonly name: string;
  readonly says: string;
  readonly scenario: Omit<Scenario, "faultBudget">;
}

function program(name: string): Program {
  const found = PROGRAMS.find((one) => one.name === name);
  if (!found) throw new Error(`there is no program "${name}"`);
  return found;
}

const sent = (work: string, atMs: number): Sent => ({ body: { work, payload: 0 }, atMs, group: "g" });

function scenario(more: Partial<Scenario>): Omit<Scenario, "faultBudget"> {
  return {
    queue: { fifo: false, visibilityMs: 40_000, maxReceives: 3 },
    works: [{ id: "w0", program: program("charge, then the row"), poison: false, slow: false }],
    sent: [sent("w0", 0)],
    environments: 2,
    batchSize: 1,
    clientClocks: false,
    skewsMs: [0, 0, 0],
    clock: { setAtMs: undefined, byMs: 0 },
    shutdownAtMs: undefined,
    hold: false,
    onTakeover: "rerun",
    deployAtMs: undefined,
    operatorAtMs: undefined,
    copies: false,
    timeoutMs: 60_000,
    theme: undefined,
    // Any: whether there is a fault is counted through, not drawn.
    faultProbability: 0.5,
    ...more,
  };
}

const work = (id: string, name: string) => ({ id, program: program(name), poison: false, slow: false });

export const SCOPES: readonly Scope[] = [
  {
    name: "one key",
    says: "2 environments, one key sent 3 times, nothing but the key",
    scenario: scenario({
      works: [work("w0", "nothing but the key")],
      sent: [sent("w0", 0), sent("w0", 0), sent("w0", 1)],
    }),
  },
  {
    name: "plain",
    says: "2 environments, one message received up to 3 times, a mail",
    scenario: scenario({ works: [work("w0", "a mail")] }),
  },
  {
    name: "two effects",
    says: "2 environments, one message received up to 3 times, a charge and a commit",
    scenario: scenario({}),
  },
  {
    name: "two messages",
    says: "2 environments, two messages in one batch, each its own key",
    scenario: scenario({
      works: [work("w0", "nothing but the key"), work("w1", "index, stock")],
      sent: [sent("w0", 0), sent("w1", 0)],
      batchSize: 2,
    }),
  },
  {
    name: "fifo pair",
    says: "2 environments, two messages of one group of a FIFO queue",
    scenario: scenario({
      queue: { fifo: true, visibilityMs: 40_000, maxReceives: 3 },
      works: [work("w0", "nothing but the key"), work("w1", "nothing but the key")],
      sent: [sent("w0", 0), sent("w1", 0)],
      batchSize: 2,
    }),
  },
];

/** What is counted through at each point where a process waits. */
export const BOUNDS: readonly string[] = [
  `a request to the store or a COMMIT: ${STORE_FAULTS.join("; ")}`,
  `an effect: ${EFFECT_FAULTS.join("; ")}`,
  `a request to SQS: ${QUEUE_FAULTS.join("; ")}`,
  `a reply: ${REPLY_FAULTS.join("; ")}`,
  `a handler: ${HANDLER_FAULTS.join("; ")}`,
  `a freeze, in seconds: ${FREEZES_MS.map(seconds).join(", ")}; a late request or copy: ${LATE_MS.map(seconds).join(", ")}`,
];

function seconds(ms: number): string {
  return (ms / 1_000).toLocaleString("en-US");
}

export interface Exhausted {
  readonly scope: string;
  /** How many faults a schedule had at most. */
  readonly faults: number;
  readonly schedules: number;
  readonly states: number;
  /** Schedules that were left where another one had been before. */
  readonly met: number;
  /** Whether every schedule of these bounds was run; else the time was over. */
  readonly complete: boolean;
  readonly violations: readonly Found[];
}

export interface Found {
  readonly choices: readonly number[];
  readonly violations: readonly Violation[];
  /** What happens in it, line by line; of the first ones only. */
  readonly trace: readonly string[];
}

export interface ExhaustOptions {
  readonly scope: Scope;
  readonly faults: number;
  /** What decides and keeps records. @default the memory store */
  readonly memory?: MakeMemory;
  /** Ends before all is run when it answers false; asked now and then. */
  readonly goesOn?: (schedules: number, states: number) => boolean;
}

const BETWEEN = 256;
const TRACED = 3;

/**
 * Counts through every choice. A schedule that comes to a state in which another one was before goes no further: what
 * follows was run then. A state is what all that decides the future says: time, records, messages, effects made, what
 * each process has been answered, what is still to come, faults left.
 */
export async function exhaust(options: ExhaustOptions): Promise<Exhausted> {
  const { scope, faults, memory, goesOn = () => true } = options;
  const slots = await simulated();
  const seen = new Set<string>();
  const counts = noCounts();
  const failed: Found[] = [];
  const world = {
    slots,
    counts,
    scenario: { ...scope.scenario, faultBudget: faults },
    ...(memory && { memory }),
  };
  let given: readonly number[] | undefined = [];
  let schedules = 0;
  let met = 0;
  let complete = true;
  while (given) {
    if (schedules % BETWEEN === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!goesOn(schedules, seen.size)) {
        complete = false;
        break;
      }
    }
    const tape = new Tape(given);
    const prefix: number = given.length;
    const state = (text: () => string): boolean => {
      // On the way to the choice that is new, every state was there before.
      if (tape.taken.length < prefix) return true;
      const digest = hash("md5", text(), "base64");
      if (seen.has(digest)) {
        met += 1;
        return false;
      }
      seen.add(digest);
      return true;
    };
    const violations = await runSchedule({
      tape,
      ...world,
      choose: (width) => tape.pick(width),
      state,
    });
    schedules += 1;
    if (violations.length > 0) {
      const choices = [...tape.taken];
      const trace: string[] = [];
      if (failed.length < TRACED) {
        const again = new Tape(choices);
        await runSchedule({
          tape: again,
          ...world,
          choose: (width) => again.pick(width),
          trace: (line) => void trace.push(line),
        });
      }
      failed.push({ choices, violations, trace });
    }
    given = following(tape);
  }
  return { scope: scope.name, faults, schedules, states: seen.size, met, complete, violations: failed };
}

/** The next in the order of counting: the last choice that has another value left is moved on, and what follows is new. */
function following({ taken, widths }: Tape): readonly number[] | undefined {
  for (let at = taken.length - 1; at >= 0; at -= 1) {
    const value = taken[at] ?? 0;
    if (value + 1 < (widths[at] ?? 1)) return [...taken.slice(0, at), value + 1];
  }
  return undefined;
}
