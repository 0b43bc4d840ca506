/** All vectors, in the order of the protocol. */

import type { Vector } from "./vector.ts";
import { answerVectors } from "./vectors/answers.ts";
import { batchVectors } from "./vectors/batches.ts";
import { claimVectors } from "./vectors/claim.ts";
import { expiryVectors } from "./vectors/expiry.ts";
import { listVectors } from "./vectors/list.ts";
import { operatorVectors } from "./vectors/operator.ts";
import { parallelVectors } from "./vectors/parallel.ts";
import { stepVectors } from "./vectors/steps.ts";
import { takeoverVectors } from "./vectors/takeover.ts";
import { traitVectors } from "./vectors/traits.ts";
import { transactVectors } from "./vectors/transact.ts";
import { transactFaultVectors } from "./vectors/transact-faults.ts";
import { valueVectors } from "./vectors/values.ts";
import { versionVectors } from "./vectors/versions.ts";
import { writeVectors } from "./vectors/writes.ts";
import { zombieVectors } from "./vectors/zombies.ts";

/** What every store must do, as data: pick single ones by `id`, or run all with `conformance` or `runConformance`. */
export const vectors: readonly Vector[] = [
  ...traitVectors,
  ...claimVectors,
  ...takeoverVectors,
  ...writeVectors,
  ...stepVectors,
  ...answerVectors,
  ...zombieVectors,
  ...batchVectors,
  ...parallelVectors,
  ...expiryVectors,
  ...valueVectors,
  ...versionVectors,
  ...operatorVectors,
  ...listVectors,
  ...transactVectors,
  ...transactFaultVectors,
];
