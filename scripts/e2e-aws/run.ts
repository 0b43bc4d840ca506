/** The run itself: everything that it makes is deleted, whatever happens in between. */

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createInterface } from "node:readline/promises";
import { awsSettings, clientConfig } from "../../packages/cli/src/aws/settings.ts";
import { table } from "../../packages/cli/src/demo/command.ts";
import { ownQueues } from "../../packages/cli/src/demo/queues.ts";
import type { DemoReport } from "../../packages/cli/src/demo/report.ts";
import { runDemo } from "../../packages/cli/src/demo/run.ts";
import { Usage } from "../../packages/cli/src/usage.ts";
import type { Asked } from "./arguments.ts";
import { runVectors, type Vectors } from "./conformance.ts";
import { estimate, LONGEST_SECONDS, PRICES } from "./estimate.ts";
import { type Clients, deleteAll, type Left } from "./resources.ts";

export interface Result {
  readonly schemaVersion: 1;
  readonly region: string;
  readonly prefix: string;
  readonly conformance: Vectors;
  readonly demo: DemoReport;
}

export interface Streams {
  /** For people: what is made, what it costs, how far it is. */
  readonly say: (text: string) => void;
  /** Whether a person can be asked. */
  readonly asks: boolean;
}

/** @throws Usage for credentials or a region that are missing, and for a question that nobody can answer. */
export async function clientsFor(asked: Asked): Promise<Clients & { readonly region: string }> {
  const settings = awsSettings(
    { profile: asked.profile, region: asked.region, endpointUrl: undefined },
    { profile: undefined, region: undefined, endpointUrl: undefined },
  );
  const dynamodb = new DynamoDBClient(clientConfig(settings, "DYNAMODB"));
  const sqs = new SQSClient(clientConfig(settings, "SQS"));
  await dynamodb.config.credentials();
  return { dynamodb, sqs, region: await dynamodb.config.region() };
}

export function plan(asked: Asked, region: string): string {
  const { names, messages, seed } = asked;
  const { writeUnits, readUnits, sqsRequests, dollars } = estimate(messages, seed);
  const count = (value: number) => value.toLocaleString("en-US");
  return `In ${region}, in the account of these credentials, this makes and deletes again
  tables  ${names.tables.join("\n          ")}
  queues  ${names.queues.join("\n          ")}
and takes at most ${LONGEST_SECONDS / 60} minutes, ${count(writeUnits)} write and ${count(readUnits)} read request units of DynamoDB and ${count(sqsRequests)} requests to SQS:
less than $${dollars.toFixed(2)} at us-east-1's prices of 2026-11-25 ($${PRICES.writeUnits}, $${PRICES.readUnits} and $${PRICES.sqsRequests} a million; look up your region's).
Seed ${seed}. Should it be killed: npm run e2e:aws -- --region ${region} --clean ${names.prefix}
`;
}

export async function confirmed(asked: Asked, { asks, say }: Streams, signal: AbortSignal): Promise<boolean> {
  if (asked.yes) return true;
  if (!asks)
    throw new Usage("nobody can be asked here whether this may be made in your account. Say so with --yes.");
  say("");
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question("Go on? [y/N] ", { signal })).trim());
  } finally {
    reader.close();
  }
}

export async function run(
  asked: Asked,
  clients: Clients & { readonly region: string },
  { say }: Streams,
  signal: AbortSignal,
): Promise<{ readonly result: Result; readonly left: readonly Left[] }> {
  const { names, messages, seed, profile } = asked;
  const { region } = clients;
  let left: readonly Left[] = [];
  let result: Result;
  const overtime = AbortSignal.timeout(LONGEST_SECONDS * 1_000);
  const ends = AbortSignal.any([signal, overtime]);
  try {
    const conformance = await runVectors(clients.dynamodb, names, ends, say);
    const demo = await runDemo({
      seed,
      messages,
      storeUrl: `dynamodb://${names.prefix}?region=${region}`,
      keep: false,
      signal: ends,
      progress: say,
      say,
      run: names.run,
      queues: ownQueues(clients.sqs, {
        prefix: `${names.prefix}-`,
        env: { AWS_REGION: region, ...(profile === undefined ? {} : { AWS_PROFILE: profile }) },
      }),
    });
    result = { schemaVersion: 1, region, prefix: names.prefix, conformance, demo };
  } finally {
    say("deleting what was made");
    left = await deleteAll(clients, names);
    for (const { name, error, command } of left)
      say(`${name} could not be deleted: ${error}\n  ${command} --region ${region}`);
  }
  return { result, left };
}

export function pretty({ conformance, demo }: Result): string {
  const { passed, failed, skipped } = conformance;
  const failures = failed.map(({ name, error }) => `failed  ${name}\n  ${error}\n`).join("");
  return `${failures}conformance: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n\n${table(demo)}`;
}

export function clean({ conformance, demo }: Result): boolean {
  return conformance.failed.length + demo.guarded.lost + demo.guarded.duplicatedEffects === 0;
}
