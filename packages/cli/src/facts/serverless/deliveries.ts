/** Events that others send: topics, buckets, rules, schedules, APIs. */

import type { DeliveryFact, DeliveryKind } from "../model.ts";
import type { Answer, Place, Value } from "../value.ts";
import type { Event } from "./events.ts";
import { answerOf, type Found, isNull, spelled, unknownAnswer } from "./found.ts";
import { byDefault, one, type Reader } from "./reader.ts";
import type { Node } from "./document.ts";

interface Kind {
  readonly kind: DeliveryKind;
  readonly asynchronous: boolean;
  /** Where it says what it comes from. */
  readonly source: readonly string[];
  /** What it lets through. */
  readonly selection: readonly string[];
  readonly maximumEventAge?: number;
}

const DAY = 86_400;

const KINDS: Readonly<Record<string, Kind>> = {
  // SNS tries endpoints of AWS for 23 days (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
  sns: {
    kind: "sns",
    asynchronous: true,
    source: ["arn", "topicName"],
    selection: ["filterPolicyScope", "filterPolicy"],
    maximumEventAge: 23 * DAY,
  },
  s3: { kind: "s3", asynchronous: true, source: ["bucket"], selection: ["event", "rules"] },
  eventBridge: {
    kind: "eventbridge",
    asynchronous: true,
    source: ["eventBus"],
    selection: ["pattern", "schedule"],
    maximumEventAge: DAY,
  },
  schedule: {
    kind: "eventbridge",
    asynchronous: true,
    source: [],
    selection: ["rate"],
    maximumEventAge: DAY,
  },
  cloudwatchEvent: {
    kind: "eventbridge",
    asynchronous: true,
    source: [],
    selection: ["event"],
    maximumEventAge: DAY,
  },
  cloudwatchLog: { kind: "logs", asynchronous: true, source: ["logGroup"], selection: ["filter"] },
  iot: { kind: "iot", asynchronous: true, source: [], selection: ["sql"] },
  http: api(["path", "method"]),
  httpApi: api(["path", "method"]),
  websocket: api(["route"]),
  alb: { kind: "other", asynchronous: false, source: ["listenerArn"], selection: ["conditions"] },
  cognitoUserPool: { kind: "cognito", asynchronous: false, source: ["pool"], selection: ["trigger"] },
  alexaSkill: { kind: "other", asynchronous: false, source: [], selection: [] },
  alexaSmartHome: { kind: "other", asynchronous: false, source: [], selection: [] },
  cloudFront: {
    kind: "other",
    asynchronous: false,
    source: ["origin"],
    selection: ["eventType", "pathPattern"],
  },
  iotFleetProvisioning: { kind: "other", asynchronous: false, source: [], selection: [] },
};

function api(selection: readonly string[]): Kind {
  return { kind: "apigateway", asynchronous: false, source: [], selection };
}

export const DELIVERED: ReadonlySet<string> = new Set(Object.keys(KINDS));

export function deliveryFacts(reader: Reader, event: Event): readonly DeliveryFact[] {
  const kind = KINDS[event.type];
  if (!kind) return [];
  const { found, type } = event;
  const fact = reader.fact(event.id, event.node);
  const place = fact.place ?? event.node.place;
  const get = (...path: readonly string[]) => reader.service.at(settingsOf(found), ...path);
  const scheduler = type === "schedule" && texted(get("method")) === "scheduler";
  return [
    {
      ...fact,
      settings: event.node.place,
      kind: scheduler ? "scheduler" : kind.kind,
      asynchronous: kind.asynchronous || (type === "http" && texted(get("async")) === "true"),
      target: one({ known: true, value: { kind: "function", id: event.lambda }, from: "literal", place }),
      source: one(sourceOf(reader, event, kind, place)),
      selection: one(selectionOf(reader, event, kind, place)),
      ...(type === "s3"
        ? {
            prefix: rule(reader, get("rules"), "prefix", place),
            suffix: rule(reader, get("rules"), "suffix", place),
          }
        : {}),
      deadLetter: one(deadLetter(reader, type, get, place)),
      maximumEventAgeSeconds:
        kind.maximumEventAge === undefined
          ? one<number | undefined>(byDefault(undefined, place))
          : reader.number(get("retryPolicy", "maximumEventAge"), kind.maximumEventAge, place),
      deduplicationId: one<boolean | undefined>(byDefault(undefined, place)),
    },
  ];
}

