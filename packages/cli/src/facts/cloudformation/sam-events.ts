/** The events of a SAM function: each is the mapping, or the delivery, that SAM makes of it. */

import type { MappingKind } from "../model.ts";
import { deliver, sourceOf } from "./deliveries.ts";
import type { Draft } from "./draft.ts";
import { type Guards, namedElementsOf } from "./elements.ts";
import { qualifierOf } from "./functions.ts";
import { mapping } from "./mappings.ts";
import { at, below, placeOf, textOf } from "./node.ts";
import { bucketDelivery, snsDelivery } from "./notifications.ts";
import { eventBridgeDelivery, selectionOf } from "./schedules.ts";
import { Settings } from "./settings.ts";
import { partOf } from "./subject.ts";
import type { Target } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

/** What is polled, by the type of the event: the property that names the source, and what it is. */
const POLLED: Readonly<Record<string, readonly [property: string, kind: MappingKind]>> = {
  SQS: ["Queue", "sqs"],
  Kinesis: ["Stream", "kinesis"],
  DynamoDB: ["Stream", "dynamodb"],
  MSK: ["Stream", "kafka"],
  SelfManagedKafka: ["KafkaBootstrapServers", "kafka"],
  MQ: ["Broker", "mq"],
  DocumentDB: ["Cluster", "documentdb"],
};

/** A caller waits for these, and asks again itself. */
const WAITED_FOR = new Set(["Api", "HttpApi", "WebSocket", "AlexaSkill", "Cognito"]);

interface Event {
  readonly resource: Resource;
  readonly name: string;
  readonly id: string;
  readonly settings: Settings;
  readonly guards: Guards;
  readonly draft: Draft;
  readonly self: (run: Run) => Target;
}

/** Adds what the events of a function make. */
export function samEvents(resource: Resource, draft: Draft): void {
  const qualifier = qualifierOf(resource);
  for (const { node, guards, name, key } of namedElementsOf(at(resource.properties, "Events"))) {
    const type = textOf(at(node, "Type"));
    const properties = at(node, "Properties");
    const place = key ?? placeOf(node);
    const settings = new Settings(resource.template, properties, place, {
      ...place,
      pointer: below(node.pointer, "Properties"),
    });
    const self = (): Target => ({ kind: "resource", resource, qualifier });
    const event: Event = {
      resource,
      name,
      id: `${resource.path}.Events.${name}`,
      settings,
      guards,
      draft,
      self,
    };
    if (type === undefined || WAITED_FOR.has(type)) continue;
    const polled = POLLED[type];
    if (polled) polls(event, polled);
    else if (!sends(event, type))
      draft.gaps.push({
        reason: `the event ${name} of ${resource.path} has the type ${type}, which is not known`,
        place,
        about: [resource.path],
      });
  }
}

function factOfEvent({ resource, id, settings, guards }: Event): ReturnType<typeof partOf> {
  return { ...partOf(resource, id, settings, guards), place: settings.owner };
}

function polls(event: Event, [property, kind]: readonly [string, MappingKind]): void {
  const { draft, settings, self } = event;
  draft.mappings.push(
    mapping({
      fact: factOfEvent(event),
      settings,
      kind,
      function: self,
      source: (run) => settings.target(run, property),
    }),
  );
}

function sends(event: Event, type: string): boolean {
  const { draft, settings, self } = event;
  const fact = factOfEvent(event);
  switch (type) {
    case "S3":
      bucketDelivery(draft, fact, settings, sourceOf(settings, "Bucket", "nothing"), self);
      return true;
    case "SNS":
      subscribes(event);
      return true;
    case "EventBridgeRule":
    case "CloudWatchEvent":
    case "Schedule":
      eventBridgeDelivery(draft, {
        fact,
        kind: "eventbridge",
        settings,
        target: self,
        source: sourceOf(settings, "EventBusName", "default"),
        selection: (run) => selectionOf(run, settings, ["Pattern", "Schedule"]),
        ...generatedDeadLetter(event),
      });
      return true;
    case "ScheduleV2":
      eventBridgeDelivery(draft, {
        fact,
        kind: "scheduler",
        settings,
        target: self,
        source: () => "schedule",
        selection: (run) => selectionOf(run, settings, ["ScheduleExpression", "ScheduleExpressionTimezone"]),
        ...generatedDeadLetter(event),
      });
      return true;
    case "IoTRule":
      deliver(draft, {
        fact,
        kind: "iot",
        target: self,
        source: () => "iot",
        selection: (run) => selectionOf(run, settings, ["Sql"]),
      });
      return true;
    case "CloudWatchLogs":
      deliver(draft, {
        fact,
        kind: "logs",
        target: self,
        source: sourceOf(settings, "LogGroupName", "nothing"),
        selection: (run) => selectionOf(run, settings, ["FilterPattern"]),
      });
      return true;
    default:
      return false;
  }
}

/** `DeadLetterConfig: { Type: SQS }` without an ARN: SAM makes the queue. */
function generatedDeadLetter({ settings, resource, name }: Event): {
  readonly generatedQueue?: string;
} {
  const config = at(settings.node, "DeadLetterConfig");
  if (textOf(at(config, "Type")) !== "SQS" || at(config, "Arn")) return {};
  const id =
    resource.template.prefix + (textOf(at(config, "QueueLogicalId")) ?? `${resource.id}${name}Queue`);
  return { generatedQueue: id };
}

/** Straight to the function; or through a queue that SAM makes, or is given. */
function subscribes(event: Event): void {
  const { draft, settings, self, resource, name } = event;
  const fact = factOfEvent(event);
  const topic = sourceOf(settings, "Topic", "nothing");
  const through = at(settings.node, "SqsSubscription");
  if (through === undefined || textOf(through)?.toLowerCase() === "false") {
    snsDelivery(draft, fact, settings, topic, self);
    return;
  }
  const options = through.kind === "map" ? through : undefined;
  const polling = new Settings(
    resource.template,
    options,
    settings.owner,
    settings.part("SqsSubscription").place,
  );
  const made = resource.template.resources.get(`${resource.id}${name}Queue`);
  const queue = (run: Run): Target | undefined =>
    made ? { kind: "resource", resource: made } : polling.target(run, "QueueArn");
  draft.mappings.push(mapping({ fact, settings: polling, kind: "sqs", function: self, source: queue }));
  snsDelivery(draft, fact, settings, topic, queue);
}
