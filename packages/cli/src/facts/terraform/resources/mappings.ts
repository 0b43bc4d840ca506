/** Event source mappings. */

import type { MappingFact, MappingKind } from "../../model.ts";
import type { Answer, Value } from "../../value.ts";
import { byDefault, knownAnswer, notKnown, numberAnswer } from "../answers.ts";
import { isNull, textOf } from "../datum.ts";
import type { Item } from "../item.ts";
import type { Reader } from "./reader.ts";

export function mappingFacts(reader: Reader): readonly MappingFact[] {
  return reader.of("aws_lambda_event_source_mapping").map((item) => {
    const kind = mainKind(
      reader.value<MappingKind>(item, () => ({ known: true, value: kindOf(reader, item), from: "literal" })),
    );
    const source = item.get.bind(item, "event_source_arn");
    return {
      ...reader.fact(item),
      kind,
      function: reader.value(item, () =>
        reader.reference(item.get("function_name"), "aws_lambda_function", item.place),
      ),
      source: reader.value(item, () => sourceOf(reader, item)),
      sourceName: firstText(
        reader.value(item, () => ({ known: true, value: reader.target(source()).text, from: "literal" })),
      ),
      batchSize: batchSize(reader, item, kind),
      batchingWindowSeconds: reader.number(item, "maximum_batching_window_in_seconds", {
        otherwise: 0,
        min: 0,
        max: 300,
      }),
      reportBatchItemFailures: reader.value(item, () => reportsFailures(item)),
      enabled: reader.boolean(item, "enabled", true),
      maximumConcurrency: reader.value(item, () => maximumConcurrency(reader, item)),
      onFailure: reader.value(item, () => {
        const failure = item.sections("destination_config")[0]?.sections("on_failure")[0];
        if (!failure) return { known: true, value: undefined, from: "default", place: item.place };
        return reader.destination(failure.get("destination_arn"), failure.place);
      }),
      filters: reader.value<boolean>(item, () => {
        const [criteria] = item.sections("filter_criteria");
        const value = (criteria?.sections("filter").length ?? 0) > 0;
        return { known: true, value, from: value ? "literal" : "default", place: (criteria ?? item).place };
      }),
      maximumRetryAttempts: reader.number(item, "maximum_retry_attempts", {
        otherwise: -1,
        min: -1,
        max: 10_000,
      }),
      maximumRecordAgeSeconds: reader.number(item, "maximum_record_age_in_seconds", {
        otherwise: -1,
        min: -1,
        max: 604_800,
      }),
      bisectBatchOnFunctionError: reader.boolean(item, "bisect_batch_on_function_error", false),
    };
  });
}

const KINDS: Readonly<Record<string, MappingKind>> = {
  sqs: "sqs",
  kinesis: "kinesis",
  dynamodb: "dynamodb",
  kafka: "kafka",
  mq: "mq",
  rds: "documentdb",
};

/**
 * By what it names, else by the settings that only one kind takes: without a starting position it can be SQS and MQ only, and
 * MQ names its queues (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html, StartingPosition).
 */
function kindOf(reader: Reader, item: Item): MappingKind {
  const { service } = reader.target(item.get("event_source_arn"));
  const named = service === undefined ? undefined : KINDS[service];
  if (named) return named;
  if (item.sections("document_db_event_source_config").length > 0) return "documentdb";
  if (!isNull(item.get("topics")) || item.sections("self_managed_event_source").length > 0) return "kafka";
  if (!isNull(item.get("queues"))) return "mq";
  return isNull(item.get("starting_position")) ? "sqs" : "unknown";
}

function mainKind({ cases }: Value<MappingKind>): MappingKind {
  const answer = cases[0]?.answer;
  return answer?.known ? answer.value : "unknown";
}

function firstText({ cases }: Value<string>): string {
  const answer = cases[0]?.answer;
  return answer?.known ? answer.value : "…";
}

const SOURCES = ["aws_sqs_queue", "aws_kinesis_stream", "aws_dynamodb_table"];

function sourceOf(reader: Reader, item: Item): Answer<string> {
  const datum = item.get("event_source_arn");
  if (isNull(datum)) return { known: false, reason: "it has no event_source_arn", place: item.place };
  return reader.reference(datum, SOURCES, item.place);
}

function batchSize(reader: Reader, item: Item, kind: MappingKind): Value<number> {
  if (
    kind === "unknown" &&
    isUnset(reader.value(item, () => knownAnswer(isNull(item.get("batch_size")), item.get("batch_size"))))
  )
    return {
      cases: [
        {
          when: {},
          answer: {
            known: false,
            reason: "its default depends on the source, which is not known",
            place: item.place,
          },
        },
      ],
    };
  return reader.number(item, "batch_size", { otherwise: kind === "sqs" ? 10 : 100, min: 1, max: 10_000 });
}

function isUnset({ cases }: Value<boolean>): boolean {
  return cases.some(({ answer }) => answer.known && answer.value);
}

function reportsFailures(item: Item): Answer<boolean> {
  const types = item.get("function_response_types");
  if (isNull(types)) return byDefault(false, types, item.place);
  if (types.kind !== "list") return notKnown(types, item, "function_response_types");
  const texts = types.items.map(textOf);
  if (texts.includes("ReportBatchItemFailures")) return knownAnswer(true, types);
  return texts.includes(undefined)
    ? notKnown(types, item, "function_response_types")
    : knownAnswer(false, types);
}

function maximumConcurrency(reader: Reader, item: Item): Answer<number | undefined> {
  const [scaling] = item.sections("scaling_config");
  if (!scaling) return { known: true, value: undefined, from: "default", place: item.place };
  const datum = scaling.get("maximum_concurrency");
  if (isNull(datum)) return byDefault(undefined, datum, scaling.place);
  return numberAnswer(scaling, "maximum_concurrency", { otherwise: 0, min: 2, max: 1_000 }, reader.worlds);
}
