/** All that is read of one region, and what could not be. */

import type { EventSourceMappingConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Facts, FunctionFact, Gap, MappingFact, QueueFact, StreamFact } from "../model.ts";
import { unknown } from "../value.ts";
import { functionOf, parseArn } from "./arn.ts";
import type { Calls, Listed } from "./calls.ts";
import type { LiveClients } from "./clients.ts";
import { functionFacts } from "./function-facts.ts";
import { type Listing, readFunction, type SeenFunction } from "./functions.ts";
import { gapsOf } from "./gaps.ts";
import { type Home, queueId } from "./ids.ts";
import { listFunctions, listMappings } from "./list.ts";
import { kindOf, mappingFact, streamFact } from "./mapping-facts.ts";
import { observe } from "./observe.ts";
import { readQueues } from "./queues.ts";
import { unseenTriggers } from "./triggers.ts";

export interface RegionAsked {
  readonly days: number;
  readonly nowMs: number;
  /** Names of functions; without it, all. */
  readonly functionFilter?: (name: string) => boolean;
  readonly progress: (step: Step, done: number, of?: number) => void;
}

export type Step = "functions" | "settings" | "queues" | "metrics";

export async function readRegion(
  calls: Calls,
  clients: LiveClients,
  { days, nowMs, functionFilter, progress }: RegionAsked,
): Promise<Facts> {
  const isAsked = functionFilter ?? ((): boolean => true);
  const [functions, mappings] = await Promise.all([
    listFunctions(calls, clients, (count) => progress("functions", count)),
    listMappings(calls, clients),
  ]);
  const home: Home = { region: calls.region, account: await accountOf(clients, functions, mappings) };
  const here = mappings.items.filter(({ State }) => State !== "Deleting");
  const asked = here.filter(({ FunctionArn }) => isAsked(nameOf(FunctionArn)));

  const listings = listingsOf(functions.items, asked, isAsked);
  let read = 0;
  const seen = await Promise.all(
    listings.map(async (listing) => {
      const one = await readFunction(calls, clients, listing);
      progress("settings", (read += 1), listings.length);
      return one;
    }),
  );
  const found = seen.filter((one) => one !== undefined);
  const functionList = found.flatMap((one) => functionFacts(one, home, functions.reason));
  const gone = new Set(listings.filter((_, index) => seen[index] === undefined).map(({ name }) => name));
  const mappingList = asked.map((mapping) => {
    const fact = mappingFact(mapping, home);
    const name = nameOf(mapping.FunctionArn);
    return gone.has(name)
      ? { ...fact, function: unknown(`the function ${name} is not there any more`) }
      : fact;
  });

  const sources = asked.filter((one) => kindOf(one) === "sqs").map((one) => one.EventSourceArn ?? "");
  const queues = await readQueues(
    calls,
    clients,
    home,
    [...new Set([...sources, ...endsOf(found, asked)])],
    (done, of) => progress("queues", done, of),
  );
  const observed = await observe(
    calls,
    clients,
    {
      functions: functionList,
      queues,
      watched: watchedOf(functionList, found),
      sources: new Set(sources.map((arn) => queueId(arn, home))),
      deadLetters: deadLettersOf(functionList, mappingList, queues),
    },
    { days, nowMs },
    (done, of) => progress("metrics", done, of),
  );

  const streams = new Map<string, StreamFact>();
  for (const mapping of asked) {
    const stream = streamFact(mapping, home);
    if (stream !== undefined) streams.set(stream.id, stream);
  }
  const gaps: readonly Gap[] = gapsOf({
    functions,
    mappings,
    filtered: functionFilter !== undefined,
    gone: [...gone],
    found,
    deleting: mappings.items.filter(({ State }) => State === "Deleting"),
    others: here.filter((one) => !asked.includes(one)),
    queues: observed.queues,
    streams: [...streams.values()],
    functionFacts: observed.functions,
    home,
    unmeasured: observed.reasons,
  });
  return {
    language: "live",
    file: `${home.account ?? "unknown account"}/${home.region}`,
    functions: observed.functions,
    queues: observed.queues,
    streams: [...streams.values()],
    mappings: mappingList,
    pipes: [],
    deliveries: unseenTriggers(observed.functions),
    tables: [],
    idempotency: [],
    signs: [],
    gaps,
  };
}

