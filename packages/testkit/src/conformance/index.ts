/** The conformance suite: what every store must do, as vectors, and two ways to run them. */

export type { Attempt, Stage, VectorContext } from "./context.ts";
export {
  conformance,
  formatReport,
  type Report,
  runConformance,
  type TestFunction,
  type VectorResult,
} from "./run.ts";
export type { Skip, Subject, TransactionHooks } from "./subject.ts";
export type { Vector, VectorNeed } from "./vector.ts";
export { vectors } from "./vectors.ts";
