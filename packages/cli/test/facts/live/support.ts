/** A live reading of an account of the tests, through the SDK's own clients. */

import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { Lambda } from "@aws-sdk/client-lambda";
import { SQS } from "@aws-sdk/client-sqs";
import { awsSettings } from "../../../src/aws/settings.ts";
import type { Pacing } from "../../../src/facts/live/calls.ts";
import type { ClientsOf } from "../../../src/facts/live/clients.ts";
import { type Live, type LiveAsked, readLive } from "../../../src/facts/live/read.ts";
import type { Answer, Value } from "../../../src/facts/value.ts";
import { type Account, REGION } from "./account.ts";
import { type Asked, awsServer, type Intercept } from "./server.ts";

const QUICK = { atOnce: 8, perSecond: Number.POSITIVE_INFINITY };
export const QUICKLY: Pacing = { lambda: QUICK, sqs: QUICK, cloudwatch: QUICK, backoffMs: 1 };
/** A Friday's noon, UTC. */
export const NOW_MS = Date.UTC(2026, 8, 25, 12);

export function clientsAt(endpoint: string, maxAttempts = 1): ClientsOf {
  return (region) => {
    const config = {
      region,
      endpoint,
      maxAttempts,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    };
    return { lambda: new Lambda(config), sqs: new SQS(config), cloudwatch: new CloudWatch(config) };
  };
}

export async function read(
  account: Account,
  {
    intercept,
    maxAttempts,
    ...asked
  }: Partial<LiveAsked> & { intercept?: Intercept; maxAttempts?: number } = {},
): Promise<Live & { readonly asked: readonly Asked[] }> {
  const server = await awsServer(account, intercept);
  try {
    const live = await readLive({
      regions: [REGION],
      settings: awsSettings(NOTHING, NOTHING),
      signal: new AbortController().signal,
      clients: clientsAt(server.url, maxAttempts),
      pacing: QUICKLY,
      nowMs: NOW_MS,
      ...asked,
    });
    return { ...live, asked: server.asked };
  } finally {
    await server.close();
  }
}

const NOTHING = { profile: undefined, region: undefined, endpointUrl: undefined };

/** The answer of a value that has one case. */
export function answer<T>(value: Value<T> | undefined): Answer<T> | undefined {
  if (value !== undefined && value.cases.length !== 1) throw new Error(`It has ${value.cases.length} cases.`);
  return value?.cases[0]?.answer;
}

/** The value itself, or the reason why it is not known. */
export function said(value: Value<unknown> | undefined): unknown {
  const one = answer(value);
  return one === undefined ? "nothing" : one.known ? one.value : one.reason;
}
