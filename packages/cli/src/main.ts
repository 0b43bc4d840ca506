/** From arguments to an exit code: finds the command, prints what it answers, says what went wrong. */

import { createRequire } from "node:module";
import { awsProblem } from "./aws/settings.ts";
import type { Answer, Command, Plain } from "./command.ts";
import { COMMANDS, HELP } from "./commands.ts";
import { readCall } from "./options.ts";
import { Usage } from "./usage.ts";

/** 0 clean · 1 findings · 2 usage, input or credentials · 3 our own bug · 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

export async function main(args: readonly string[], interrupted: AbortSignal): Promise<ExitCode> {
  try {
    return await dispatch(args, interrupted);
  } catch (error) {
    if (interrupted.aborted) return 130;
    const said = theirs(error);
    process.stderr.write(
      said === undefined
        ? `effectively-once: this is a bug of ours.\n${String((error as Error)?.stack ?? error)}\n`
        : `effectively-once: ${said}\n${error instanceof Usage && !said.includes("--help") ? "See effectively-once --help.\n" : ""}`,
    );
    return said === undefined ? 3 : 2;
  }
}

async function dispatch(args: readonly string[], interrupted: AbortSignal): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const about = first === "help" && rest[0] !== undefined ? await commandNamed(rest[0]) : undefined;
    process.stdout.write(about?.help ?? HELP);
    return 0;
  }
  if (first === "--version" || first === "-v") {
    const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = await commandNamed(first);
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (own.includes("--help") || own.includes("-h")) {
    process.stdout.write(command.help);
    return 0;
  }
  const exitCode = await run(first, command, rest, interrupted);
  return interrupted.aborted ? 130 : exitCode;
}

async function commandNamed(name: string): Promise<Command | Plain> {
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (found) return await found();
  throw new Usage(
    `there is no ${name.startsWith("-") ? "option" : "command"} "${name}". Commands: ${Object.keys(COMMANDS).join(", ")}.`,
  );
}

async function run(
  name: string,
  command: Command | Plain,
  args: readonly string[],
  interrupted: AbortSignal,
): Promise<ExitCode> {
  if ("plain" in command) return (await command.plain(args, interrupted)) as ExitCode;
  const call = readCall({ name, command, args, commands: Object.keys(COMMANDS), interrupted });
  try {
    const answer: Answer = await command.run(call);
    if (answer.data !== undefined || answer.text !== undefined)
      call.output.answer(answer.data ?? {}, answer.text ?? "");
    return answer.exitCode;
  } finally {
    call.output.end();
  }
}

/** The sentence for what people can change themselves: arguments, files, a store or AWS that does not answer. */
function theirs(error: unknown): string | undefined {
  if (error instanceof Usage) return error.message;
  // By its name, so that `--help` does not load the runtime.
  if (error instanceof Error && error.name === "OnceError") return error.message;
  return awsProblem(error);
}
