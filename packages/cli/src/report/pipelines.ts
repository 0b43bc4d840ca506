/** What delivers to what, with the settings that decide how often: one entry for each mapping, pipe and delivery. */

import type {
  DeliveryFact,
  Fact,
  Facts,
  FunctionFact,
  MappingFact,
  PipeFact,
  QueueFact,
} from "../facts/model.ts";
import { mapped, unknown, type Value } from "../facts/value.ts";
import { follow, mayExist, sameId } from "./follow.ts";
import { byText } from "./report.ts";
import { type SaidValue, saidValue } from "./values.ts";

export interface Pipeline {
  readonly kind: "mapping" | "pipe" | "delivery";
  readonly language: Facts["language"];
  readonly file: string;
  readonly line: number | null;
  readonly source: { readonly kind: string; readonly id: string | null };
  readonly function: string | null;
  readonly queue: string | null;
  readonly mapping: string;
  readonly facts: Readonly<Record<string, SaidValue>>;
  readonly account?: string;
  readonly region?: string;
  readonly arn?: string;
}

/** A pipe heeds partial batch responses always (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html). */
const NO_SUCH_SETTING = unknown("a pipe has no such setting");

type Settings = Readonly<Record<string, Value<unknown>>>;

export function pipelinesOf(all: readonly Facts[]): readonly Pipeline[] {
  return all
    .flatMap((facts) => [
      ...facts.mappings.filter(mayExist).map((mapping) => ofMapping(facts, mapping)),
      ...facts.pipes.filter(mayExist).map((pipe) => ofPipe(facts, pipe)),
      ...facts.deliveries.filter(mayExist).map((delivery) => ofDelivery(facts, delivery)),
    ])
    .toSorted(
      (left, right) =>
        byText(left.file, right.file) ||
        (left.line ?? 0) - (right.line ?? 0) ||
        byText(left.kind, right.kind) ||
        byText(left.mapping, right.mapping),
    );
}

function ofMapping(facts: Facts, mapping: MappingFact): Pipeline {
  const { kind, source, sourceName } = mapping;
  const stream = kind === "kinesis" || kind === "dynamodb";
  return {
    ...begun("mapping", facts, mapping),
    source: { kind, id: sameId(source, sourcesOf(facts, kind)) ?? sourceName },
    function: sameId(mapping.function, facts.functions),
    queue: kind === "sqs" ? sameId(source, facts.queues) : null,
    facts: said({
      ...functionSettings(facts, mapping.function),
      ...(kind === "sqs" ? queueSettings(facts, source) : {}),
      ...(stream
        ? { retentionSeconds: follow(source, facts.streams, "stream", (one) => one.retentionSeconds) }
        : {}),
      batchSize: mapping.batchSize,
      batchingWindowSeconds: mapping.batchingWindowSeconds,
      reportBatchItemFailures: mapping.reportBatchItemFailures,
      enabled: mapping.enabled,
      filters: mapping.filters,
      onFailure: mapped(mapping.onFailure, (destination) => destination?.to),
      ...(stream
        ? {
            maximumRetryAttempts: mapping.maximumRetryAttempts,
            maximumRecordAgeSeconds: mapping.maximumRecordAgeSeconds,
            bisectBatchOnFunctionError: mapping.bisectBatchOnFunctionError,
          }
        : { maximumConcurrency: mapping.maximumConcurrency }),
    }),
  };
}

function ofPipe(facts: Facts, pipe: PipeFact): Pipeline {
  const timeout = ({ timeoutSeconds }: FunctionFact) => timeoutSeconds;
  const { kind, source, target, enrichment } = pipe;
  return {
    ...begun("pipe", facts, pipe),
    source: { kind, id: sameId(source, sourcesOf(facts, kind)) ?? pipe.sourceName },
    function: sameId(target, facts.functions) ?? sameId(enrichment, facts.functions),
    queue: kind === "sqs" ? sameId(source, facts.queues) : null,
    facts: said({
      ...(kind === "sqs"
        ? { ...queueSettings(facts, source), reportBatchItemFailures: NO_SUCH_SETTING }
        : {}),
      batchSize: pipe.batchSize,
      batchingWindowSeconds: pipe.batchingWindowSeconds,
      ...(kind === "sqs" || names(target)
        ? { timeoutSeconds: follow(target, facts.functions, "function", timeout) }
        : {}),
      ...(names(enrichment)
        ? { enrichmentTimeoutSeconds: follow(enrichment, facts.functions, "function", timeout) }
        : {}),
    }),
  };
}

