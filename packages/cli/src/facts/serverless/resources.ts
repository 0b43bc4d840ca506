/** The CloudFormation resources that a service brings along: queues, streams, tables; the others are named as gaps. */

import type { Gap, QueueFact, StreamFact, TableFact } from "../model.ts";
import type { Answer, Place } from "../value.ts";
import { documentOf, type Node } from "./document.ts";
import { answerOf, type Found, isNull, numberAnswer, unknownAnswer } from "./found.ts";
import { byDefault, one, type Reader } from "./reader.ts";
import type { Resource } from "./service.ts";

export function queueFacts(reader: Reader): readonly QueueFact[] {
  return of(reader, "AWS::SQS::Queue").map((resource) => {
    const { place, fact, get } = parts(reader, resource);
    return {
      ...fact,
      name: reader.text(get("QueueName"), place),
      visibilityTimeoutSeconds: reader.number(get("VisibilityTimeout"), 30, place),
      retentionSeconds: reader.number(get("MessageRetentionPeriod"), 345_600, place),
      delaySeconds: reader.number(get("DelaySeconds"), 0, place),
      fifo: reader.boolean(get("FifoQueue"), false, place),
      contentBasedDeduplication: reader.boolean(get("ContentBasedDeduplication"), false, place),
      deadLetterQueue: one(deadLetterQueue(reader, get("RedrivePolicy"), place)),
      maxReceiveCount: one(maxReceiveCount(reader, get("RedrivePolicy"), place)),
    };
  });
}

function deadLetterQueue(reader: Reader, found: Found | undefined, place: Place): Answer<string | undefined> {
  const policy = policyOf(found);
  if (!policy || isNull(policy)) return byDefault(undefined, place);
  if (!policy.known) return unknownAnswer(policy);
  return reader.named(reader.service.at(policy, "deadLetterTargetArn"), policy.node.place);
}

function maxReceiveCount(reader: Reader, found: Found | undefined, place: Place): Answer<number | undefined> {
  const policy = policyOf(found);
  if (!policy || isNull(policy)) return byDefault(undefined, place);
  if (!policy.known) return unknownAnswer(policy);
  const count = reader.setting(reader.service.at(policy, "maxReceiveCount"));
  return count ? numberAnswer(count, byDefault(0, place)) : byDefault(undefined, policy.node.place);
}

/** A policy may be a text of JSON. */
function policyOf(found: Found | undefined): Found | undefined {
  if (!found?.known || found.node.kind !== "scalar" || typeof found.node.value !== "string") return found;
  const { place } = found.node;
  try {
    return { ...found, node: at(documentOf(found.node.value, place.file), place) };
  } catch {
    return { known: false, reason: "the redrive policy is not JSON", place, text: found.node.value };
  }
}

/** What stands in a text stands where the text does. */
function at(node: Node, place: Place): Node {
  if (node.kind === "map")
    return {
      ...node,
      place,
      entries: new Map([...node.entries].map(([key, value]) => [key, at(value, place)])),
    };
  return node.kind === "list"
    ? { ...node, place, items: node.items.map((item) => at(item, place)) }
    : { ...node, place };
}

export function streamFacts(reader: Reader): readonly StreamFact[] {
  const kinesis = of(reader, "AWS::Kinesis::Stream").map((resource): StreamFact => {
    const { place, fact, get } = parts(reader, resource);
    const hours = numberAnswer(get("RetentionPeriodHours"), byDefault(24, place));
    const seconds = hours.known
      ? { ...hours, value: hours.value * 3_600 }
      : unknownAnswer({ ...hours, place, text: "" });
    return { ...fact, kind: "kinesis", retentionSeconds: one(seconds) };
  });
  const tables = tablesOf(reader).flatMap((resource): StreamFact[] => {
    const { place, fact, get } = parts(reader, resource);
    if (!get("StreamSpecification")) return [];
    return [{ ...fact, kind: "dynamodb", retentionSeconds: one(byDefault(86_400, place)) }];
  });
  return [...kinesis, ...tables];
}

export function tableFacts(reader: Reader): readonly TableFact[] {
  return tablesOf(reader).map((resource) => {
    const { place, fact, get } = parts(reader, resource);
    const key = (type: string) => {
      const schema = get("KeySchema");
      const found = reader.service
        .items(schema)
        .find((item) => texted(reader.service.at(item, "KeyType")) === type);
      return reader.text(reader.service.at(found, "AttributeName"), place);
    };
    return {
      ...fact,
      name: reader.text(get("TableName"), place),
      partitionKey: key("HASH"),
      sortKey: key("RANGE"),
      ttlAttribute: one(ttlAttribute(reader, get("TimeToLiveSpecification"), place)),
    };
  });
}

function ttlAttribute(reader: Reader, ttl: Found | undefined, place: Place): Answer<string | undefined> {
  if (!ttl || isNull(ttl)) return byDefault(undefined, place);
  if (!ttl.known) return unknownAnswer(ttl);
  const enabled = reader.setting(reader.service.at(ttl, "Enabled"));
  if (enabled && !enabled.known) return unknownAnswer(enabled);
  if (texted(enabled) !== "true") return answerOf(ttl, undefined);
  const name = reader.setting(reader.service.at(ttl, "AttributeName"));
  if (name && !name.known) return unknownAnswer(name);
  return answerOf(ttl, texted(name));
}

function texted(found: Found | undefined): string | undefined {
  return found?.known && found.node.kind === "scalar" ? String(found.node.value) : undefined;
}

function tablesOf(reader: Reader): readonly Resource[] {
  return [...of(reader, "AWS::DynamoDB::Table"), ...of(reader, "AWS::DynamoDB::GlobalTable")];
}

function of(reader: Reader, type: string): readonly Resource[] {
  return [...reader.service.resources.values()].filter((resource) => resource.type === type);
}

function parts(reader: Reader, resource: Resource) {
  const node = resource.properties?.known ? resource.properties.node : resource.node;
  const fact = reader.fact(resource.id, resource.node, resource.condition);
  return {
    place: fact.place ?? resource.node.place,
    fact: { ...fact, settings: node.place },
    get: (name: string) => reader.setting(reader.service.at(resource.properties, name)),
  };
}

/** Types that take part in a pipeline, but are not looked at here. */
const LEFT_OUT =
  /^AWS::(Lambda::(EventSourceMapping|Function|Alias|EventInvokeConfig)|Pipes::Pipe|Events::Rule|Scheduler::Schedule|SNS::Subscription|SQS::QueueInlinePolicy|IoT::TopicRule|Logs::SubscriptionFilter|CloudFormation::Stack|Serverless::\w+)$/;

export function resourceGaps(reader: Reader): readonly Gap[] {
  return [...reader.service.resources.values()]
    .filter(({ type }) => LEFT_OUT.test(type))
    .map(({ id, type, node }) => ({
      reason: `${id} (${type}) stands in the service's resources, and is not looked at; "serverless package" makes a template that can be`,
      place: node.key ?? node.place,
    }));
}
