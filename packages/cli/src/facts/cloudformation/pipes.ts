/** EventBridge pipes. */

import type { PipeFact } from "../model.ts";
import { known, type Value } from "../value.ts";
import { deliver } from "./deliveries.ts";
import type { Draft } from "./draft.ts";
import { inEveryWorld } from "./evaluate.ts";
import { at } from "./node.ts";
import { kindOfSource, sourceName, sourceValue } from "./mappings.ts";
import type { Settings } from "./settings.ts";
import { factOf, partOf, settingsOf } from "./subject.ts";
import { FUNCTIONS, type Target } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

const PARAMETERS: Readonly<Record<PipeFact["kind"], string>> = {
  sqs: "SqsQueueParameters",
  kinesis: "KinesisStreamParameters",
  dynamodb: "DynamoDBStreamParameters",
  kafka: "ManagedStreamingKafkaParameters",
  mq: "ActiveMQBrokerParameters",
  documentdb: "",
  unknown: "",
};

/** Adds a pipe; and, where its target is a queue, what it delivers there. */
export function pipe(resource: Resource, draft: Draft): void {
  const settings = settingsOf(resource);
  const source = (run: Run): Target | undefined => settings.target(run, "Source");
  const kind = kindOfPipe(settings, source);
  const parameters = `SourceParameters.${PARAMETERS[kind]}`;
  draft.pipes.push({
    ...factOf(resource),
    kind,
    source: sourceValue(source, kind),
    sourceName: sourceName(source),
    enrichment: functionIn(settings, "Enrichment"),
    target: functionIn(settings, "Target"),
    batchSize: settings.number(`${parameters}.BatchSize`, kind === "sqs" ? 10 : 100),
    batchingWindowSeconds: settings.number(`${parameters}.MaximumBatchingWindowInSeconds`, 0),
  });
  sendOn(resource, settings, draft);
}

/** Its parameters are called after what it reads from. */
function kindOfPipe(settings: Settings, source: (run: Run) => Target | undefined): PipeFact["kind"] {
  const kind = kindOfSource(source);
  if (kind !== "unknown") return kind;
  for (const [name, parameters] of Object.entries(PARAMETERS))
    if (parameters !== "" && at(settings.node, "SourceParameters", parameters))
      return name as PipeFact["kind"];
  return "unknown";
}

function functionIn(settings: Settings, path: string): Value<string | undefined> {
  return inEveryWorld<string | undefined>((run) => {
    const target = settings.target(run, path);
    if (!target) return settings.fallback(undefined);
    if (target.kind === "resource") {
      const { type, path: id } = target.resource;
      return { known: true, value: FUNCTIONS.includes(type) ? id : undefined, from: "literal" };
    }
    return target.service !== undefined && target.service !== "lambda"
      ? { known: true, value: undefined, from: "literal" }
      : { known: false, reason: `${path.toLowerCase()} ${target.why}` };
  });
}

/** A pipe into a queue sends to it as anything else does. */
function sendOn(resource: Resource, settings: Settings, draft: Draft): void {
  const isQueue = (run: Run): boolean => {
    const target = settings.target(run, "Target");
    return target?.kind === "resource"
      ? target.resource.type === "AWS::SQS::Queue"
      : target?.service === "sqs";
  };
  const some = inEveryWorld<boolean>((run) => ({ known: true, value: isQueue(run), from: "literal" }));
  if (!some.cases.some(({ answer }) => answer.known && answer.value)) return;
  const id = at(settings.node, "TargetParameters", "SqsQueueParameters", "MessageDeduplicationId");
  deliver(draft, {
    fact: partOf(resource, `${resource.path}.Target`, settings.part("TargetParameters")),
    kind: "other",
    target: (run) => settings.target(run, "Target"),
    source: () => resource.path,
    selection: () => "",
    deduplicationId: known(id !== undefined, "literal"),
  });
}
