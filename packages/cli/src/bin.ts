#!/usr/bin/env node
/** The process: its arguments, its signals, its exit code. Everything else is in main.ts. */

import { main } from "./main.ts";

const interrupt = new AbortController();
const onSignal = (): void => {
  // The second one does not wait for a clean end; what runs on `exit` still ends the child processes.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
};
process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
// `… | head` closes the pipe: nobody reads any more, so that there is nothing left to do.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  interrupt.abort();
});
try {
  process.exitCode = await main(process.argv.slice(2), interrupt.signal);
  // What was given up may still hold connections open.
  if (interrupt.signal.aborted) process.exit();
} finally {
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
}
