/** DUP001: a message is shown again while the function may still be running. */

import type { Rule } from "../rule.ts";
import { checkVisibility } from "../visibility.ts";

export const dup001: Rule = {
  id: "DUP001",
  name: "visibility-below-timeout",
  title: "The queue's visibility timeout is shorter than the function's timeout.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "A message becomes visible again while its first invocation is still running, and a second copy runs beside it.",
  fix: "Set the queue's visibility timeout to six times the function's timeout, plus the batching window.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
  check: (facts) =>
    checkVisibility(
      facts,
      "DUP001",
      ({ queue, visibility, function: called, timeout }) =>
        `${queue} shows a message again after ${visibility}, and ${called} may run for ${timeout}: a second copy can start while the first one is still running.`,
    ),
};
