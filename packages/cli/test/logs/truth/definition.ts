/**
 * What is true of a delivery, by which `detect` is measured. The generator beside this page plays a producer, a queue and a
 * function in virtual time, and writes down what happened while it happens; the judge sees the lines alone.
 *
 * **Delivery.** One arrival of a message at a handler, at the instant of the line that shows it. A receive that is throttled
 * away reaches no handler and is none, though it raises the receive count.
 *
 * **Run.** Without a guard every delivery runs, and its run lasts as long as its invocation: it holds the key (as a lease
 * would) until the invocation ends, however early its own message was done. With a guard, what its claim was answered is the
 * truth, whether or not it lived to tell of it.
 *
 * **How a run ends**, at the end of its invocation:
 * - killed: a timeout, out of memory, a crash, a deployment that cuts it off;
 * - failed: the invocation has failed, or a batch response or an error line names the message. Of an invocation that fails
 *   as a whole every message has failed, the culprit as well as those whose effects were made: nothing tells them apart;
 * - completed: the invocation has succeeded and nothing names the message. Its effects are made.
 *
 * **Verdict** at the instant of the arrival, the first that fits:
 * - `duplicate`: some earlier run of the key has completed, whoever else is running;
 * - `busy`: some earlier run is still going on. In one batch with it: what it comes to (`duplicate` when it completes);
 * - `takeover`: of the runs that have ended the last was killed;
 * - `retry`: of the runs that have ended the last has failed;
 * - `first`: nothing has run.
 *
 * **Origin** of `busy` and `duplicate`, against the run that holds the key (of several the one that began first) or has
 * completed it (of several the one that ended first), as a guard's record names it: `redelivery` for the same message id,
 * `resend` for another.
 *
 * **Ran**: whether the handler's code was given it. With a guard only `first`, `retry` and `takeover` are.
 *
 * **Cause**: why the message came again, by its last delivery before:
 * - `async-retry`: the same request again; Lambda's own retries, and what its queue gives twice;
 * - `queue-duplicate`: the same receive twice;
 * - the last one's invocation was still running, or it had completed: its visibility was over. `visibility-expired` when the
 *   run alone was as long as the visibility timeout; else the time between its receive and its run made it too long:
 *   `batching-window` up to the window (and two seconds), `throttling` beyond. Only a first receive has its instant in the
 *   lines: of later ones the truth is `visibility-expired`, which is not wrong;
 * - a guard had turned it away as busy: what made that one come makes this one come;
 * - it had failed: `failure-retry`; unless it had failed with a batch of several in which nothing names it:
 *   `partial-responses-off`;
 * - it was killed: `killed`; by a deployment (a crash within a minute of a new version, and run again by another version):
 *   `deployment`.
 *
 * Of a message that is new while its key is not: `redrive` when it has come back from the dead-letter queue and the lines
 * show that a message of its key had been given up: its last delivery had failed, was killed or had ended too late; and
 * `producer-retry` otherwise: what was given up without ever reaching the handler has left no line. A key's first delivery
 * has no cause.
 *
 * **What no line says is not to be found.** A failure in a batch response that is not logged looks like a success. Where the
 * visibility timeout is known such a message comes again too early to have been late, and the judge says `unknown`; where it
 * is not known it says `duplicate`: by the lines, it was.
 */

import type { Origin, Verdict } from "@effectively-once/runtime";
import type { Cause, Judged, Outcome } from "../../../src/logs/model.ts";

export interface Truth {
  readonly key: string;
  readonly messageId: string | undefined;
  readonly requestId: string;
  readonly receiveCount: number | undefined;
  readonly atMs: number;
  readonly verdict: Verdict;
  readonly origin: Origin | undefined;
  readonly cause: Cause | undefined;
  readonly ran: Judged["ran"];
  /** Of its invocation. */
  readonly outcome: Outcome;
  /** Whether a guard lived to tell of it. */
  readonly told: boolean;
  /** Whether an unlogged batch response has named it, or one before it of its key: then the judge may say `unknown`. */
  readonly hidden: boolean;
}

/** One invocation as it went: all that its lines are made of. */
export interface Ran {
  readonly requestId: string;
  readonly stream: string;
  readonly function: string;
  readonly version: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: Exclude<Outcome, "unknown">;
  readonly arrivals: readonly Arrived[];
}

export interface Arrived {
  readonly key: string;
  readonly messageId: string | undefined;
  readonly receiveCount: number | undefined;
  readonly sentAtMs: number | undefined;
  readonly firstReceivedAtMs: number | undefined;
  readonly source: string;
  readonly atMs: number;
  /** An error line or a logged batch response names it. */
  readonly named: boolean;
  readonly told: ToldLine | undefined;
}

export interface ToldLine {
  readonly atMs: number;
  readonly verdict: Verdict;
  readonly origin: Origin | undefined;
  readonly ending: string;
  readonly attempt: number | undefined;
  readonly durationMs: number;
  readonly acknowledged: boolean;
}

/** The pipeline that is played. Rates are shares of messages or of invocations. */
export interface Settings {
  readonly seed: number;
  readonly guarded: boolean;
  readonly visibilitySeconds: number;
  readonly windowSeconds: number;
  readonly batchSize: number;
  readonly timeoutSeconds: number;
  readonly partialResponses: boolean;
  /** Whether failed messages are named in the log. */
  readonly named: boolean;
  readonly concurrency: number;
  readonly maxReceiveCount: number;
  readonly leaseSeconds: number;
  /** Between two sends of the producer. */
  readonly sendEveryMs: number;
  readonly producerTimeoutMs: number;
  readonly rates: Rates;
}

export interface Rates {
  readonly fail: number;
  readonly slow: number;
  readonly throws: number;
  readonly outOfMemory: number;
  readonly crash: number;
  readonly resend: number;
  readonly redrive: number;
  readonly queueDuplicate: number;
  readonly async: number;
  /** Per deployment; how many there are is up to the length of the play. */
  readonly cutOff: number;
}
