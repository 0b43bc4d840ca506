/** Each request, by its action: passed on, answered by a rule, or both for a batch. */

import type { IncomingMessage } from "node:http";
import { Handles } from "./handles.ts";
import {
  actionOf,
  type Answer,
  answer,
  type Body,
  forward,
  list,
  readBody,
  senderError,
} from "./protocol.ts";

export interface SqsCall {
  /** For example `ReceiveMessage`. */
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Those of its receipt handles that had expired. */
  readonly expired: readonly string[];
}

interface Pass {
  readonly request: IncomingMessage;
  readonly action: string;
  readonly input: Body;
}

/** SQS's own default. */
const VISIBILITY_SECONDS = 30;
const EXPIRED = "The receipt handle has expired";

export class RulesProxy {
  url = "";
  readonly calls: Map<string, number> = new Map();
  ignoredVisibility = 0;
  refusedDeletes = 0;
  readonly #endpoint: string;
  readonly #onCall: ((call: SqsCall) => void) | undefined;
  readonly #handles = new Handles();
  readonly #visibility = new Map<string, number>();
  /** The emulator's own URLs, by the ones that clients were given. */
  readonly #urls = new Map<string, string>();

  constructor(endpoint: string, onCall: ((call: SqsCall) => void) | undefined) {
    this.#endpoint = endpoint;
    this.#onCall = onCall;
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const action = actionOf(request);
    if (action === undefined)
      return senderError(
        "InvalidAction",
        "This proxy speaks the AWS JSON protocol 1.0: a POST with the header X-Amz-Target: AmazonSQS.<action>.",
      );
    const input = await readBody(request);
    this.calls.set(action, (this.calls.get(action) ?? 0) + 1);
    const handles = [
      input["ReceiptHandle"],
      ...list(input["Entries"]).map((entry) => entry["ReceiptHandle"]),
    ];
    const expired = handles.filter((handle) => this.#handles.expired(handle));
    this.#onCall?.({ action, input, expired });
    const pass: Pass = { request, action, input };
    switch (action) {
      case "ReceiveMessage":
        return this.#receive(pass);
      case "ChangeMessageVisibility":
        return this.#changeVisibility(pass, expired);
      case "ChangeMessageVisibilityBatch":
        return this.#changeVisibilities(pass, expired);
      case "DeleteMessage":
        return this.#delete(pass, expired);
      case "DeleteMessageBatch":
        return this.#deleteAll(pass, expired);
      case "CreateQueue":
      case "SetQueueAttributes":
        this.#visibility.clear();
        return this.#forward(pass);
      default:
        return this.#forward(pass);
    }
  }

  async #receive(pass: Pass): Promise<Answer> {
    const given = await this.#forward(pass);
    const messages = list(given.body["Messages"]);
    if (messages.length === 0) return given;
    const receivedAtMs = Date.now();
    const seconds = numberOf(pass.input["VisibilityTimeout"]) ?? (await this.#visibilityOf(pass));
    for (const message of messages)
      this.#handles.received(String(message["ReceiptHandle"]), {
        messageId: String(message["MessageId"]),
        deadlineAtMs: receivedAtMs + seconds * 1_000,
      });
    return given;
  }

  async #visibilityOf(pass: Pass): Promise<number> {
    const QueueUrl = String(pass.input["QueueUrl"]);
    const known = this.#visibility.get(QueueUrl);
    if (known !== undefined) return known;
    const input = { QueueUrl, AttributeNames: ["VisibilityTimeout"] };
    const { body } = await this.#forward({ ...pass, action: "GetQueueAttributes", input });
    const attributes = (body["Attributes"] ?? {}) as Body;
    const seconds = numberOf(attributes["VisibilityTimeout"]) ?? VISIBILITY_SECONDS;
    this.#visibility.set(QueueUrl, seconds);
    return seconds;
  }

  async #changeVisibility(pass: Pass, expired: readonly string[]): Promise<Answer> {
    if (expired.some((handle) => !this.#handles.gone(handle))) {
      this.ignoredVisibility += 1;
      return answer({});
    }
    const given = await this.#forward(pass);
    if (given.status === 200)
      this.#handles.moved(pass.input["ReceiptHandle"], Number(pass.input["VisibilityTimeout"]));
    return given;
  }

  async #changeVisibilities(pass: Pass, expired: readonly string[]): Promise<Answer> {
    const entries = list(pass.input["Entries"]);
    const ignored = entries.filter(({ ReceiptHandle: handle }) => {
      return expired.includes(String(handle)) && !this.#handles.gone(handle);
    });
    this.ignoredVisibility += ignored.length;
    const given = await this.#forwardRest(pass, entries, ignored);
    if (given.status !== 200) return given;
    for (const { Id } of list(given.body["Successful"])) {
      const entry = entries.find((one) => one["Id"] === Id);
      this.#handles.moved(entry?.["ReceiptHandle"], Number(entry?.["VisibilityTimeout"]));
    }
    const Successful = [...list(given.body["Successful"]), ...ignored.map(({ Id }) => ({ Id }))];
    return { ...given, body: { ...given.body, Successful } };
  }

  async #delete(pass: Pass, expired: readonly string[]): Promise<Answer> {
    const { QueueUrl, ReceiptHandle } = pass.input;
    if (expired.length > 0 && isFifo(QueueUrl)) {
      this.refusedDeletes += 1;
      const message = `Value ${String(ReceiptHandle)} for parameter ReceiptHandle is invalid. Reason: ${EXPIRED}.`;
      return senderError("InvalidParameterValue", message);
    }
    const given = await this.#forward(pass);
    // What an emulator does with an expired handle of a standard queue is its own; the message may well live on.
    if (given.status === 200 && expired.length === 0) this.#handles.deleted(ReceiptHandle);
    return given;
  }

  async #deleteAll(pass: Pass, expired: readonly string[]): Promise<Answer> {
    const entries = list(pass.input["Entries"]);
    const refused = isFifo(pass.input["QueueUrl"])
      ? entries.filter((entry) => expired.includes(String(entry["ReceiptHandle"])))
      : [];
    this.refusedDeletes += refused.length;
    const given = await this.#forwardRest(pass, entries, refused);
    if (given.status !== 200) return given;
    for (const { Id } of list(given.body["Successful"])) {
      const handle = entries.find((one) => one["Id"] === Id)?.["ReceiptHandle"];
      if (!expired.includes(String(handle))) this.#handles.deleted(handle);
    }
    const failures = refused.map(({ Id }) => ({
      Id,
      SenderFault: true,
      Code: "ReceiptHandleIsInvalid",
      Message: EXPIRED,
    }));
    return { ...given, body: { ...given.body, Failed: [...list(given.body["Failed"]), ...failures] } };
  }

  /** A batch without some of its entries. One that would be empty is not sent: the emulator would refuse it. */
  #forwardRest(pass: Pass, entries: readonly Body[], without: readonly Body[]): Promise<Answer> {
    const rest = entries.filter((entry) => !without.includes(entry));
    if (rest.length === 0 && without.length > 0)
      return Promise.resolve(answer({ Successful: [], Failed: [] }));
    return this.#forward({ ...pass, input: { ...pass.input, Entries: rest } });
  }

  async #forward({ request, action, input }: Pass): Promise<Answer> {
    const url = input["QueueUrl"];
    const own = typeof url === "string" ? (this.#urls.get(url) ?? url) : undefined;
    const sent = own === undefined ? input : { ...input, QueueUrl: own };
    const given = await forward(this.#endpoint, request, action, sent);
    const { QueueUrl, QueueUrls } = given.body;
    return {
      ...given,
      body: {
        ...given.body,
        ...(typeof QueueUrl === "string" ? { QueueUrl: this.#mine(QueueUrl) } : {}),
        ...(Array.isArray(QueueUrls) ? { QueueUrls: QueueUrls.map((one) => this.#mine(String(one))) } : {}),
      },
    };
  }

  /** A queue's URL as clients of the proxy see it, so that their requests come here. */
  #mine(url: string): string {
    const mine = `${this.url}${new URL(url).pathname}`;
    this.#urls.set(mine, url);
    return mine;
  }
}

function isFifo(queueUrl: unknown): boolean {
  return typeof queueUrl === "string" && queueUrl.endsWith(".fifo");
}

function numberOf(value: unknown): number | undefined {
  const number = value === undefined || value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}
