/** Lambda: pollers that hand out messages, environments that come, freeze and are killed, replies and deletes. */

import type { SqsEventLike, SqsReply } from "@effectively-once/runtime/sources/sqs";
import { Environment } from "./environment.ts";
import { type Faults, QUEUE_FAULTS, REPLY_FAULTS } from "./faults.ts";
import type { SimMessage, SimQueue } from "./queue.ts";
import type { Scenario } from "./scenario.ts";
import type { Slot, SqsCommand, Tenant } from "./slots.ts";
import type { Tape } from "./tape.ts";
import type { World } from "./world.ts";

const ARN = "arn:aws:sqs:eu-west-1:000000000000:sim";

export interface FleetOptions {
  readonly world: World;
  readonly tape: Tape;
  readonly faults: Faults;
  readonly queue: SimQueue;
  readonly scenario: Scenario;
  readonly slots: readonly Slot[];
  readonly version: () => number;
  readonly remembers: boolean;
  readonly note: (who: string, text: string) => void;
  readonly tenantOf: (environment: Environment) => Omit<Tenant, "environment" | "client">;
  readonly deleted: (message: SimMessage) => void;
  readonly died: (message: SimMessage) => void;
}

interface Place {
  readonly slot: Slot;
  skewMs: number;
  environment: Environment | undefined;
  version: number;
  /** What its running invocation has received. */
  batch: readonly SimMessage[] | undefined;
  /** Takes back its running invocation's timeout. */
  unlimit: () => void;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #places: readonly Place[];
  #born = 0;
  /** The next time that anybody asks the queue. */
  #poll: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#places = options.slots.slice(0, options.scenario.environments).map((slot, index) => ({
      slot,
      skewMs: options.scenario.skewsMs[index] ?? 0,
      environment: undefined,
      version: 0,
      batch: undefined,
      unlimit: () => {},
    }));
  }

  /** After anything that may have made a message visible, or a place free. */
  wake(): void {
    const { world, queue } = this.#options;
    const nextMs = queue.nextMs(world.nowMs);
    if (nextMs === undefined || this.#places.every(({ batch }) => batch)) return;
    const atMs = Math.max(world.nowMs + 1, nextMs);
    if (this.#poll) {
      if (this.#poll.atMs <= atMs) return;
      this.#poll.cancel();
    }
    const cancel = world.in(atMs - world.nowMs, undefined, () => {
      this.#poll = undefined;
      this.#receive();
    });
    this.#poll = { atMs, cancel };
  }

  /** Sets the wall clock of the first place. */
  setClock(byMs: number): void {
    const [place] = this.#places;
    if (place) place.skewMs += byMs;
  }

  /** The process of the first place has two seconds left, as under Lambda with an extension (B-12). */
  shutDown(): void {
    const { world, note } = this.#options;
    const environment = this.#places[0]?.environment;
    if (!environment || environment.killed) return;
    note(environment.name, "is told that it will be ended");
    this.#options.faults.happened("process told that it will be ended");
    environment.shutdown.abort();
    world.in(2_000, undefined, () => environment.kill("ended"));
  }

  /** Everything about its environments that decides what comes. */
  state(): string {
    const places = this.#places
      .map(({ environment, batch, version }) =>
        [environment?.state(), batch?.map(({ handle }) => handle).join("+"), version].join(","),
      )
      .join("|");
    return `${this.#born} ${places}`;
  }

  /** @param copies a standard queue may hand out what another has just received. */
  #receive(copies = false): void {
    const { world, queue, scenario, tape, died, faults } = this.#options;
    const free = this.#free();
    const place = free[free.length > 1 ? tape.rarely(0.3, free.length) : 0];
    if (!place) return;
    const messages = queue.receive(world.nowMs, scenario.batchSize, copies, died);
    if (copies && messages.length > 0) faults.happened("copy of a message in flight");
    if (messages.length > 0) this.#invoke(place, messages);
    if (scenario.copies && !copies && faults.active && tape.rarely(0.3, 2) === 1)
      world.in([1, 4, 6_000][tape.pick(3)] ?? 1, undefined, () => this.#receive(true));
    this.wake();
  }

  /** Those that may receive; of places where nobody lives yet, and that are the same, one. */
  #free(): readonly Place[] {
    return this.#places.filter(
      (place, index) =>
        !place.batch &&
        (place.environment ||
          !this.#places
            .slice(0, index)
            .some(({ batch, environment, skewMs }) => !batch && !environment && skewMs === place.skewMs)),
    );
  }

  #invoke(place: Place, messages: readonly SimMessage[]): void {
    const { world, version, note, scenario, faults } = this.#options;
    const { timeoutMs } = scenario;
    if (place.environment?.killed !== false || place.version !== version()) this.#start(place);
    const environment = place.environment as Environment;
    environment.resume();
    environment.remember(messages.map(({ handle }) => handle).join("+"));
    place.batch = messages;
    const deadlineMs = world.nowMs + timeoutMs;
    environment.deadlineMs = deadlineMs;
    note(
      environment.name,
      `receives ${messages.map(({ id, body, receives }) => `${id} ${body} (${receives})`).join(", ")}`,
    );
    place.unlimit = world.in(timeoutMs, undefined, () => {
      faults.happened("function timeout");
      environment.kill("function timeout");
    });
    const context = {
      functionName: "sim",
      awsRequestId: "sim",
      getRemainingTimeInMillis: () => deadlineMs - world.nowMs,
    };
    const handler = place.slot.handler(place.version, scenario.onTakeover, scenario.hold);
    handler(eventOf(messages), context).then(
      (reply) => this.#replied(place, environment, messages, reply),
      (error: unknown) => {
        if (environment.killed) return;
        note(environment.name, `throws ${String(error)}`);
        this.#ended(place, environment);
      },
    );
  }

  #start(place: Place): void {
    const { world, faults, note, version, tenantOf, remembers } = this.#options;
    const environment = new Environment({
      world,
      faults,
      remembers,
      name: `e${(this.#born += 1)}`,
      skewMs: () => place.skewMs,
      note: ({ name }, text) => note(name, text),
      onKill: () => {
        if (place.environment !== environment) return;
        place.unlimit();
        place.batch = undefined;
        this.wake();
      },
    });
    if (place.skewMs !== 0) faults.happened("environment with a skewed clock");
    place.environment = environment;
    place.version = version();
    place.slot.tenant = {
      ...tenantOf(environment),
      environment,
      client: (command) => this.#sqs(environment, command),
    };
  }

  #replied(place: Place, environment: Environment, messages: readonly SimMessage[], reply: SqsReply): void {
    if (environment.killed) return;
    const { world, faults, note } = this.#options;
    const fault = faults.at(REPLY_FAULTS);
    if (fault === "killed before the reply") return environment.kill(fault);
    world.in(1, environment, () => {
      const failed = new Set(reply.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      note(
        environment.name,
        `replies, failed: ${[...failed].join(" ")}${fault === "none" ? "" : `; ${fault}`}`,
      );
      this.#ended(place, environment);
      if (fault !== "none") return;
      for (const { id, handle } of messages) if (!failed.has(id)) this.#delete(handle);
      this.wake();
    });
  }

  #ended(place: Place, environment: Environment): void {
    environment.suspend();
    place.unlimit();
    place.batch = undefined;
    this.wake();
  }

  #delete(handle: string): boolean {
    const { world, queue, deleted } = this.#options;
    const message = queue.delete(handle, world.nowMs);
    if (message) deleted(message);
    return message !== undefined;
  }

  #sqs(environment: Environment, command: SqsCommand): Promise<object> {
    const { world, queue, faults } = this.#options;
    const fault = faults.at(QUEUE_FAULTS);
    const deletes = command.constructor.name === "DeleteMessageBatchCommand";
    const what = deletes ? "delete" : "visibility";
    return environment.asks<object>({
      what: () => `${what}: ${fault} ${JSON.stringify(command.input)}`,
      happens: () => {
        const says = `${what}: ${fault}`;
        if (fault !== "none") environment.note(says);
        if (fault === "request to SQS lost") return { says, error: new Error("socket hang up") };
        const Failed = command.input.Entries.flatMap(({ Id, ReceiptHandle, VisibilityTimeout = 0 }) => {
          if (deletes) return this.#delete(ReceiptHandle) ? [] : [{ Id, Code: "ReceiptHandleIsInvalid" }];
          const Code = queue.move(ReceiptHandle, VisibilityTimeout * 1_000, world.nowMs);
          return Code === undefined ? [] : [{ Id, Code }];
        });
        environment.note(
          `${what} ${command.input.Entries.map(({ VisibilityTimeout }) => VisibilityTimeout ?? "").join(" ")}`,
        );
        this.wake();
        if (fault === "answer of SQS lost") return { says, error: new Error("socket hang up") };
        return fault === "killed after SQS"
          ? { says, value: { Failed }, after: "kill" }
          : { says, value: { Failed } };
      },
    });
  }
}

function eventOf(messages: readonly SimMessage[]): SqsEventLike {
  return {
    Records: messages.map(({ id, handle, body, receives, group }) => ({
      messageId: id,
      receiptHandle: handle,
      body,
      attributes: { ApproximateReceiveCount: String(receives), MessageGroupId: group },
      messageAttributes: {},
      eventSource: "aws:sqs",
      eventSourceARN: group === undefined ? ARN : `${ARN}.fifo`,
    })),
  };
}
