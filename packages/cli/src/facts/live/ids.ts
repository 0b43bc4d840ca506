/** What live things are called in the facts of their region: by name there, by ARN elsewhere. */

import { type Arn, functionOf, parseArn } from "./arn.ts";

export interface Home {
  readonly region: string;
  /** `undefined`: nothing in the region told it. */
  readonly account: string | undefined;
}

/** Why a thing elsewhere is not read; `undefined`: it is here. */
export function elsewhere({ account, region }: Arn, home: Home): string | undefined {
  if (home.account !== undefined && account !== home.account) return `it is in another account (${account})`;
  return region === home.region ? undefined : `it is in another region (${region})`;
}

export function queueId(arn: string, home: Home): string {
  const parsed = parseArn(arn);
  return parsed?.service === "sqs" && elsewhere(parsed, home) === undefined ? parsed.resource : arn;
}

/** `orders`, `orders:live`. `$LATEST` is the function itself. */
export function functionId(arn: string): string {
  const found = functionOf(arn);
  if (found === undefined) return arn;
  const { name, qualifier } = found;
  return qualifier === undefined || qualifier === "$LATEST" ? name : `${name}:${qualifier}`;
}

/** `stream/clicks/consumer/fast:1` is read from the stream `clicks`; `table/orders/stream/2026-…` may be one of several. */
export function streamId(arn: string): string {
  const parsed = parseArn(arn);
  if (parsed?.service === "kinesis") return parsed.resource.split("/")[1] ?? arn;
  return parsed?.resource.replace(/^table\//, "") ?? arn;
}
