/** Streams and tables. */

import type { StreamFact, TableFact } from "../../model.ts";
import { and, scaledValue } from "../values.ts";
import { booleanAnswer } from "../answers.ts";
import type { Reader } from "./reader.ts";

export function streamFacts(reader: Reader): readonly StreamFact[] {
  const kinesis = reader.of("aws_kinesis_stream").map((item): StreamFact => {
    const hours = reader.number(item, "retention_period", { otherwise: 24, min: 24, max: 8_760 });
    return { ...reader.fact(item), kind: "kinesis", retentionSeconds: scaledValue(hours, 3_600) };
  });
  const tables = reader.of("aws_dynamodb_table").map((item): StreamFact => {
    const fact = reader.fact(item);
    return {
      ...fact,
      exists: and(fact.exists, reader.boolean(item, "stream_enabled", false)),
      kind: "dynamodb",
      retentionSeconds: {
        cases: [{ when: {}, answer: { known: true, value: 86_400, from: "default", place: item.place } }],
      },
    };
  });
  const isThere = ({ exists }: StreamFact) =>
    exists.cases.some(({ answer }) => !answer.known || answer.value);
  return [...kinesis, ...tables.filter(isThere)];
}

export function tableFacts(reader: Reader): readonly TableFact[] {
  return reader.of("aws_dynamodb_table").map((item) => ({
    ...reader.fact(item),
    name: reader.text(item, "name"),
    partitionKey: reader.text(item, "hash_key"),
    sortKey: reader.text(item, "range_key"),
    ttlAttribute: reader.value<string | undefined>(item, () => {
      const ttl = item.sections("ttl")[0];
      const none = { known: true, value: undefined, from: "default", place: (ttl ?? item).place } as const;
      if (!ttl) return none;
      const enabled = booleanAnswer(ttl, "enabled", false);
      if (!enabled.known) return enabled;
      return enabled.value
        ? reader.named(ttl.get("attribute_name"), ttl.place)
        : { ...enabled, value: undefined };
    }),
  }));
}