function ofDelivery(facts: Facts, delivery: DeliveryFact): Pipeline {
  const to = (kind: string): Value<string | undefined> =>
    mapped(delivery.target, (target) => (target.kind === kind ? target.id : undefined));
  const toFunction = to("function");
  const toQueue = to("queue");
  const asynchronous = delivery.asynchronous && names(toFunction);
  const async = <T>(setting: (of: FunctionFact["async"]) => Value<T>): Value<T> =>
    follow(toFunction, facts.functions, "function", (one) => setting(one.async));
  return {
    ...begun("delivery", facts, delivery),
    source: { kind: delivery.kind, id: firstId(delivery.source) },
    function: sameId(toFunction, facts.functions),
    queue: sameId(toQueue, facts.queues),
    facts: said({
      ...(names(toFunction) ? functionSettings(facts, toFunction) : {}),
      ...(names(toQueue) ? queueSettings(facts, toQueue) : {}),
      deliveryDeadLetter: delivery.deadLetter,
      deliveryMaximumEventAgeSeconds: delivery.maximumEventAgeSeconds,
      ...(names(toQueue) ? { deduplicationId: delivery.deduplicationId } : {}),
      ...(asynchronous
        ? {
            maximumRetryAttempts: async((one) => one.maximumRetryAttempts),
            maximumEventAgeSeconds: async((one) => one.maximumEventAgeSeconds),
            onFailure: async((one) => one.onFailure),
            deadLetter: follow(toFunction, facts.functions, "function", (one) => one.deadLetter),
          }
        : {}),
    }),
  };
}

function begun(kind: Pipeline["kind"], { language, file }: Facts, fact: Fact) {
  const { place, id, account, region, arn } = fact;
  return {
    kind,
    language,
    file: place?.file ?? file,
    line: place?.line ?? null,
    mapping: id,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(arn === undefined ? {} : { arn }),
  } as const;
}

function functionSettings(facts: Facts, reference: Value<string | undefined>): Settings {
  return {
    timeoutSeconds: follow(reference, facts.functions, "function", (one) => one.timeoutSeconds),
    reservedConcurrency: follow(reference, facts.functions, "function", (one) => one.reservedConcurrency),
  };
}

function queueSettings(facts: Facts, reference: Value<string | undefined>): Settings {
  const of = <T>(setting: (queue: QueueFact) => Value<T>): Value<T> =>
    follow(reference, facts.queues, "queue", setting);
  return {
    visibilityTimeoutSeconds: of((one) => one.visibilityTimeoutSeconds),
    fifo: of((one) => one.fifo),
    deadLetterQueue: of((one) => one.deadLetterQueue),
    maxReceiveCount: of((one) => one.maxReceiveCount),
    retentionSeconds: of((one) => one.retentionSeconds),
    delaySeconds: of((one) => one.delaySeconds),
  };
}

function sourcesOf(facts: Facts, kind: string): readonly Fact[] {
  return kind === "sqs" ? facts.queues : facts.streams;
}

/** Whether it names anything in some world, or may. */
function names({ cases }: Value<string | undefined>): boolean {
  return cases.some(({ answer }) => !answer.known || answer.value !== undefined);
}

function firstId({ cases }: Value<string>): string | null {
  const answer = cases[0]?.answer;
  return answer?.known ? answer.value : null;
}

function said(settings: Settings): Pipeline["facts"] {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, saidValue(value)]));
}
