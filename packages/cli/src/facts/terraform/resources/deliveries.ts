/** What sends to functions and queues: subscriptions, notifications, schedules, topic rules, log filters, API integrations. */

import type { DeliveryFact } from "../../model.ts";
import type { Answer } from "../../value.ts";
import { byDefault, selectionAnswer } from "../answers.ts";
import { type Datum, isNull, scalar, spelledDatum, textOf } from "../datum.ts";
import type { Item, Section } from "../item.ts";
import { ruleDeliveries } from "./event-rules.ts";
import type { Reader } from "./reader.ts";
import { comparable, delivery, eventAge, settled, source } from "./delivery.ts";

export function deliveryFacts(reader: Reader): readonly DeliveryFact[] {
  return [
    ...reader.of("aws_sns_topic_subscription").flatMap((item) => subscription(reader, item)),
    ...reader.of("aws_s3_bucket_notification").flatMap((item) => notifications(reader, item)),
    ...ruleDeliveries(reader),
    ...reader.of("aws_scheduler_schedule").map((item) => schedule(reader, item)),
    ...reader.of("aws_iot_topic_rule").flatMap((item) => topicRule(reader, item)),
    ...reader.of("aws_cloudwatch_log_subscription_filter").map((item) => logFilter(reader, item)),
    ...reader.of("aws_apigatewayv2_integration").flatMap((item) => httpIntegration(reader, item)),
  ];
}

/** SNS tries endpoints of AWS for 23 days (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html). */
const SNS_SECONDS = 23 * 86_400;

function subscription(reader: Reader, item: Item): readonly DeliveryFact[] {
  const protocols = reader
    .value<string | undefined>(item, () => ({
      known: true,
      value: textOf(item.get("protocol")),
      from: "literal",
    }))
    .cases.map(({ answer }) => (answer.known ? answer.value : undefined));
  if (protocols.every((protocol) => protocol !== undefined && protocol !== "lambda" && protocol !== "sqs"))
    return [];
  return [
    delivery(reader, item, "sns", {
      target: reader.value(item, () => reader.delivered(item.get("endpoint"), item.place)),
      source: source(reader, item, () => item.get("topic_arn")),
      selection: reader.value(item, () => selectionAnswer(filterPolicy(item), item.place)),
      deadLetter: reader.value(item, (): Answer<string | undefined> => {
        const datum = item.get("redrive_policy");
        if (isNull(datum) || textOf(datum) === "") return byDefault(undefined, datum, item.place);
        const target = reader.redrive(datum, item, "redrive_policy", "deadLetterTargetArn");
        return "kind" in target ? reader.named(target, item.place) : target;
      }),
      maximumEventAgeSeconds: settled(SNS_SECONDS, item),
      // A FIFO topic hands its own on, and only a FIFO topic delivers to a FIFO queue.
      deduplicationId: settled(true, item),
    }),
  ];
}

/** Without a policy its scope says nothing. */
function filterPolicy(item: Item): readonly Datum[] {
  const [policy, scope] = [comparable(item.get("filter_policy")), item.get("filter_policy_scope")];
  if (isNull(policy)) return [];
  return [isNull(scope) ? scalar("MessageAttributes") : scope, policy];
}

const NOTIFIED = [
  ["lambda_function", "lambda_function_arn"],
  ["queue", "queue_arn"],
] as const;

function notifications(reader: Reader, item: Item): readonly DeliveryFact[] {
  return NOTIFIED.flatMap(([block, arn]) =>
    each(reader, item, (owner) => owner.sections(block)).map(({ at, section }) => {
      const text = (name: string) =>
        reader.value<string>(item, () => {
          const datum = section().get(name);
          const value = isNull(datum) ? "" : textOf(datum);
          return value === undefined
            ? { known: false, reason: `${name} is not known`, place: datum.place ?? item.place }
            : {
                known: true,
                value,
                from: isNull(datum) ? "default" : "literal",
                place: datum.place ?? item.place,
              };
        });
      return delivery(reader, item, "s3", {
        ...reader.fact(item, `${item.address}.${block}[${at}]`),
        target: reader.value(item, () => reader.delivered(section().get(arn), section().place)),
        source: source(reader, item, () => item.get("bucket")),
        selection: reader.value(item, () => {
          const events = section().get("events");
          const sorted = events.kind === "list" ? events.items.map(spelledDatum).toSorted().join(",") : "";
          const rest = ["filter_prefix", "filter_suffix"].map((name) => section().get(name));
          const answer = selectionAnswer(rest, section().place);
          return answer.known ? { ...answer, value: `${sorted} ${answer.value}` } : answer;
        }),
        prefix: text("filter_prefix"),
        suffix: text("filter_suffix"),
      });
    }),
  );
}

