/** What the mapping asks of SQS: the queue's facts, messages, deletes. */

import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

export interface QueueFacts {
  readonly arn: string;
  readonly visibilityMs: number;
}

/** The most that one ReceiveMessage and one DeleteMessageBatch take. */
const MAX_ENTRIES = 10;
const DELETE_TRIES = 4;
const FIRST_PAUSE_MS = 100;
/** SQS's own default. */
const VISIBILITY_MS = 30_000;

export class Queue {
  readonly #sqs: SQSClient;
  readonly #url: string;
  readonly #arn: string | undefined;
  #facts: Promise<QueueFacts> | undefined;

  constructor(sqs: SQSClient, url: string, arn: string | undefined) {
    this.#sqs = sqs;
    this.#url = url;
    this.#arn = arn;
  }

  /** Asked once; again after a failure, which matters only where the ARN is not known either. */
  facts(): Promise<QueueFacts> {
    const arn = this.#arn;
    this.#facts ??= this.#ask().catch((error: unknown) => {
      this.#facts = undefined;
      if (arn === undefined) throw error;
      return { arn, visibilityMs: VISIBILITY_MS };
    });
    return this.#facts;
  }

  async #ask(): Promise<QueueFacts> {
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#url,
        AttributeNames: ["QueueArn", "VisibilityTimeout"],
      }),
    );
    const arn = this.#arn ?? Attributes?.QueueArn;
    if (arn === undefined) throw new Error(`The queue ${this.#url} does not tell its ARN. Pass queueArn.`);
    const seconds = Attributes?.VisibilityTimeout;
    return { arn, visibilityMs: seconds === undefined ? VISIBILITY_MS : Number(seconds) * 1_000 };
  }

  async receive(max: number, waitSeconds: number, signal: AbortSignal): Promise<Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: Math.min(max, MAX_ENTRIES),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
      { abortSignal: signal },
    );
    return Messages;
  }

  /** Answers what could not be deleted, with the reason that SQS gave. A passing failure is tried again. */
  async delete(messages: readonly Message[]): Promise<ReadonlyMap<Message, string>> {
    const failed = new Map<Message, string>();
    for (let start = 0; start < messages.length; start += MAX_ENTRIES)
      for (const [message, reason] of await this.#deletePart(messages.slice(start, start + MAX_ENTRIES)))
        failed.set(message, reason);
    return failed;
  }

  async #deletePart(part: readonly Message[]): Promise<ReadonlyMap<Message, string>> {
    const refused = new Map<Message, string>();
    let open = part;
    let reasons = new Map<Message, string>();
    for (let tries = 0; open.length > 0 && tries < DELETE_TRIES; tries += 1) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** tries));
      reasons = new Map();
      try {
        const Entries = open.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        const { Failed = [] } = await this.#sqs.send(
          new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }),
        );
        for (const { Id, Code, Message: said, SenderFault } of Failed) {
          const message = open[Number(Id)];
          // What is wrong with our request (an expired handle) stays wrong.
          if (message) (SenderFault ? refused : reasons).set(message, said ?? Code ?? "refused");
        }
      } catch (error) {
        for (const message of open)
          reasons.set(message, error instanceof Error ? error.message : String(error));
      }
      open = [...reasons.keys()];
    }
    return new Map([...refused, ...reasons]);
  }
}
