/** Events that Lambda polls: `sqs`, `stream`, and brokers. */

import type { MappingFact, MappingKind } from "../model.ts";
import type { Answer, Place } from "../value.ts";
import { answerOf, type Found, isNull, numberAnswer, unknownAnswer } from "./found.ts";
import { byDefault, one, type Reader } from "./reader.ts";
import type { Event } from "./events.ts";

/** How an event calls its settings. */
const WINDOWS: Readonly<Record<string, string>> = { stream: "batchWindow" };
const KINDS: Readonly<Record<string, MappingKind>> = {
  sqs: "sqs",
  msk: "kafka",
  kafka: "kafka",
  activemq: "mq",
  rabbitmq: "mq",
};
/** The framework's own, which for streams is not Lambda's (its `stream` event sets 10 where nothing is set). */
const BATCH_SIZES: Readonly<Record<string, number>> = { sqs: 10, stream: 10 };

export const POLLED: ReadonlySet<string> = new Set([...Object.keys(KINDS), "stream"]);

export function mappingFact(reader: Reader, event: Event): MappingFact {
  const { type, found, lambda, id } = event;
  const fact = reader.fact(id, event.node);
  const place = fact.place ?? event.node.place;
  // `- sqs: arn:…` has no settings of its own.
  const settings = found.known && found.node.kind === "map" && !isIntrinsic(found) ? found : undefined;
  const get = (name: string) => reader.service.at(settings, name);
  const source = settings ? (get("arn") ?? get("topic") ?? get("queue")) : found;
  const target = source && reader.references.target(source);
  return {
    ...fact,
    settings: found.known ? found.node.place : found.place,
    kind: kindOf(type, get("type"), target?.service),
    function: one({ known: true, value: lambda, from: "literal", place }),
    source: one(
      reader.reference(
        source,
        ["AWS::SQS::Queue", "AWS::Kinesis::Stream", "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
        place,
      ),
    ),
    sourceName: target?.text ?? "…",
    batchSize: reader.number(get("batchSize"), BATCH_SIZES[type] ?? 100, place),
    batchingWindowSeconds: reader.number(get(WINDOWS[type] ?? "maximumBatchingWindow"), 0, place),
    reportBatchItemFailures: one(reportsFailures(get("functionResponseType"), place)),
    enabled: reader.boolean(get("enabled"), true, place),
    maximumConcurrency: one(
      numberAnswer<number | undefined>(get("maximumConcurrency"), byDefault(undefined, place)),
    ),
    onFailure: one(reader.destination(onFailure(reader, get("destinations")), place)),
    filters: one(filters(get("filterPatterns"), place)),
    maximumRetryAttempts: reader.number(get("maximumRetryAttempts"), -1, place),
    maximumRecordAgeSeconds: reader.number(get("maximumRecordAgeInSeconds"), -1, place),
    bisectBatchOnFunctionError: reader.boolean(get("bisectBatchOnFunctionError"), false, place),
  };
}

function isIntrinsic(found: Extract<Found, { known: true }>): boolean {
  if (found.node.kind !== "map" || found.node.entries.size !== 1) return false;
  const [name = ""] = found.node.entries.keys();
  return name === "Ref" || name.startsWith("Fn::");
}

/** A stream says its type, or its ARN does. */
function kindOf(event: string, type: Found | undefined, service: string | undefined): MappingKind {
  const own = KINDS[event];
  if (own) return own;
  const said = type?.known && type.node.kind === "scalar" ? String(type.node.value) : service;
  return said === "kinesis" || said === "dynamodb" ? said : "unknown";
}

function reportsFailures(found: Found | undefined, place: Place): Answer<boolean> {
  if (!found || isNull(found)) return byDefault(false, place);
  if (!found.known) return unknownAnswer(found);
  const values = found.node.kind === "list" ? found.node.items : [found.node];
  return answerOf(
    found,
    values.some((value) => value.kind === "scalar" && value.value === "ReportBatchItemFailures"),
  );
}

function onFailure(reader: Reader, destinations: Found | undefined): Found | undefined {
  const found = reader.service.at(destinations, "onFailure");
  if (!found?.known || found.node.kind !== "map" || isIntrinsic(found)) return found;
  return reader.service.at(found, "arn");
}

function filters(found: Found | undefined, place: Place): Answer<boolean> {
  if (!found || isNull(found)) return byDefault(false, place);
  if (!found.known) return unknownAnswer(found);
  return answerOf(found, found.node.kind === "list" && found.node.items.length > 0);
}
