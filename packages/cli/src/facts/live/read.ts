/** Reads what is deployed in an account, region by region, and changes nothing. */

import type { AwsSettings } from "../../aws/settings.ts";
import type { Facts } from "../model.ts";
import { nothingRead } from "../nothing.ts";
import { Calls, type Pacing, PACING, type Refusal } from "./calls.ts";
import { type ClientsOf, type LiveClients, sdkClients } from "./clients.ts";
import { MAX_DAYS } from "./metrics.ts";
import { readRegion, type Step } from "./region.ts";
import { mayBeRegionOff } from "../../aws/trouble.ts";

export interface LiveAsked {
  readonly regions: readonly string[];
  readonly settings: AwsSettings;
  /** Which functions, by name. Without it: all. */
  readonly functionFilter?: (name: string) => boolean;
  /** Of metrics: whole days before today, 1 to 455. @default 14 */
  readonly days?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LiveProgress) => void;
  /** @default the SDK's, made of `settings` */
  readonly clients?: ClientsOf;
  readonly pacing?: Pacing;
  /** @default the present */
  readonly nowMs?: number;
}

export interface LiveProgress {
  readonly region: string;
  readonly step: Step;
  readonly done: number;
  /** `undefined`: nobody knows yet. */
  readonly of?: number;
}

export interface Live {
  /** One per region, in the order of the regions that were asked for. */
  readonly facts: readonly Facts[];
  readonly refused: readonly Refusal[];
  /** Not one call was answered. */
  readonly allRefused: boolean;
}

const REGIONS_AT_ONCE = 4;
export const DEFAULT_DAYS = 14;

/**
 * @throws the SDK's own error when credentials are missing or wrong, or AWS cannot be reached; the signal's reason, at
 * once, when it is aborted
 */
export async function readLive({
  regions,
  settings,
  functionFilter,
  days = DEFAULT_DAYS,
  signal,
  onProgress,
  clients,
  pacing = PACING,
  nowMs = Date.now(),
}: LiveAsked): Promise<Live> {
  if (!Number.isSafeInteger(days) || days < 1 || days > MAX_DAYS)
    throw new RangeError(`Metrics are asked for over 1 to ${MAX_DAYS} days, got ${days}.`);
  signal.throwIfAborted();
  const clientsOf = clients ?? (await sdkClients(settings));
  // When one region fails for good, the others' calls stop too.
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const readings: Reading[] = [];
  const waiting = [...new Set(regions)].map((region, index) => ({ region, index }));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { region, index } = next;
      const calls = new Calls(region, either, pacing);
      const own = clientsOf(region);
      try {
        const facts = await readRegion(calls, own, {
          days,
          nowMs,
          ...(functionFilter === undefined ? {} : { functionFilter }),
          progress: (step, done, of) =>
            onProgress?.({ region, step, done, ...(of === undefined ? {} : { of }) }),
        });
        readings[index] = { facts, calls };
      } catch (error) {
        signal.throwIfAborted();
        if (!mayBeRegionOff(error)) throw error;
        readings[index] = { facts: offRegion(region, error as Error), calls, off: error as Error };
      } finally {
        if (clients === undefined) destroy(own);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: REGIONS_AT_ONCE }, lane));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  const off = readings.find((reading) => reading.off !== undefined)?.off;
  if (off !== undefined && readings.every((reading) => reading.off !== undefined)) throw off;
  const refused = readings.flatMap(({ calls }) => calls.refused);
  const answers = readings.reduce((sum, { calls }) => sum + calls.answers, 0);
  return {
    facts: readings.map(({ facts }) => facts),
    refused,
    allRefused: answers === 0 && refused.length > 0,
  };
}

interface Reading {
  readonly facts: Facts;
  readonly calls: Calls;
  /** What AWS said when it took the credentials in other regions, and not here. */
  readonly off?: Error;
}

function offRegion(region: string, { name, message }: Error): Facts {
  return nothingRead("live", `unknown account/${region}`, [
    {
      reason: `nothing of ${region} was read, where AWS does not take the credentials that it takes elsewhere: the account may not have switched that region on (${name}: ${message.replace(/\.$/, "")})`,
    },
  ]);
}

function destroy({ lambda, sqs, cloudwatch }: LiveClients): void {
  for (const client of [lambda, sqs, cloudwatch]) client.destroy();
}
