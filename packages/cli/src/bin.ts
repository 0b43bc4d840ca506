#!/usr/bin/env node
/** The command line: the one place that reads arguments, prints, and sets the exit code. */

import { createRequire } from "node:module";
import { OnceError } from "@effectively-once/runtime";
import { DEMO_HELP, demo } from "./demo/command.ts";
import { Usage } from "./usage.ts";

const HELP = `effectively-once: stop, find and prove the absence of duplicate effects

First steps:
  1. effectively-once demo            see duplicates happen, and not happen, on this machine
  2. effectively-once demo --help     its options
  3. npm install @effectively-once/runtime, and guard a handler

Commands:
  demo    one traffic, three consumers, the same faults: naive, naive with a payment key, guarded

Options: --help, --version
Exit codes: 0 clean, 1 findings, 2 usage, input or credentials, 3 our own bug, 130 interrupted
`;

const COMMANDS: Readonly<
  Record<
    string,
    {
      readonly help: string;
      readonly run: (args: readonly string[], interrupted: AbortSignal) => Promise<number>;
    }
  >
> = { demo: { help: DEMO_HELP, run: demo } };

async function main(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const about = first === "help" && rest[0] !== undefined ? COMMANDS[rest[0]] : undefined;
    process.stdout.write(about?.help ?? HELP);
    return 0;
  }
  if (first === "--version" || first === "-v") {
    const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (!command)
    throw new Usage(
      `there is no ${first.startsWith("-") ? "option" : "command"} "${first}". Commands: ${Object.keys(COMMANDS).join(", ")}.`,
    );
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(command.help);
    return 0;
  }
  const interrupt = new AbortController();
  const onSignal = (): void => {
    // The second one does not wait for a clean end; what runs on `exit` still ends the child processes.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await command.run(rest, interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // A store that cannot be reached, a missing table, a missing right: the error's sentence names the fix.
  const theirs = error instanceof Usage || error instanceof OnceError;
  process.stderr.write(
    theirs
      ? `effectively-once: ${error.message}\n${error instanceof Usage ? "See effectively-once --help.\n" : ""}`
      : `effectively-once: this is a bug of ours.\n${String((error as Error)?.stack ?? error)}\n`,
  );
  process.exitCode = theirs ? 2 : 3;
}