/** Lambda's lists tell it without a call of its own; an empty region has only what the credentials say. */
async function accountOf(
  { lambda }: LiveClients,
  functions: Listed<FunctionConfiguration>,
  mappings: Listed<EventSourceMappingConfiguration>,
): Promise<string | undefined> {
  const arn = functions.items[0]?.FunctionArn ?? mappings.items[0]?.FunctionArn;
  return parseArn(arn ?? "")?.account ?? (await lambda.config.credentials()).accountId;
}

function nameOf(arn: string | undefined): string {
  return functionOf(arn ?? "")?.name ?? "";
}

/** The functions of the list, and those that only a mapping names. */
function listingsOf(
  functions: readonly FunctionConfiguration[],
  mappings: readonly EventSourceMappingConfiguration[],
  filter: (name: string) => boolean,
): readonly Listing[] {
  const called = new Map<string, Set<string>>();
  for (const { FunctionArn } of mappings) {
    const target = functionOf(FunctionArn ?? "");
    if (target === undefined) continue;
    const qualifiers = called.get(target.name) ?? new Set();
    if (target.qualifier !== undefined && target.qualifier !== "$LATEST") qualifiers.add(target.qualifier);
    called.set(target.name, qualifiers);
  }
  const listed = new Map(functions.map((one) => [one.FunctionName ?? "", one]));
  return [...new Set([...listed.keys(), ...called.keys()])].filter(filter).map((name) => ({
    name,
    configuration: listed.get(name),
    qualifiers: [...(called.get(name) ?? [])],
    mapped: called.has(name),
  }));
}

/** ARNs of the queues where what fails is sent to. */
function endsOf(
  functions: readonly SeenFunction[],
  mappings: readonly EventSourceMappingConfiguration[],
): readonly string[] {
  const ends = [
    ...functions.flatMap(({ configuration, invokes }) => [
      configuration?.DeadLetterConfig?.TargetArn,
      ...invokes.items.map(({ DestinationConfig }) => DestinationConfig?.OnFailure?.Destination),
    ]),
    ...mappings.map(({ DestinationConfig }) => DestinationConfig?.OnFailure?.Destination),
  ];
  return ends.filter((arn) => arn !== undefined && parseArn(arn)?.service === "sqs") as readonly string[];
}

/** Functions that a mapping calls, or that have asynchronous settings: there is a reason to look at how long they run. */
function watchedOf(functions: readonly FunctionFact[], seen: readonly SeenFunction[]): ReadonlySet<string> {
  const used = new Set(
    seen.filter(({ mapped, invokes }) => mapped || invokes.items.length > 0).map(({ name }) => name),
  );
  return new Set(functions.filter(({ id, qualifierOf }) => used.has(qualifierOf ?? id)).map(({ id }) => id));
}

function deadLettersOf(
  functions: readonly FunctionFact[],
  mappings: readonly MappingFact[],
  queues: readonly QueueFact[],
): ReadonlySet<string> {
  const ids = new Set<string>();
  const values = [
    ...functions.flatMap((one) => [one.deadLetter, one.async.onFailure]),
    ...queues.map((one) => one.deadLetterQueue),
  ];
  for (const { cases } of values)
    for (const { answer } of cases) if (answer.known && answer.value !== undefined) ids.add(answer.value);
  for (const { onFailure } of mappings)
    for (const { answer } of onFailure.cases)
      if (answer.known && answer.value?.kind === "sqs") ids.add(answer.value.to);
  return ids;
}
