/** What `npm run e2e:aws` is told. */

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { formatOf, Usage, whole } from "../../packages/cli/src/usage.ts";
import { type Names, namesBehind, namesOf } from "./names.ts";

export const HELP = `npm run e2e:aws: the conformance suite and the demo against DynamoDB and SQS in your own AWS account

Makes eight tables (on demand) and three queues, all of them called effectively-once-e2e-<random>…, runs every
conformance vector against one of them and the demo's three consumers against the others, and deletes
everything at its end, after a failure and after Ctrl-C too. Says beforehand what it makes and what it costs at most.
The consumers run on this machine; their records, orders and queues are on AWS.

  --region <region>    else AWS_REGION, or the profile's
  --profile <name>     else AWS_PROFILE
  --messages <n>       orders of the demo (default 60)
  --seed <n>           of its traffic and faults (default random, and printed)
  --yes                does not ask
  --clean <prefix>     deletes what a run that was killed has left, and ends
  --format pretty|json, --json

Examples:
  npm run e2e:aws -- --region eu-west-1
  npm run e2e:aws -- --profile sandbox --yes --json > e2e.json
  npm run e2e:aws -- --clean effectively-once-e2e-1a2b3c4d

Exit codes: 0 every vector passed and the guarded side lost and doubled nothing, 1 not so, or something could not be
deleted, 2 usage, credentials or AWS that does not answer, 3 our own bug, 130 interrupted.
`;

export interface Asked {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly messages: number;
  readonly seed: number;
  readonly yes: boolean;
  readonly clean: boolean;
  readonly names: Names;
  readonly format: "pretty" | "json";
}

/** `undefined`: help is wanted. @throws Usage */
export function readArguments(args: readonly string[]): Asked | undefined {
  const values = read(args);
  if (values.help) return undefined;
  const { region, profile, clean } = values;
  const names = clean === undefined ? namesOf() : namesBehind(clean);
  if (!names)
    throw new Usage(
      `--clean is a prefix that a run has printed, effectively-once-e2e- and eight hexadecimal digits, got "${clean}". Nothing else is deleted.`,
    );
  return {
    region,
    profile,
    messages: whole("messages", values.messages, 60, 1),
    seed: whole("seed", values.seed, randomInt(1_000_000)),
    yes: values.yes ?? false,
    clean: clean !== undefined,
    names,
    format: formatOf(values),
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        region: { type: "string" },
        profile: { type: "string" },
        messages: { type: "string" },
        seed: { type: "string" },
        yes: { type: "boolean" },
        clean: { type: "string" },
        format: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}
