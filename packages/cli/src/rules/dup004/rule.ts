/** DUP004: less than AWS's six timeouts, so that a throttled message costs a receive. */

import type { Rule } from "../rule.ts";
import { checkVisibility } from "../visibility.ts";

export const dup004: Rule = {
  id: "DUP004",
  name: "visibility-below-6x",
  title:
    "The queue's visibility timeout is shorter than six times the function's timeout, plus the batching window.",
  severity: { minimal: "off", recommended: "info", strict: "warning" },
  why: "Lambda retries a throttled batch only while its messages are invisible; then a receive is spent without a run.",
  fix: "Set the queue's visibility timeout to six times the function's timeout, plus the batching window.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
  check: (facts) =>
    checkVisibility(facts, "DUP004", ({ queue, visibility, function: called, timeout, window }) => {
      const wait = window === "" ? "" : `, plus the batching window of ${window}`;
      return `${queue} shows a message again after ${visibility}. That is less than six times the ${timeout} that ${called} may run${wait}: a throttled batch has little time to be tried again before it costs a receive.`;
    }),
};
