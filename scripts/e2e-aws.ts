/** `npm run e2e:aws`: from arguments to an exit code. `--help` says what it does. */

import { awsProblem } from "../packages/cli/src/aws/settings.ts";
import { Usage } from "../packages/cli/src/usage.ts";
import { type Asked, HELP, readArguments } from "./e2e-aws/arguments.ts";
import { deleteAll } from "./e2e-aws/resources.ts";
import { clean, clientsFor, confirmed, plan, pretty, run, type Streams } from "./e2e-aws/run.ts";

const interrupt = new AbortController();
const onSignal = (): void => {
  // A second one gives up on a clean end: the prefix that was printed is what --clean takes.
  if (interrupt.signal.aborted) process.exit(130);
  process.stderr.write("\ninterrupted\n");
  interrupt.abort();
};
process.on("SIGINT", onSignal).on("SIGTERM", onSignal);

const streams: Streams = {
  say: (text) => process.stderr.write(`${text}\n`),
  asks: process.stdin.isTTY && process.stderr.isTTY,
};

async function main(asked: Asked): Promise<number> {
  const clients = await clientsFor(asked);
  try {
    if (asked.clean) {
      const left = await deleteAll(clients, asked.names);
      for (const { name, error, command } of left) streams.say(`${name}: ${error}\n  ${command}`);
      streams.say(left.length === 0 ? `nothing is left of ${asked.names.prefix}` : "the rest is deleted");
      return left.length === 0 ? 0 : 1;
    }
    streams.say(plan(asked, clients.region));
    if (!(await confirmed(asked, streams, interrupt.signal))) return 0;
    const { result, left } = await run(asked, clients, streams, interrupt.signal);
    process.stdout.write(asked.format === "json" ? `${JSON.stringify(result)}\n` : pretty(result));
    return clean(result) && left.length === 0 ? 0 : 1;
  } finally {
    clients.dynamodb.destroy();
    clients.sqs.destroy();
  }
}

try {
  const asked = readArguments(process.argv.slice(2));
  if (asked) process.exitCode = await main(asked);
  else process.stdout.write(HELP);
} catch (error) {
  const said =
    error instanceof Usage || (error instanceof Error && error.name === "OnceError")
      ? error.message
      : awsProblem(error);
  process.exitCode = interrupt.signal.aborted ? 130 : said === undefined ? 3 : 2;
  if (process.exitCode !== 130)
    streams.say(`e2e:aws: ${said ?? `this is a bug of ours.\n${String((error as Error)?.stack ?? error)}`}`);
}
// Connections of what was given up may still be open.
process.exit();
