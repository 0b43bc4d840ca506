/** DUP003: the visibility timeout ends together with the function's timeout, or hardly later. */

import type { Rule } from "../rule.ts";
import { checkVisibility } from "../visibility.ts";

export const dup003: Rule = {
  id: "DUP003",
  name: "visibility-no-margin",
  title: "The queue's visibility timeout leaves less than 30% of the function's timeout as a margin.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "The poller's delivery, the function's start and the delete after its end count against the visibility timeout, and not against the function's.",
  fix: "Set the queue's visibility timeout to six times the function's timeout, plus the batching window.",
  check: (facts) =>
    checkVisibility(facts, "DUP003", ({ queue, visibility, function: called, timeout, window }) => {
      const wait = window === "" ? "" : ` after a batching window of ${window}`;
      return `${queue} shows a message again after ${visibility}, and ${called} may run for ${timeout}${wait}: a run near its timeout is not deleted in time, and is done again.`;
    }),
};
