/** The SQS event source mapping: polls a queue, invokes a function, deletes what the answer says is done. */

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "@aws-sdk/client-sqs";
import { Batches, type Received } from "./batches.ts";
import { type EventSourceMappingOptions, type MappingSettings, mappingSettings } from "./mapping-options.ts";
import { Queue } from "./queue.ts";
import { eventBytes, splitByBytes } from "./records.ts";
import { MAX_EVENT_BYTES } from "./results.ts";

export interface EventSourceMapping {
  /**
   * Ends after the batches in flight and their deletes: within a second plus what the function takes. A poll in flight
   * is not cut off, since SQS may have counted the receive; what it brings is still handed to the function.
   */
  stop(): Promise<void>;
}

const FIRST_POLLERS = 5;
/** Lambda adds up to 300 concurrent batches a minute (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html). */
const GROW_EVERY_MS = 200;
/** Short, so that `stop` is; Lambda itself polls for 20 seconds. */
const WAIT_SECONDS = 1;
const BETWEEN_SHORT_POLLS_MS = 100;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;
const STOP_GRACE_MS = 2_000;

/**
 * Starts polling at once, with up to five pollers. As Lambda's mapping: batches of up to 6 MB, messages gathered inside
 * their visibility timeout, nothing deleted when the function fails, a throttled batch tried again until its visibility
 * timeout is over, of a FIFO group never two batches at once. Receive counts and dead-letter queues are the queue's own.
 * Unlike Lambda it does not poll less after a function's errors.
 *
 * @throws TypeError or RangeError for what Lambda refuses when a mapping is created.
 *
 * @example
 * const mapping = sqsEventSourceMapping({
 *   sqs: new SQSClient({ endpoint: "http://127.0.0.1:4566" }),
 *   queueUrl,
 *   lambda: localLambda({ handler: "src/orders.ts#handler", timeoutMs: 5_000 }),
 *   onBatch: ({ deliveries }) => {
 *     for (const { messageId, receiveCount, outcome } of deliveries) console.log(messageId, receiveCount, outcome);
 *   },
 * });
 * await mapping.stop();
 */
export function sqsEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const pollers = new Pollers(options, mappingSettings(options));
  pollers.start();
  return { stop: () => pollers.stop() };
}

class Pollers {
  readonly #settings: MappingSettings;
  readonly #queue: Queue;
  readonly #batches: Batches;
  readonly #onError: (error: unknown) => void;
  readonly #all: Promise<void>[] = [];
  readonly #stopping = new AbortController();
  /** Cuts off what still polls after the grace. */
  readonly #cut = new AbortController();
  #working = 0;
  #failing = false;
  #growing: NodeJS.Timeout | undefined;
  #grownAtMs = 0;

  constructor(options: EventSourceMappingOptions, settings: MappingSettings) {
    this.#settings = settings;
    this.#queue = new Queue(options.sqs, options.queueUrl, options.queueArn);
    this.#batches = new Batches(options, settings, this.#queue, this.#stopping.signal);
    // Every poller listens to both.
    setMaxListeners(0, this.#stopping.signal, this.#cut.signal);
    this.#onError = options.onError ?? ((error) => this.#warnOnce(options.queueUrl, error));
  }

  start(): void {
    for (let count = Math.min(FIRST_POLLERS, this.#settings.maxConcurrency); count > 0; count -= 1)
      this.#all.push(this.#poll());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#growing);
    const grace = setTimeout(() => this.#cut.abort(), WAIT_SECONDS * 1_000 + STOP_GRACE_MS);
    await Promise.all(this.#all);
    clearTimeout(grace);
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const received = await this.#gather();
        failures = 0;
        this.#failing = false;
        await this.#work(received);
      } catch (error) {
        if (signal.aborted) return;
        this.#tell(error);
        const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS);
        failures += 1;
        await sleep(backoffMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      }
    }
  }

  /** From the first message on for the window, until the batch is full, by count or by bytes. */
  async #gather(): Promise<Received> {
    const { batchSize, batchingWindowMs } = this.#settings;
    const { signal } = this.#stopping;
    const { arn } = await this.#queue.facts();
    const messages: Message[] = [];
    let bytes = 0;
    let receivedAtMs = performance.now();
    const take = async (waitSeconds: number): Promise<number> => {
      const more = await this.#queue.receive(batchSize - messages.length, waitSeconds, this.#cut.signal);
      if (messages.length === 0) receivedAtMs = performance.now();
      messages.push(...more);
      for (const message of more) bytes += eventBytes(message, arn);
      return more.length;
    };
    await take(WAIT_SECONDS);
    const leftMs = (): number => receivedAtMs + batchingWindowMs - performance.now();
    while (
      messages.length > 0 &&
      messages.length < batchSize &&
      bytes < MAX_EVENT_BYTES &&
      leftMs() > 0 &&
      !signal.aborted
    ) {
      const waitSeconds = leftMs() >= WAIT_SECONDS * 1_000 ? WAIT_SECONDS : 0;
      try {
        const count = await take(waitSeconds);
        if (count === 0 && waitSeconds === 0)
          await sleep(Math.min(Math.max(0, leftMs()), BETWEEN_SHORT_POLLS_MS), undefined, { signal }).catch(
            () => {},
          );
      } catch (error) {
        // What was gathered so far is not given up for a poll that failed.
        this.#tell(error);
        break;
      }
    }
    return { messages, receivedAtMs };
  }

  async #work({ messages, receivedAtMs }: Received): Promise<void> {
    if (messages.length === 0) return;
    this.#working += 1;
    this.#grow();
    try {
      const { arn } = await this.#queue.facts();
      for (const part of splitByBytes(messages, arn))
        await this.#batches.run({ messages: part, receivedAtMs });
    } finally {
      this.#working -= 1;
    }
  }

  /** One more poller when all have work, five a second at most. */
  #grow(): void {
    const { maxConcurrency } = this.#settings;
    if (this.#growing || this.#stopping.signal.aborted) return;
    if (this.#working < this.#all.length || this.#all.length >= maxConcurrency) return;
    const waitMs = this.#grownAtMs + GROW_EVERY_MS - performance.now();
    if (waitMs > 0) {
      this.#growing = setTimeout(() => {
        this.#growing = undefined;
        this.#grow();
      }, waitMs);
      return;
    }
    this.#grownAtMs = performance.now();
    this.#all.push(this.#poll());
  }

  #tell(error: unknown): void {
    try {
      this.#onError(error);
    } catch (thrown) {
      console.error("sqsEventSourceMapping: onError threw", thrown);
    }
  }

  #warnOnce(queueUrl: string, error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    console.warn(`sqsEventSourceMapping cannot poll ${queueUrl}, and goes on trying: ${said}`);
  }
}
