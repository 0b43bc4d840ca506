/** A thread that reads: it answers each task with what it has read. */

import { parentPort } from "node:worker_threads";
import { disk } from "../../facts/files.ts";
import { readFound } from "./read.ts";
import type { Done, Task } from "./spread.ts";

parentPort?.on("message", ({ from, found }: Task) => {
  void (async () => {
    const read = [];
    for (const one of found) read.push(await readFound(one, disk));
    const done: Done = {
      from,
      facts: read.map(({ facts }) => facts),
      problems: read.flatMap(({ problems }) => problems),
    };
    parentPort?.postMessage(done);
  })();
});
