/** Topics and buckets that send to functions and queues. */

import { known, type Value } from "../value.ts";
import { canonical, deliver, sourceOf } from "./deliveries.ts";
import type { Draft } from "./draft.ts";
import { elementsOf } from "./elements.ts";
import { below, child, inEveryWorld } from "./evaluate.ts";
import { at } from "./node.ts";
import { ABSENT, plainText, type Result, unknownText } from "./result.ts";
import { fromPolicy } from "./queues.ts";
import { openOf, saidOf, type Settings } from "./settings.ts";
import { partOf, settingsOf } from "./subject.ts";
import { comparable, nameOf, type Target, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";
import type { Fact } from "../model.ts";

/** 100,015 attempts over 23 days (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html). */
const SNS_SECONDS = 23 * 86_400;

/** A subscription that is a resource of its own. */
export function subscription(resource: Resource, draft: Draft): void {
  const settings = settingsOf(resource);
  subscribed(
    draft,
    partOf(resource, resource.path, settings),
    settings,
    sourceOf(settings, "TopicArn", "nothing"),
  );
}

/** The subscriptions that stand in a topic itself. */
export function inlineSubscriptions(resource: Resource, draft: Draft): void {
  for (const { node, guards, name } of elementsOf(at(resource.properties, "Subscription"))) {
    const settings = settingsOf(resource, node);
    subscribed(
      draft,
      partOf(resource, `${resource.path}.Subscription.${name}`, settings, guards),
      settings,
      () => resource.path,
    );
  }
}

function subscribed(draft: Draft, fact: Fact, settings: Settings, source: (run: Run) => string): void {
  const protocols = settings.text("Protocol", undefined).cases;
  const isOther = protocols.every(
    ({ answer }) => answer.known && answer.value !== "lambda" && answer.value !== "sqs",
  );
  if (isOther) return;
  snsDelivery(draft, fact, settings, source, (run) => settings.target(run, "Endpoint"));
}

/** @param settings those of the subscription */
export function snsDelivery(
  draft: Draft,
  fact: Fact,
  settings: Settings,
  source: (run: Run) => string,
  target: (run: Run) => Target | undefined,
): void {
  deliver(draft, {
    fact,
    kind: "sns",
    target,
    source,
    selection: (run) => {
      const policy = settings.read(run, "FilterPolicy");
      return policy.kind === "absent"
        ? ""
        : `${plainText(settings.read(run, "FilterPolicyScope")) ?? "MessageAttributes"} ${canonical(run, policy)}`;
    },
    deadLetter: fromPolicy(settings, "RedrivePolicy", "deadLetterTargetArn", (result, run) => ({
      known: true,
      value: nameOf(targetOf(run, result, settings.template)),
      ...saidOf(result),
    })),
    maximumEventAgeSeconds: known(SNS_SECONDS, "default"),
    // Only a FIFO topic may send to a FIFO queue, and it passes its messages' ids on.
    deduplicationId: known(true, "default"),
  });
}

const BUCKET_TARGETS = [
  // In CloudFormation, and in the custom resource of the CDK.
  ["LambdaConfigurations", "Function"],
  ["LambdaFunctionConfigurations", "LambdaFunctionArn"],
  ["QueueConfigurations", "Queue"],
  ["QueueConfigurations", "QueueArn"],
  ["TopicConfigurations", "Topic"],
  ["TopicConfigurations", "TopicArn"],
] as const;

/** Adds a delivery for each notification of a bucket. */
export function bucketNotifications(resource: Resource, draft: Draft): void {
  const source =
    resource.type === "AWS::S3::Bucket"
      ? () => resource.path
      : sourceOf(settingsOf(resource), "BucketName", "nothing");
  for (const configuration of elementsOf(at(resource.properties, "NotificationConfiguration")))
    for (const [list, key] of BUCKET_TARGETS)
      for (const { node, guards, name } of elementsOf(at(configuration.node, list))) {
        if (node.kind === "map" && !node.entries.has(key)) continue;
        const settings = settingsOf(resource, node);
        const fact = partOf(resource, `${resource.path}.${list}.${name}`, settings, [
          ...configuration.guards,
          ...guards,
        ]);
        bucketDelivery(draft, fact, settings, source, (run) => settings.target(run, key));
      }
}

/** Adds one notification. @param settings those of the notification */
export function bucketDelivery(
  draft: Draft,
  fact: Fact,
  settings: Settings,
  source: (run: Run) => string,
  target: (run: Run) => Target | undefined,
): void {
  deliver(draft, {
    fact,
    kind: "s3",
    target,
    source,
    selection: (run) => {
      const [event, events] = [settings.read(run, "Event"), settings.read(run, "Events")];
      const listed = events.kind === "list" ? events.items.map((item) => item()) : [events, event];
      const names = listed
        .filter(({ kind }) => kind !== "absent")
        .map((one) => plainText(one) ?? canonical(run, one));
      const rules = ["prefix", "suffix"].flatMap((rule) => {
        const text = comparable(ruleOf(run, settings, rule)) ?? "";
        return text === "" ? [] : [`${rule} ${text}`];
      });
      return [...names.toSorted(), ...rules].join(", ");
    },
    prefix: filterRule(settings, "prefix"),
    suffix: filterRule(settings, "suffix"),
    alsoTo: ["AWS::SNS::Topic"],
  });
}

function filterRule(settings: Settings, rule: string): Value<string> {
  return inEveryWorld((run) => {
    const result = ruleOf(run, settings, rule);
    if (result.kind === "absent") return settings.fallback("");
    const text = plainText(result);
    if (text !== undefined) return { known: true, value: text, ...saidOf(result) };
    return result.kind === "text"
      ? unknownText(result, rule)
      : { known: false, reason: `${rule} is no text` };
  });
}

/** The rules are called `S3Key.Rules` in CloudFormation, `Key.FilterRules` in S3 itself, and so in the CDK. */
function ruleOf(run: Run, settings: Settings, rule: string): Result {
  const filter = settings.read(run, "Filter");
  const given = below(run, filter, "S3Key.Rules");
  const list = given.kind === "absent" ? below(run, filter, "Key.FilterRules") : given;
  if (list.kind !== "list") return openOf(list) ?? ABSENT;
  for (const item of list.items) {
    const one = item();
    if (plainText(child(run, one, "Name"))?.toLowerCase() === rule) return child(run, one, "Value");
  }
  return ABSENT;
}