/** `- sns: topic` is only a name. */
function settingsOf(found: Found): Found | undefined {
  return found.known && found.node.kind === "map" ? found : undefined;
}

function sourceOf(reader: Reader, event: Event, { kind, source }: Kind, place: Place): Answer<string> {
  const { found } = event;
  if (found.known && found.node.kind === "scalar" && source.length > 0)
    return reader.named(found, place) as Answer<string>;
  if (!found.known) return unknownAnswer(found);
  for (const name of source) {
    const own = reader.service.at(settingsOf(found), name);
    if (own && !isNull(own)) return reader.named(own, place) as Answer<string>;
  }
  return byDefault(kind === "eventbridge" ? "default" : event.type, place);
}

function selectionOf(
  reader: Reader,
  { found }: Event,
  { selection, source }: Kind,
  place: Place,
): Answer<string> {
  if (!found.known) return unknownAnswer(found);
  // A plain text is what it comes from, where a kind says that; else what it lets through.
  if (found.node.kind === "scalar" && source.length === 0) return answerOf(found, spelled(found.node));
  const texts: string[] = [];
  for (const name of selection) {
    const own = reader.service.at(settingsOf(found), name);
    if (own && !own.known) return unknownAnswer(own);
    if (own) texts.push(own.node.kind === "scalar" ? spelled(own.node) : canonical(own.node));
    // Without a policy its scope says nothing, and with one it has a default.
    else if (name === "filterPolicyScope" && reader.service.at(settingsOf(found), "filterPolicy"))
      texts.push("MessageAttributes");
  }
  return { known: true, value: texts.join(" "), from: "literal", place };
}

/** As JSON, its keys in one order: equal patterns are equal texts. */
function canonical(node: Node): string {
  switch (node.kind) {
    case "scalar":
      return JSON.stringify(node.value);
    case "list":
      return `[${node.items.map(canonical).join(",")}]`;
    case "map":
      return `{${[...node.entries]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`)
        .join(",")}}`;
  }
}

/** `rules: [{ prefix: in/ }, { suffix: .csv }]` */
function rule(reader: Reader, rules: Found | undefined, name: string, place: Place): Value<string> {
  if (rules && !rules.known) return one(unknownAnswer(rules));
  for (const item of reader.service.items(rules)) {
    const found = reader.service.at(item, name);
    if (found) return one(found.known ? answerOf(found, spelled(found.node)) : unknownAnswer(found));
  }
  return one(byDefault("", place));
}

function deadLetter(
  reader: Reader,
  type: string,
  get: (...path: readonly string[]) => Found | undefined,
  place: Place,
): Answer<string | undefined> {
  if (type === "eventBridge") return reader.named(get("deadLetterQueueArn"), place);
  if (type !== "sns") return byDefault(undefined, place);
  const policy = get("redrivePolicy");
  if (!policy || isNull(policy)) return byDefault(undefined, place);
  if (!policy.known) return unknownAnswer(policy);
  const target =
    get("redrivePolicy", "deadLetterTargetArn") ?? get("redrivePolicy", "deadLetterTargetImport", "arn");
  if (target) return reader.named(target, place);
  const reference = get("redrivePolicy", "deadLetterTargetRef");
  return reference?.known ? answerOf(reference, spelled(reference.node)) : byDefault(undefined, place);
}

function texted(found: Found | undefined): string | undefined {
  return found?.known && found.node.kind === "scalar" ? String(found.node.value) : undefined;
}
