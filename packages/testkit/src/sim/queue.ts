/**
 * SQS by AWS's own rules: receive counts, handles that expire, redrive under new ids, groups of a FIFO queue, copies of a
 * standard one (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/).
 */

export interface SimMessage {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  /** Where it stands in its group, redriven or not. */
  readonly order: number;
  receives: number;
  visibleAtMs: number;
  receivedAtMs: number;
  /** Of the last receive: earlier ones are expired. */
  handle: string;
  state: "queued" | "deleted" | "dead";
}

export interface QueueRules {
  readonly fifo: boolean;
  readonly visibilityMs: number;
  readonly maxReceives: number;
  /** Extends a handle of an earlier receive as if that were the last one: answered well, and nothing is changed. */
  readonly lenient?: boolean;
}

const CAP_MS = 43_200_000;

export class SimQueue {
  readonly rules: QueueRules;
  readonly messages: SimMessage[] = [];
  #ids = 0;
  #handles = 0;
  #orders = 0;

  constructor(rules: QueueRules) {
    this.rules = rules;
  }

  send(
    body: string,
    group: string | undefined,
    atMs: number,
    order: number = (this.#orders += 1),
  ): SimMessage {
    const message: SimMessage = {
      id: `m${(this.#ids += 1)}`,
      body,
      group: this.rules.fifo ? group : undefined,
      order,
      receives: 0,
      visibleAtMs: atMs,
      receivedAtMs: 0,
      handle: "",
      state: "queued",
    };
    this.messages.push(message);
    return message;
  }

  /** When something may next be received; `undefined`: the queue is empty. */
  nextMs(nowMs: number): number | undefined {
    let nextMs: number | undefined;
    for (const message of this.messages) {
      if (message.state !== "queued") continue;
      const atMs =
        message.group === undefined ? message.visibleAtMs : this.#groupFreeMs(message.group, nowMs);
      if (nextMs === undefined || atMs < nextMs) nextMs = atMs;
    }
    return nextMs;
  }

  /** While any message of a group is in flight, no other of it is handed out. */
  #groupFreeMs(group: string, nowMs: number): number {
    let freeMs: number | undefined;
    let head: SimMessage | undefined;
    for (const message of this.messages) {
      if (message.state !== "queued" || message.group !== group) continue;
      head ??= message;
      if (message.receives > 0 && message.visibleAtMs > nowMs)
        freeMs = Math.max(freeMs ?? 0, message.visibleAtMs);
    }
    return freeMs ?? head?.visibleAtMs ?? nowMs;
  }

  /**
   * @param copies also hands out one message that is in flight, as a standard queue may.
   * @param died is told what has been received too often.
   */
  receive(nowMs: number, max: number, copies: boolean, died: (message: SimMessage) => void): SimMessage[] {
    const taken: SimMessage[] = [];
    const blocked = new Set<string>();
    let copy = copies && !this.rules.fifo;
    for (const message of this.messages) {
      if (message.state !== "queued") continue;
      if (message.group !== undefined && blocked.has(message.group)) continue;
      const inFlight = message.visibleAtMs > nowMs;
      const groupFlies = message.group !== undefined && this.#groupFreeMs(message.group, nowMs) > nowMs;
      const handedOut = taken.some(({ group }) => group !== undefined && group === message.group);
      if (taken.length === max || (inFlight && !copy) || (groupFlies && !handedOut)) {
        if (message.group !== undefined) blocked.add(message.group);
        continue;
      }
      if (inFlight) copy = false;
      if (message.receives >= this.rules.maxReceives) {
        message.state = "dead";
        died(message);
        continue;
      }
      message.receives += 1;
      message.receivedAtMs = nowMs;
      message.visibleAtMs = nowMs + this.rules.visibilityMs;
      message.handle = `h${(this.#handles += 1)}`;
      taken.push({ ...message });
    }
    return taken;
  }

  /** A handle works until the message is received again; a FIFO queue refuses one whose time is over as well. */
  delete(handle: string, nowMs: number): SimMessage | undefined {
    const message = this.#by(handle);
    if (!message || (this.rules.fifo && message.visibleAtMs <= nowMs)) return undefined;
    message.state = "deleted";
    return message;
  }

  /** @returns the error code of a message that is not in flight under this handle. */
  move(handle: string, ms: number, nowMs: number): string | undefined {
    const message = this.#by(handle);
    if (!message) return this.rules.lenient === true ? undefined : "ReceiptHandleIsInvalid";
    if (message.visibleAtMs <= nowMs) return "MessageNotInflight";
    if (nowMs + ms > message.receivedAtMs + CAP_MS) return "InvalidParameterValue";
    message.visibleAtMs = nowMs + ms;
    return undefined;
  }

  /** What is in the dead-letter queue, and wanted, comes back under a new id, its receives forgotten. */
  redrive(nowMs: number, wanted: (message: SimMessage) => boolean = () => true): void {
    const dead = this.messages.filter((message) => message.state === "dead" && wanted(message));
    for (const message of dead) {
      this.messages.splice(this.messages.indexOf(message), 1);
      this.send(message.body, message.group, nowMs, message.order);
    }
    this.messages.sort((one, other) => one.order - other.order);
  }

  #by(handle: string): SimMessage | undefined {
    return this.messages.find((message) => message.state === "queued" && message.handle === handle);
  }
}
