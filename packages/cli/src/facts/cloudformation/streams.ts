/** Streams of Kinesis and of tables, and the tables themselves. */

import type { StreamFact, TableFact } from "../model.ts";
import { known, type Value } from "../value.ts";
import { child, inEveryWorld } from "./evaluate.ts";
import { at } from "./node.ts";
import { ABSENT, plainText, type Result, unknownText } from "./result.ts";
import { numberAnswer, openOf, saidOf, type Settings, textAnswer } from "./settings.ts";
import { factOf, settingsOf } from "./subject.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

const DAY = 86_400;

/** A stream of Kinesis. */
export function kinesisStream(resource: Resource): StreamFact {
  const settings = settingsOf(resource);
  return {
    ...factOf(resource),
    kind: "kinesis",
    retentionSeconds: inEveryWorld((run) => {
      const hours = settings.read(run, "RetentionPeriodHours");
      if (hours.kind === "absent") return settings.fallback(DAY);
      const answer = numberAnswer(hours, "RetentionPeriodHours");
      return answer.known ? { ...answer, value: answer.value * 3_600 } : answer;
    }),
  };
}

/** @returns `undefined` for a table without a stream */
export function tableStream(resource: Resource): StreamFact | undefined {
  const { properties, type } = resource;
  const has =
    type !== "AWS::Serverless::SimpleTable" &&
    (at(properties, "StreamSpecification") ??
      (type === "AWS::DynamoDB::GlobalTable" ? properties : undefined));
  return has ? { ...factOf(resource), kind: "dynamodb", retentionSeconds: known(DAY, "default") } : undefined;
}

/** A table, whichever resource makes it. */
export function tableOf(resource: Resource): TableFact {
  const settings = settingsOf(resource);
  const isSimple = resource.type === "AWS::Serverless::SimpleTable";
  return {
    ...factOf(resource),
    name: settings.text("TableName", undefined),
    partitionKey: isSimple ? settings.text("PrimaryKey.Name", "id") : key(settings, "HASH"),
    sortKey: isSimple ? known(undefined, "default", { place: settings.owner }) : key(settings, "RANGE"),
    ttlAttribute: inEveryWorld<string | undefined>((run) => {
      const ttl = settings.read(run, "TimeToLiveSpecification");
      if (ttl.kind === "absent") return settings.fallback(undefined);
      const open = openOf(ttl);
      if (open) return unknownText(open, "TimeToLiveSpecification");
      const enabled = child(run, ttl, "Enabled");
      const isEnabled = plainText(enabled)?.toLowerCase();
      if (isEnabled === "false") return { known: true, value: undefined, ...saidOf(enabled) };
      if (isEnabled !== "true" && enabled.kind === "text")
        return unknownText(enabled, "TimeToLiveSpecification.Enabled");
      return textAnswer(child(run, ttl, "AttributeName"), "AttributeName");
    }),
  };
}

function key(settings: Settings, keyType: string): Value<string | undefined> {
  return inEveryWorld<string | undefined>((run) => {
    const schema = settings.read(run, "KeySchema");
    if (schema.kind === "text") return unknownText(schema, "KeySchema");
    const name = nameIn(run, schema, keyType);
    return name.kind === "absent" ? settings.fallback(undefined) : textAnswer(name, "AttributeName");
  });
}

function nameIn(run: Run, schema: Result, keyType: string): Result {
  if (schema.kind === "list")
    for (const item of schema.items) {
      const one = item();
      if (plainText(child(run, one, "KeyType")) === keyType) return child(run, one, "AttributeName");
    }
  return ABSENT;
}
