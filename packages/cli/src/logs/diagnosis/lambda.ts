/** What Lambda and the queue do by themselves: retries, kills, deployments, and the same receive twice. */

import type { Case, Findings } from "./diagnosis.ts";
import { gaps, many, runs, span } from "./words.ts";

export function asyncRetry({ of }: Case): Findings {
  return {
    evidence: [
      "They have the request id of an earlier run: Lambda has given an asynchronous event again.",
      ...(of.afterSuccess > 0
        ? [
            `${of.afterSuccess} of them after a run that had succeeded: its queue, too, delivers at least once.`,
          ]
        : []),
      ...gaps(of.gaps),
    ],
    advice: [
      "Take as key what names the event (of S3 bucket, key and sequencer; of SNS and EventBridge the event's id): the request id names one event, and not the work.",
    ],
    help: ["ASY002"],
  };
}

export function queueDuplicate({ of }: Case): Findings {
  return {
    evidence: [
      "The queue gave the same receive twice: standard queues deliver at least once.",
      ...gaps(of.gaps),
    ],
    advice: ["No setting prevents it: only a handler that knows what is done already does."],
    help: [],
  };
}

/** A retry after a failure is a recovery, unless another run of its key was there. */
export function failureRetry({ of }: Case): Findings | undefined {
  if (of.repeatedRuns + of.suppressed === 0) return undefined;
  return {
    evidence: [
      "Their own run before had failed; yet another of the same key was going on or had succeeded.",
      ...gaps(of.gaps),
    ],
    advice: [],
    help: [],
  };
}

export function killed({ of, all, known }: Case): Findings {
  const { timeout, "out-of-memory": memory, crash } = all.outcomes;
  const { timeoutSeconds } = known;
  return {
    evidence: [
      "The run before was killed: what it had done until then may be done again, and nothing says how much that was.",
      `Of all deliveries ${timeout} were in invocations that timed out, ${memory} in ones out of memory, ${crash} in ones that crashed.`,
      ...runs(of.durations),
    ],
    advice: [
      ...(timeout > 0
        ? [
            `Give the function more time or the invocation fewer messages: runs were cut off after ${timeoutSeconds === undefined ? span(of.durations.maxMs) : `${timeoutSeconds} s`}. The visibility timeout has to follow.`,
          ]
        : []),
      ...(memory > 0 ? ["Give the function more memory."] : []),
    ],
    help: timeout > 0 ? ["DUP003", "DUP004"] : [],
  };
}

export function deployment({ of }: Case): Findings {
  return {
    evidence: [
      `The run before was cut off within a minute of a new version, and another version ran it again (${many(of.versions.length, "version", "versions")}: ${of.versions.join(", ")}).`,
      ...gaps(of.gaps),
    ],
    advice: ["Expect each deployment to cut off runs: what they had done is done again by the next version."],
    help: [],
  };
}
