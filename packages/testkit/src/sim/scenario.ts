/** What a schedule is about, before anything has happened: traffic, code, and how much goes wrong. */

import { THEMES } from "./faults.ts";
import { type Body, type Program, PROGRAMS } from "./programs.ts";
import type { QueueRules } from "./queue.ts";
import type { TakeoverMode } from "./slots.ts";
import type { Tape } from "./tape.ts";

export interface Sent {
  readonly body: Body;
  readonly atMs: number;
  readonly group: string;
}

export interface Work {
  readonly id: string;
  readonly program: Program;
  /** Its handler kills its process, each time. */
  readonly poison: boolean;
  readonly slow: boolean;
}

export interface Scenario {
  readonly queue: QueueRules;
  readonly works: readonly Work[];
  readonly sent: readonly Sent[];
  readonly environments: number;
  readonly batchSize: number;
  /** Leases are judged by the clocks of who asks. */
  readonly clientClocks: boolean;
  readonly skewsMs: readonly number[];
  /** The wall clock of the first place is set while it runs. */
  readonly clock: { readonly setAtMs: number | undefined; readonly byMs: number };
  /** When the process of the first place is told that it will be ended (SIGTERM). */
  readonly shutdownAtMs: number | undefined;
  /** The source has a `hold` destination. */
  readonly hold: boolean;
  readonly onTakeover: TakeoverMode;
  /** When the changed handler is deployed. */
  readonly deployAtMs: number | undefined;
  /** When a person first looks at what is held. */
  readonly operatorAtMs: number | undefined;
  readonly copies: boolean;
  /** How long an invocation may take. */
  readonly timeoutMs: number;
  readonly theme: ReadonlySet<string> | undefined;
  readonly faultProbability: number;
  readonly faultBudget: number;
}

/** Of a client whose clock decides (DynamoDB corrects it by the server's date), and where the store's own does. */
const CORRECTED_MS = [0, 2_000, -2_000];
const SKEWS_MS = [0, 600_000, -600_000, 20_000];
const VISIBILITIES_MS = [70_000, 20_000, 40_000];

export function scenarioOf(tape: Tape): Scenario {
  const fifo = tape.rarely(0.3, 2) === 1;
  const poisoned = tape.rarely(0.1, 2) === 1;
  const count = 1 + tape.rarely(0.5, 3);
  const works: Work[] = [];
  const sent: Sent[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = `w${index}`;
    const program = PROGRAMS[tape.pick(PROGRAMS.length)] as Program;
    works.push({ id, program, poison: poisoned && index === 0, slow: tape.rarely(0.15, 2) === 1 });
    const group = tape.rarely(0.3, 2) === 1 ? "h" : "g";
    const body = { work: id, payload: 0 };
    sent.push({ body, atMs: index, group });
    const again = tape.rarely(0.3, 4);
    if (again > 0) sent.push({ body, atMs: [0, 10, 5_000, 45_000][again] ?? 0, group });
    if (tape.rarely(0.05, 2) === 1) sent.push({ body: { work: id, payload: 1 }, atMs: 20, group });
  }
  if (tape.rarely(0.03, 2) === 1) sent.push({ body: { payload: 0 }, atMs: 30, group: "g" });
  const environments = 2 + tape.rarely(0.2, 2);
  const clientClocks = tape.rarely(0.3, 2) === 1;
  const skews = clientClocks ? CORRECTED_MS : SKEWS_MS;
  return {
    queue: {
      fifo,
      visibilityMs: VISIBILITIES_MS[tape.pick(3)] ?? 70_000,
      maxReceives: 3 + tape.pick(3),
      lenient: tape.rarely(0.2, 2) === 1,
    },
    works,
    sent: sent.toSorted((one, other) => one.atMs - other.atMs),
    environments,
    batchSize: 1 + tape.pick(3),
    clientClocks,
    skewsMs: Array.from({ length: 3 }, () => skews[tape.rarely(0.3, skews.length)] ?? 0),
    clock: {
      setAtMs: [undefined, 3, 8_000, 35_000][tape.rarely(0.15, 4)],
      byMs: clientClocks ? 2_000 : ([3_600_000, -3_600_000][tape.pick(2)] ?? 0),
    },
    shutdownAtMs: [undefined, 3, 10, 12_000][tape.rarely(0.1, 4)],
    hold: tape.rarely(0.15, 2) === 1,
    onTakeover: tape.rarely(0.1, 2) === 1 ? "hold" : "rerun",
    deployAtMs: [undefined, 2, 5_000, 60_000][tape.rarely(0.15, 4)],
    operatorAtMs: [undefined, 45_000, 65_000, 130_000][tape.rarely(0.2, 4)],
    copies: tape.rarely(0.1, 2) === 1,
    timeoutMs: [60_000, 300_000][tape.pick(2)] ?? 60_000,
    theme: THEMES[tape.rarely(0.5, 3)],
    faultProbability: [0.05, 0.15, 0.4][tape.pick(3)] ?? 0.05,
    // A poisoned schedule has no other fault: what the poison alone does is what is looked at.
    faultBudget: poisoned ? 0 : tape.pick(6),
  };
}
