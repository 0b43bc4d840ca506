/** What a run costs at most, said before anything is made. */

import { traffic } from "../../packages/cli/src/demo/traffic.ts";

/**
 * US dollars in us-east-1, on demand, read on 2026-11-25 for DynamoDB's standard table class and SQS's standard queues:
 * https://aws.amazon.com/dynamodb/pricing/on-demand/ and https://aws.amazon.com/sqs/pricing/. Free tiers are not counted.
 */
export const PRICES = { writeUnits: 0.625, readUnits: 0.125, sqsRequests: 0.4 } as const;
const MILLION = 1_000_000;

/**
 * Counted at DynamoDB Local on 2026-11-25: the suite takes 3,980 requests that cost something. Few of its items are larger
 * than 1 KB, so that ten units for each of twice as many is more than it can be.
 */
const CONFORMANCE_REQUESTS = 8_000;
const UNITS_PER_REQUEST = 10;
/** A claim, an intent, a memo, a commit of two items (which counts twice), renewals, and each once more: of 1 KB at most. */
const UNITS_PER_DELIVERY = 30;
/** The faults end after 14 s; what a queue hands out until then is bounded by this. */
const DELIVERIES_PER_MESSAGE = 8;
const SIDES = 3;
/** Six pollers, a heartbeat, deletes, and two looks at what is left, for each side and second. */
const SQS_REQUESTS_PER_SECOND = 60;

export const LONGEST_SECONDS = 900;

export interface Estimate {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly sqsRequests: number;
  readonly dollars: number;
}

export function estimate(messages: number, seed: number): Estimate {
  const deliveries = traffic(messages, seed).length * SIDES * DELIVERIES_PER_MESSAGE;
  const units = CONFORMANCE_REQUESTS * UNITS_PER_REQUEST + deliveries * UNITS_PER_DELIVERY;
  const sqsRequests = LONGEST_SECONDS * SQS_REQUESTS_PER_SECOND + deliveries * 4;
  const dollars =
    (units * PRICES.writeUnits + units * PRICES.readUnits + sqsRequests * PRICES.sqsRequests) / MILLION;
  return { writeUnits: units, readUnits: units, sqsRequests, dollars };
}
