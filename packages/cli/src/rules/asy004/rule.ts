/** ASY004: an event that EventBridge cannot deliver is dropped. */

import type { DeliveryFact } from "../../facts/model.ts";
import { checkDelivery } from "../undelivered.ts";
import type { Rule } from "../rule.ts";

export const asy004: Rule = {
  id: "ASY004",
  name: "eventbridge-no-dlq",
  title: "An EventBridge rule's or schedule's target has no dead-letter queue.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "An event that cannot be delivered within the retry policy is dropped.",
  fix: "Give the target a dead-letter queue.",
  source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
  check: (facts) =>
    facts.deliveries
      .filter(({ kind }) => kind === "eventbridge" || kind === "scheduler")
      .flatMap((delivery) => checkDelivery(delivery, (target) => message(delivery, target))),
};

function message({ id, kind }: DeliveryFact, target: string): string {
  const service = kind === "scheduler" ? "Scheduler" : "EventBridge";
  return `${service} drops what it cannot deliver to ${target}: the target ${id} has no dead-letter queue.`;
}
