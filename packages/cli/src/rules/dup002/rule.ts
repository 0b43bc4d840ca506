/** DUP002: the batching window is spent inside of the visibility timeout, and leaves too little of it for the run. */

import type { Rule } from "../rule.ts";
import { checkVisibility } from "../visibility.ts";

export const dup002: Rule = {
  id: "DUP002",
  name: "visibility-below-timeout-plus-window",
  title:
    "The queue's visibility timeout is shorter than the batching window and the function's timeout together.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "Messages are invisible from their receive on, and wait for the batching window before the function starts.",
  fix: "Set the queue's visibility timeout to six times the function's timeout, plus the batching window.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
  check: (facts) =>
    checkVisibility(
      facts,
      "DUP002",
      ({ queue, visibility, function: called, timeout, window }) =>
        `${queue} shows a message again after ${visibility}. It may wait ${window} in the batching window before ${called} starts, which may run for ${timeout}: a second copy can start while the first one is still running.`,
    ),
};
