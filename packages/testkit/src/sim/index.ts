/** The simulator: the real engine through thousands of schedules of faults, in virtual time. */

export { BOUNDS, exhaust, type Exhausted, SCOPES, type Scope } from "./exhaustive.ts";
export { type Law, LAWS, type Violation } from "./laws.ts";
export { type Failure, type Simulated, simulate, type SimulateOptions } from "./run.ts";
export type { Counts } from "./schedule.ts";
export type { MakeMemory } from "./store.ts";
