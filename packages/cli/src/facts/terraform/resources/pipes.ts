/** EventBridge pipes. */

import type { MappingKind, PipeFact } from "../../model.ts";
import type { Answer } from "../../value.ts";
import { byDefault, type Limits, numberAnswer } from "../answers.ts";
import { isNull } from "../datum.ts";
import type { Item, Section } from "../item.ts";
import type { Reader } from "./reader.ts";

const KINDS: Readonly<Record<string, MappingKind>> = {
  sqs: "sqs",
  kinesis: "kinesis",
  dynamodb: "dynamodb",
  kafka: "kafka",
  mq: "mq",
};

/** The block that a kind's settings stand in. */
const BLOCKS: readonly (readonly [string, MappingKind])[] = [
  ["sqs_queue_parameters", "sqs"],
  ["kinesis_stream_parameters", "kinesis"],
  ["dynamodb_stream_parameters", "dynamodb"],
  ["managed_streaming_kafka_parameters", "kafka"],
  ["self_managed_kafka_parameters", "kafka"],
  ["activemq_broker_parameters", "mq"],
  ["rabbitmq_broker_parameters", "mq"],
];

export function pipeFacts(reader: Reader): readonly PipeFact[] {
  return reader.of("aws_pipes_pipe").map((item) => {
    const first = reader.value(item, () => ({
      known: true,
      value: { kind: kindOf(reader, item), name: reader.target(item.get("source")).text },
      from: "literal",
    })).cases[0]?.answer;
    const { kind, name } = first?.known ? first.value : { kind: "unknown" as const, name: "…" };
    const number = (setting: string, limits: Limits) =>
      reader.value(item, (): Answer<number> => {
        const section = parametersOf(item);
        return section
          ? numberAnswer(section, setting, limits, reader.worlds)
          : { known: true, value: limits.otherwise, from: "default", place: item.place };
      });
    return {
      ...reader.fact(item),
      kind,
      source: reader.value(item, () =>
        reader.reference(
          item.get("source"),
          ["aws_sqs_queue", "aws_kinesis_stream", "aws_dynamodb_table"],
          item.place,
        ),
      ),
      sourceName: name,
      enrichment: reader.value(item, () => functionOrNone(reader, item, "enrichment")),
      target: reader.value(item, () => functionOrNone(reader, item, "target")),
      batchSize: number("batch_size", { otherwise: kind === "sqs" ? 10 : 100, min: 1, max: 10_000 }),
      batchingWindowSeconds: number("maximum_batching_window_in_seconds", { otherwise: 0, min: 0, max: 300 }),
    };
  });
}

function kindOf(reader: Reader, item: Item): MappingKind {
  const { service } = reader.target(item.get("source"));
  const named = service === undefined ? undefined : KINDS[service];
  if (named) return named;
  const [parameters] = item.sections("source_parameters");
  return BLOCKS.find(([block]) => (parameters?.sections(block).length ?? 0) > 0)?.[1] ?? "unknown";
}

function parametersOf(item: Item): Section | undefined {
  const [parameters] = item.sections("source_parameters");
  for (const [block] of BLOCKS) {
    const [section] = parameters?.sections(block) ?? [];
    if (section) return section;
  }
  return undefined;
}

function functionOrNone(reader: Reader, item: Item, name: string): Answer<string | undefined> {
  const datum = item.get(name);
  if (isNull(datum)) return byDefault(undefined, datum, item.place);
  const { service } = reader.target(datum);
  if (service !== undefined && service !== "lambda")
    return { known: true, value: undefined, from: "literal", place: datum.place ?? item.place };
  return reader.reference(datum, "aws_lambda_function", item.place);
}
