/** What a reading of a region leaves out, said for each in one sentence. */

import type { EventSourceMappingConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { FunctionFact, Gap, QueueFact, StreamFact } from "../model.ts";
import { functionOf } from "./arn.ts";
import type { Listed } from "./calls.ts";
import type { SeenFunction } from "./functions.ts";
import { type Home, queueId } from "./ids.ts";

export interface Unseen {
  readonly functions: Listed<FunctionConfiguration>;
  readonly mappings: Listed<EventSourceMappingConfiguration>;
  /** Whether only some functions were asked for. */
  readonly filtered: boolean;
  /** Names of functions that were there when something was listed, and not when they were read. */
  readonly gone: readonly string[];
  readonly found: readonly SeenFunction[];
  readonly deleting: readonly EventSourceMappingConfiguration[];
  /** Mappings of functions that were not asked for. */
  readonly others: readonly EventSourceMappingConfiguration[];
  readonly queues: readonly QueueFact[];
  readonly streams: readonly StreamFact[];
  readonly functionFacts: readonly FunctionFact[];
  readonly home: Home;
  /** Why some metrics are not known. */
  readonly unmeasured: readonly string[];
}

export function gapsOf(unseen: Unseen): readonly Gap[] {
  return [...ofLists(unseen), ...ofThings(unseen), ...ofFilter(unseen), ...always(unseen)];
}

function ofLists({ functions, mappings, unmeasured, functionFacts, queues }: Unseen): readonly Gap[] {
  const gaps: Gap[] = [];
  if (functions.reason !== undefined)
    gaps.push({
      reason: `the list of functions ends after ${functions.items.length} (${functions.reason}): others are not seen`,
    });
  if (mappings.reason !== undefined)
    gaps.push({
      reason: `the list of event source mappings ends after ${mappings.items.length} (${mappings.reason}): others, and the queues they read from, are not seen`,
    });
  const about = [...functionFacts, ...queues].map(({ id }) => id);
  for (const reason of unmeasured)
    gaps.push({ reason: `some metrics are not known (${reason}): what happened is not seen there`, about });
  return gaps;
}

function ofThings({ gone, found, deleting, queues, home }: Unseen): readonly Gap[] {
  const gaps: Gap[] = gone.map((name) => ({
    reason: `the function ${name} is not there any more, and is left out`,
    about: [name],
  }));
  for (const { name, configuration, invokes } of found) {
    const hidden = configuration?.Environment?.Error;
    if (hidden !== undefined)
      gaps.push({
        reason: `the environment of ${name} cannot be read (${hidden.ErrorCode ?? "no reason was given"})`,
        about: [name],
      });
    if (invokes.reason !== undefined && invokes.items.length > 0)
      gaps.push({
        reason: `the asynchronous settings of ${name} are known in part (${invokes.reason})`,
        about: [name],
      });
  }
  for (const { EventSourceArn, FunctionArn, UUID } of deleting)
    gaps.push({
      reason: `the mapping ${UUID} from ${EventSourceArn} to ${functionOf(FunctionArn ?? "")?.name} is being deleted, and is left out`,
      about: EventSourceArn === undefined ? [] : [queueId(EventSourceArn, home)],
    });
  for (const { id, exists } of queues)
    for (const { answer } of exists.cases)
      if (answer.known && !answer.value)
        gaps.push({
          reason: `the queue ${id} is named by a mapping, a function or a redrive policy, and is not there`,
          about: [id],
        });
  return gaps;
}

function ofFilter({ filtered, others, queues, home }: Unseen): readonly Gap[] {
  if (!filtered) return [];
  const read = new Set(queues.map(({ id }) => id));
  const readers = others.flatMap(({ EventSourceArn = "", FunctionArn }) => {
    const id = queueId(EventSourceArn, home);
    return read.has(id)
      ? [
          {
            reason: `${id} is also read by ${functionOf(FunctionArn ?? "")?.name}, which was not asked for`,
            about: [id],
          },
        ]
      : [];
  });
  return [{ reason: "only the functions that were asked for are read: there may be others" }, ...readers];
}

/** What none of the three services lists. */
function always({ functionFacts, queues, streams }: Unseen): readonly Gap[] {
  const functions = functionFacts.map(({ id }) => id);
  const sources = [...queues, ...streams].map(({ id }) => id);
  const gaps: Gap[] = [];
  if (functions.length > 0)
    gaps.push(
      {
        reason:
          "asynchronous triggers (SNS, EventBridge, S3, Scheduler, IoT) are not seen in an account: of them, only the functions' own asynchronous settings and dead-letter queues are",
        about: functions,
      },
      {
        reason:
          "DynamoDB tables are not read in an account: where a function remembers what it has done is not seen",
        about: functions,
      },
    );
  if (sources.length > 0)
    gaps.push({
      reason: "EventBridge pipes, and consumers that are no Lambda functions, are not seen in an account",
      about: sources,
    });
  return gaps;
}
