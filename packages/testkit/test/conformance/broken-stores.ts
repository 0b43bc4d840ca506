/** Stores that are wrong on purpose, and the vectors that must find it out. */

import { brokenClaims } from "./broken-claims.ts";
import { brokenBatches, brokenOperator, brokenTexts, brokenTransactions } from "./broken-rest.ts";
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
  ...brokenBatches,
  ...brokenTexts,
  ...brokenOperator,
  ...brokenTransactions,
];
