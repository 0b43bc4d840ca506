/** Stores that are wrong on purpose, and the vectors that must find it out. */

import { brokenClaims } from "./broken-claims.ts";
import { brokenBatches, brokenTexts } from "./broken-answers.ts";
import { brokenOperator, brokenTransactions } from "./broken-operator.ts";
import { brokenSteps } from "./broken-steps.ts";
import { brokenWrites } from "./broken-writes.ts";
import type { Mold } from "./mold.ts";

export interface Broken {
  /** What it does. */
  readonly name: string;
  readonly mold: Mold;
  /** Ids of vectors that must fail; others may fail too. */
  readonly fails: readonly string[];
}

export const brokenStores: readonly Broken[] = [
  ...brokenClaims,
  ...brokenWrites,
  ...brokenSteps,
  ...brokenBatches,
  ...brokenTexts,
  ...brokenOperator,
  ...brokenTransactions,
];
