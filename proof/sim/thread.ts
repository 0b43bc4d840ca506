/** One thread: a piece of seeds in, what came of them out. */

import { parentPort } from "node:worker_threads";
import { simulate } from "@effectively-once/testkit/sim";
import type { Asked } from "./threads.ts";

// Errors are thrown on purpose by the thousand here, and nobody reads where.
Error.stackTraceLimit = 0;
parentPort?.on("message", (piece: Asked) => {
  void simulate(piece).then((simulated) => parentPort?.postMessage(simulated));
});
