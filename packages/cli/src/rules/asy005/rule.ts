/** ASY005: a message that SNS cannot deliver is discarded, and at once when the subscriber refuses it. */

import { checkDelivery } from "../undelivered.ts";
import type { Rule } from "../rule.ts";

export const asy005: Rule = {
  id: "ASY005",
  name: "sns-no-redrive",
  title: "An SNS subscription has no redrive policy.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Messages to an endpoint that is gone or refuses them are discarded without a retry.",
  fix: "Give the subscription a redrive policy with a dead-letter queue.",
  source: "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html",
  check: (facts) =>
    facts.deliveries
      .filter(({ kind }) => kind === "sns")
      .flatMap((delivery) =>
        checkDelivery(
          delivery,
          (target) =>
            `SNS discards what ${target} refuses (it was deleted, or a policy denies the topic), without a retry: the subscription ${delivery.id} has no redrive policy.`,
        ),
      ),
};
