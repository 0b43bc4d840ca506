/** What becomes of the message: one row per ending (`docs/protocol.md`, P10). */

import type { SourceShape } from "../source.ts";
import type { Ending } from "../types.ts";

/** `leave`: as the queue set it. `deadline`: at once, or when the lease of a run that was cut off ends. */
export type Visibility = "leave" | "deadline" | "busy" | "backoff";

export interface Disposition {
  /** Without it, and where no destination has taken the delivery, the rest of its ordered group must wait. */
  readonly acknowledge: boolean;
  readonly visibility: Visibility;
  /** Kept for a person: the source's `hold` destination may take it. */
  readonly held: boolean;
}

const ACK: Disposition = { acknowledge: true, visibility: "leave", held: false };
const report = (visibility: Visibility, held = false): Disposition => ({
  acknowledge: false,
  visibility,
  held,
});

const SQS: Readonly<Record<Ending, Disposition>> = {
  completed: ACK,
  duplicate: ACK,
  busy: report("busy"),
  failed: report("backoff"),
  fenced: report("leave"),
  deadline: report("deadline"),
  "store-error": report("leave"),
  "in-doubt": report("leave", true),
  mismatch: report("leave", true),
  invalid: report("leave", true),
};

/** Both kinds of queue answer alike; only a FIFO queue has lanes that a report stops. */
const TABLE: Readonly<Record<SourceShape, Readonly<Record<Ending, Disposition>>>> = {
  "sqs-standard": SQS,
  "sqs-fifo": SQS,
};

export function disposition(shape: SourceShape, ending: Ending): Disposition {
  return TABLE[shape][ending];
}
