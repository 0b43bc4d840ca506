/** Other messages with the same key: what a producer has sent again, and what came back from the dead-letter queue. */

import { clusterOf } from "./cluster.ts";
import type { Case, Findings } from "./diagnosis.ts";
import { gaps, span } from "./words.ts";

export function producerRetry({ of, all }: Case): Findings {
  const cluster = clusterOf(all.resendGaps);
  return {
    evidence: [
      "They are other messages with a key that had come before: sent again, and not delivered again.",
      ...(cluster
        ? [
            `${cluster.within} of ${cluster.of} were sent within 3 s from ${cluster.seconds} s after the message before: ${cluster.sure === "sure" ? "that is" : "probably"} the producer's own timeout or backoff.`,
          ]
        : gaps(of.gaps)),
    ],
    advice: [
      "Take the business key as the idempotency key, never the message id: each send has another id.",
      ...(cluster && cluster.seconds > 0
        ? [
            `Look at the client that sends: its timeout of about ${cluster.seconds} s may be over before the queue's answer is there. What the queue has accepted is then sent twice.`,
          ]
        : []),
    ],
    help: ["DUP009"],
    ...(cluster ? { figures: { producerTimeoutSeconds: cluster.seconds } } : {}),
  };
}

export function redrive({ of }: Case): Findings {
  return {
    evidence: [
      "They have new ids, and the messages before them had been given up after their last failed receive: redriven from a dead-letter queue.",
      ...gaps(of.gaps),
    ],
    advice: [
      "Take the business key as the idempotency key: a redriven message has a new id.",
      `Keep what remembers completed keys for longer than the way through the dead-letter queue: here it took up to ${span(of.gaps.maxMs)}, and it may take as long as both queues' retention.`,
    ],
    help: ["IDM005", "IDM003", "LOSS002"],
  };
}