/** Each block that there is in some world; in the others it throws that it is not there. */
function each(
  reader: Reader,
  item: Item,
  sections: (item: Item) => readonly Section[],
): readonly { readonly at: number; readonly section: () => Section }[] {
  const counts = reader.value(item, () => ({
    known: true,
    value: sections(item).length,
    from: "literal",
  })).cases;
  const most = Math.max(0, ...counts.map(({ answer }) => (answer.known ? answer.value : 0)));
  return Array.from({ length: most }, (_, at) => ({
    at,
    section: () => sections(item)[at] ?? item,
  }));
}

function schedule(reader: Reader, item: Item): DeliveryFact {
  const target = () => item.sections("target")[0];
  return delivery(reader, item, "scheduler", {
    target: reader.value(item, () =>
      reader.delivered(target()?.get("arn") ?? item.get("target"), item.place),
    ),
    source: settled(item.address, item),
    selection: reader.value(item, () =>
      selectionAnswer(
        ["schedule_expression", "schedule_expression_timezone"].map((name) => item.get(name)),
        item.place,
      ),
    ),
    deadLetter: reader.value(item, () =>
      reader.deadLetter(target()?.sections("dead_letter_config")[0], "arn", item),
    ),
    maximumEventAgeSeconds: eventAge(reader, item, () => target()?.sections("retry_policy")[0]),
  });
}

function topicRule(reader: Reader, item: Item): readonly DeliveryFact[] {
  return [
    ["lambda", "function_arn"],
    ["sqs", "queue_url"],
  ].flatMap(([block = "", arn = ""]) =>
    each(reader, item, (owner) => owner.sections(block)).map(({ at, section }) =>
      delivery(reader, item, "iot", {
        ...reader.fact(item, `${item.address}.${block}[${at}]`),
        target: reader.value(item, () => reader.delivered(section().get(arn), section().place)),
        source: settled("iot", item),
        selection: reader.value(item, () => selectionAnswer([item.get("sql")], item.place)),
        deadLetter: reader.value(item, (): Answer<string | undefined> => {
          const [action] = item.sections("error_action");
          if (!action) return { known: true, value: undefined, from: "default", place: item.place };
          const [queue] = action.sections("sqs");
          return queue
            ? reader.named(queue.get("queue_url"), queue.place)
            : { known: true, value: action.pointer, from: "literal", place: action.place };
        }),
      }),
    ),
  );
}

function logFilter(reader: Reader, item: Item): DeliveryFact {
  return delivery(reader, item, "logs", {
    target: reader.value(item, () => reader.delivered(item.get("destination_arn"), item.place)),
    source: source(reader, item, () => item.get("log_group_name")),
    selection: reader.value(item, () => selectionAnswer([item.get("filter_pattern")], item.place)),
  });
}

/** An HTTP API that sends to a queue by itself. */
function httpIntegration(reader: Reader, item: Item): readonly DeliveryFact[] {
  const isSqs = reader
    .value(item, () => ({
      known: true,
      value: textOf(item.get("integration_subtype")) === "SQS-SendMessage",
      from: "literal",
    }))
    .cases.some(({ answer }) => answer.known && answer.value);
  if (!isSqs) return [];
  const parameter = (name: string): Datum => {
    const parameters = item.get("request_parameters");
    return parameters.kind === "map"
      ? (parameters.entries.get(name) ?? { kind: "scalar", value: null, from: "default" })
      : parameters;
  };
  return [
    delivery(reader, item, "apigateway", {
      target: reader.value(item, () => reader.delivered(parameter("QueueUrl"), item.place)),
      source: source(reader, item, () => item.get("api_id")),
      selection: settled(item.address, item),
      deduplicationId: reader.value<boolean | undefined>(item, () => {
        const datum = parameter("MessageDeduplicationId");
        if (datum.kind === "unknown") return { known: false, reason: datum.reason, place: item.place };
        return { known: true, value: !isNull(datum), from: "literal", place: datum.place ?? item.place };
      }),
    }),
  ];
}
