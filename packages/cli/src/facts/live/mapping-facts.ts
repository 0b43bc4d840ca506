/** The facts of an event source mapping, and of the stream that it reads from. */

import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import type { Destination, MappingFact, MappingKind, StreamFact } from "../model.ts";
import { known, unknown, type Value } from "../value.ts";
import { parseArn } from "./arn.ts";
import { setOr } from "./function-facts.ts";
import { functionId, type Home, queueId, streamId } from "./ids.ts";

/** What CreateEventSourceMapping takes where nothing is given (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html). */
const BATCH_SIZE = { sqs: 10, others: 100 };

export function mappingFact(mapping: EventSourceMappingConfiguration, home: Home): MappingFact {
  const kind = kindOf(mapping);
  const arn = mapping.EventSourceArn ?? "";
  const state = mapping.State;
  return {
    id: mapping.UUID ?? mapping.EventSourceMappingArn ?? `${arn} to ${mapping.FunctionArn ?? "nothing"}`,
    exists: known(true, "live"),
    ...(mapping.EventSourceMappingArn === undefined ? {} : { arn: mapping.EventSourceMappingArn }),
    ...(home.account === undefined ? {} : { account: home.account }),
    region: home.region,
    kind,
    function:
      mapping.FunctionArn === undefined
        ? unknown("Lambda did not say which function it calls")
        : known(functionId(mapping.FunctionArn), "live"),
    source: sourceOf(kind, arn, home),
    sourceName: arn === "" ? "a source outside of AWS" : arn,
    batchSize: setOr(mapping.BatchSize, kind === "sqs" ? BATCH_SIZE.sqs : BATCH_SIZE.others),
    batchingWindowSeconds: setOr(mapping.MaximumBatchingWindowInSeconds, 0),
    reportBatchItemFailures: known(
      (mapping.FunctionResponseTypes ?? []).includes("ReportBatchItemFailures"),
      "live",
    ),
    enabled: enabledOf(state),
    maximumConcurrency: known(mapping.ScalingConfig?.MaximumConcurrency, "live"),
    onFailure: known(destinationOf(mapping.DestinationConfig?.OnFailure?.Destination, home), "live"),
    // Criteria that Lambda could not decrypt for us are criteria.
    filters: known(
      (mapping.FilterCriteria?.Filters ?? []).length > 0 || mapping.FilterCriteriaError !== undefined,
      "live",
    ),
    maximumRetryAttempts: setOr(mapping.MaximumRetryAttempts, -1),
    maximumRecordAgeSeconds: setOr(mapping.MaximumRecordAgeInSeconds, -1),
    bisectBatchOnFunctionError: known(mapping.BisectBatchOnFunctionError === true, "live"),
    observed: {
      ...(state === undefined ? {} : { state }),
      ...(mapping.LastProcessingResult === undefined
        ? {}
        : { lastProcessingResult: mapping.LastProcessingResult }),
    },
  };
}

/** `undefined`: it reads from no stream. */
export function streamFact(mapping: EventSourceMappingConfiguration, home: Home): StreamFact | undefined {
  const kind = kindOf(mapping);
  const arn = mapping.EventSourceArn;
  if (arn === undefined || (kind !== "kinesis" && kind !== "dynamodb")) return undefined;
  const account = parseArn(arn)?.account;
  return {
    id: streamId(arn),
    exists: known(true, "live"),
    arn,
    ...(account === undefined ? {} : { account }),
    region: home.region,
    kind,
    retentionSeconds:
      kind === "dynamodb"
        ? known(86_400, "default")
        : unknown("the retention of a Kinesis stream is not read from the account"),
  };
}

export function kindOf({
  EventSourceArn,
  SelfManagedEventSource,
  DocumentDBEventSourceConfig,
}: EventSourceMappingConfiguration): MappingKind {
  if (SelfManagedEventSource !== undefined) return "kafka";
  switch (parseArn(EventSourceArn ?? "")?.service) {
    case "sqs":
      return "sqs";
    case "kinesis":
      return "kinesis";
    case "dynamodb":
      return "dynamodb";
    case "kafka":
      return "kafka";
    case "mq":
      return "mq";
    case "rds":
    case "docdb-elastic":
      return "documentdb";
    default:
      return DocumentDBEventSourceConfig === undefined ? "unknown" : "documentdb";
  }
}

function sourceOf(kind: MappingKind, arn: string, home: Home): Value<string> {
  if (arn === "") return unknown("its source is outside of AWS");
  if (kind === "sqs") return known(queueId(arn, home), "live");
  return known(kind === "kinesis" || kind === "dynamodb" ? streamId(arn) : arn, "live");
}

/** States of https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html. */
function enabledOf(state: string | undefined): Value<boolean> {
  switch (state) {
    case "Enabled":
    case "Enabling":
    case "Creating":
      return known(true, "live");
    case "Disabled":
    case "Disabling":
      return known(false, "live");
    default:
      return unknown(
        state === undefined ? "Lambda did not say its state" : `Lambda is just changing it (${state})`,
      );
  }
}

function destinationOf(arn: string | undefined, home: Home): Destination | undefined {
  if (arn === undefined || arn === "") return undefined;
  const service = parseArn(arn)?.service;
  if (service === "sqs") return { kind: "sqs", to: queueId(arn, home) };
  if (service === "sns" || service === "s3" || service === "lambda") return { kind: service, to: arn };
  if (service === "events") return { kind: "eventbridge", to: arn };
  return { kind: arn.startsWith("kafka://") ? "kafka" : "other", to: arn };
}
