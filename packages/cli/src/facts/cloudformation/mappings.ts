/** Event source mappings: resources of their own, and those that SAM makes of a function's events. */

import type { Destination, Fact, MappingFact, MappingKind } from "../model.ts";
import type { Value } from "../value.ts";
import { below, inEveryWorld } from "./evaluate.ts";
import { at, placeOf } from "./node.ts";
import { plainText, unknownText } from "./result.ts";
import { openOf, saidOf, type Settings } from "./settings.ts";
import { factOf, settingsOf } from "./subject.ts";
import { FUNCTIONS, nameOf, serviceOf, TABLES, type Target, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

/** What polls, and what it is called with. */
export interface Polling {
  readonly fact: Fact;
  readonly settings: Settings;
  readonly function: (run: Run) => Target | undefined;
  readonly source: (run: Run) => Target | undefined;
  /** What the definition itself says of the source. */
  readonly kind?: MappingKind;
}

/** A mapping that is a resource of its own. */
export function mappingOf(resource: Resource): MappingFact {
  const settings = settingsOf(resource);
  return mapping({
    fact: factOf(resource),
    settings,
    function: (run) => settings.target(run, "FunctionName"),
    source: (run) => settings.target(run, "EventSourceArn"),
  });
}

/** A mapping, wherever it is written. */
export function mapping(polling: Polling): MappingFact {
  const { fact, settings, source } = polling;
  const kind = polling.kind ?? kindOf(settings, source);
  const isQueue = kind === "sqs" || (kind === "unknown" && !at(settings.node, "StartingPosition"));
  const waitsAnyway = kind === "kafka" || kind === "mq" || kind === "documentdb";
  return {
    ...fact,
    kind,
    function: functionValue(polling.function),
    source: sourceValue(source, kind),
    sourceName: sourceName(source),
    batchSize: settings.number("BatchSize", isQueue ? 10 : 100),
    // These wait half a second of themselves.
    batchingWindowSeconds: settings.number("MaximumBatchingWindowInSeconds", waitsAnyway ? 0.5 : 0),
    reportBatchItemFailures: responses(settings),
    enabled: settings.boolean("Enabled", true),
    maximumConcurrency: settings.number("ScalingConfig.MaximumConcurrency", undefined),
    onFailure: destination(settings, "DestinationConfig.OnFailure"),
    filters: filters(settings),
    maximumRetryAttempts: settings.number("MaximumRetryAttempts", -1),
    maximumRecordAgeSeconds: settings.number("MaximumRecordAgeInSeconds", -1),
    bisectBatchOnFunctionError: settings.boolean("BisectBatchOnFunctionError", false),
  };
}

/** The id of a function here; unknown where it is defined elsewhere. */
export function functionValue(named: (run: Run) => Target | undefined): Value<string> {
  return inEveryWorld((run) => {
    const target = named(run);
    if (!target) return { known: false, reason: "function is not named" };
    if (target.kind === "elsewhere") return { known: false, reason: `function ${target.why}` };
    const { path, type } = target.resource;
    return FUNCTIONS.includes(type)
      ? { known: true, value: path, from: "literal" }
      : { known: false, reason: `function is what ${path} makes, which is a ${type}` };
  });
}

const NOUNS: Readonly<Record<MappingKind, string>> = {
  sqs: "queue",
  kinesis: "stream",
  dynamodb: "stream",
  kafka: "cluster",
  mq: "broker",
  documentdb: "cluster",
  unknown: "source",
};

/** The id of a queue or stream here; unknown where it is defined elsewhere. */
export function sourceValue(source: (run: Run) => Target | undefined, kind: MappingKind): Value<string> {
  const noun = NOUNS[kind];
  return inEveryWorld((run) => {
    const target = source(run);
    if (!target) return { known: false, reason: `${noun} is not named` };
    if (target.kind === "elsewhere") return { known: false, reason: `${noun} ${target.why}` };
    const { path, type } = target.resource;
    return kindOfResource(type) === "unknown"
      ? { known: false, reason: `${noun} is what ${path} makes, which is a ${type}` }
      : { known: true, value: path, from: "literal" };
  });
}

/** As it is named in the first of all worlds. */
export function sourceName(source: (run: Run) => Target | undefined): string {
  const [first] = inEveryWorld<string>((run) => ({
    known: true,
    value: nameOf(source(run)),
    from: "literal",
  })).cases;
  return first?.answer.known ? first.answer.value : "nothing";
}

/** What AWS asks for tells what the source is, even where it is not seen: only a queue needs no position to start at. */
function kindOf(settings: Settings, source: (run: Run) => Target | undefined): MappingKind {
  const { node } = settings;
  if (at(node, "Queues")) return "mq";
  if (at(node, "DocumentDBEventSourceConfig")) return "documentdb";
  if (
    at(node, "SelfManagedEventSource") ||
    at(node, "Topics") ||
    at(node, "AmazonManagedKafkaEventSourceConfig")
  )
    return "kafka";
  const kind = kindOfSource(source);
  if (kind !== "unknown") return kind;
  return at(node, "StartingPosition") || at(node, "Fn::Transform") || node === undefined ? "unknown" : "sqs";
}

/** `unknown` where its cases differ. */
export function kindOfSource(source: (run: Run) => Target | undefined): MappingKind {
  const kinds = inEveryWorld<MappingKind>((run) => {
    const target = source(run);
    const value = !target
      ? "unknown"
      : target.kind === "resource"
        ? kindOfResource(target.resource.type)
        : kindOfService(target.service);
    return { known: true, value, from: "literal" };
  });
  const told = new Set(kinds.cases.map(({ answer }) => (answer.known ? answer.value : "unknown")));
  const [only] = told;
  return told.size === 1 && only ? only : "unknown";
}

/** What a resource of that type is polled as. */
export function kindOfResource(type: string): MappingKind {
  if (type === "AWS::SQS::Queue") return "sqs";
  if (type.startsWith("AWS::Kinesis::")) return "kinesis";
  if (TABLES.includes(type)) return "dynamodb";
  if (type.startsWith("AWS::MSK::")) return "kafka";
  if (type === "AWS::AmazonMQ::Broker") return "mq";
  return type.startsWith("AWS::DocDB::") ? "documentdb" : "unknown";
}

function kindOfService(service: string | undefined): MappingKind {
  switch (service) {
    case "sqs":
    case "kinesis":
    case "dynamodb":
    case "mq":
      return service;
    case "kafka":
      return "kafka";
    case "rds":
      return "documentdb";
    default:
      return "unknown";
  }
}

function responses(settings: Settings): Value<boolean> {
  return inEveryWorld((run) => {
    const result = settings.read(run, "FunctionResponseTypes");
    if (result.kind === "absent") return settings.fallback(false);
    // One text in place of a list is refused by Lambda, and written all the same.
    const items = result.kind === "list" ? result.items.map((item) => item()) : [result];
    const found = items.find((item) => plainText(item) === "ReportBatchItemFailures");
    if (found) return { known: true, value: true, ...saidOf(found), place: placeOf(result.node) };
    const open = items.find((item) => openOf(item));
    return open?.kind === "text"
      ? unknownText(open, "FunctionResponseTypes")
      : { known: true, value: false, ...saidOf(result) };
  });
}

function filters(settings: Settings): Value<boolean> {
  return inEveryWorld((run) => {
    const result = settings.read(run, "FilterCriteria");
    if (result.kind === "absent") return settings.fallback(false);
    const list = below(run, result, "Filters");
    if (list.kind === "text" && openOf(list)) return unknownText(list, "FilterCriteria");
    return { known: true, value: list.kind === "list" && list.items.length > 0, ...saidOf(result) };
  });
}

/** Where failed batches go. `undefined`: nowhere. */
export function destination(settings: Settings, path: string): Value<Destination | undefined> {
  return inEveryWorld<Destination | undefined>((run) => {
    const result = settings.read(run, path);
    const named = below(run, result, "Destination");
    const target = targetOf(run, named, settings.template);
    if (!target) return settings.fallback(undefined);
    const said = plainText(below(run, result, "Type"))?.toLowerCase();
    return {
      known: true,
      value: { kind: destinationKind(target, said), to: nameOf(target) },
      ...saidOf(named),
    };
  });
}

function destinationKind(target: Target, said: string | undefined): Destination["kind"] {
  const service =
    target.kind === "resource"
      ? target.resource.type.split("::")[1]?.toLowerCase()
      : (serviceOf(target.spelled) ?? said);
  switch (service) {
    case "sqs":
    case "sns":
    case "s3":
    case "lambda":
      return service;
    case "serverless":
      return "lambda";
    case "events":
    case "eventbridge":
      return "eventbridge";
    case "kafka":
      return "kafka";
    default:
      return nameOf(target).startsWith("kafka://") ? "kafka" : "other";
  }
}
