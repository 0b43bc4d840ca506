/** What the scenarios on real stores share: a place of their own, a handler on it, deliveries of their own making. */

import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Context,
  createOnce,
  type DeliveryEvent,
  type OnceOptions,
  type SqsMessage,
  type SqsRecordLike,
  sqs,
} from "@effectively-once/runtime";
import type { Store } from "@effectively-once/runtime/store";
import { recordId } from "../../packages/runtime/src/core/key.ts";
import { type Place, type PlaceAt, type PlaceName, PLACES } from "../../proof/places.ts";

export interface Job {
  readonly id: string;
}

export interface Stand extends Place {
  readonly at: PlaceAt;
  /** Another connection to the same tables, through another address when one is given. */
  again(url?: string): Place;
  close(): Promise<void>;
}

export async function openStand(place: PlaceName, url: string): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-load-"));
  const name = `once_load_${randomBytes(5).toString("hex")}`;
  const at = { url: place === "sqlite" ? join(folder, "load.db") : url, name };
  const opened = PLACES[place](at);
  await opened.setup();
  const more: Place[] = [];
  return {
    ...opened,
    at,
    again(other = at.url) {
      const made = PLACES[place]({ url: other, name });
      more.push(made);
      return made;
    },
    async close() {
      for (const one of more) await one.close();
      await opened.remove();
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Worker {
  /** Ids that come back as not acknowledged. */
  deliver(...messages: readonly SqsRecordLike[]): Promise<readonly string[]>;
  readonly said: readonly DeliveryEvent[];
  /** The id of a key's record. */
  idOf(key: string): string;
}

export function worker(
  store: Store<unknown>,
  fn: (message: SqsMessage<Job>, context: Context<unknown>) => Promise<unknown>,
  options: Partial<OnceOptions<unknown>> = {},
): Worker {
  const namespace = options.namespace ?? "load";
  const said: DeliveryEvent[] = [];
  const once = createOnce<unknown>({
    store,
    onEvent: (event) => event.kind === "delivery" && said.push(event),
    ...options,
    namespace,
  });
  const handler = once.handler(sqs<Job>({ key: (m) => m.body.id, heartbeat: false }), fn);
  return {
    said,
    idOf: (key) => recordId(namespace, "default", [key]),
    async deliver(...messages) {
      const reply = await handler({ Records: messages }, { functionName: "load" });
      const failed = new Set(reply.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      return messages
        .filter(({ messageId }) => failed.has(messageId))
        .map(({ body }) => (JSON.parse(body) as Job).id);
    },
  };
}

/** A message as it comes from a queue; another id each time, unless one is given. */
export function message(id: string, messageId: string = randomUUID(), receiveCount = 1): SqsRecordLike {
  return {
    messageId,
    receiptHandle: `handle-${messageId}`,
    body: JSON.stringify({ id }),
    attributes: { ApproximateReceiveCount: String(receiveCount), SentTimestamp: "1700000000000" },
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:load",
  };
}

/** All of `items`, at most `width` at a time. */
export async function widely<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

export function tens<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / 10) }, (_, index) =>
    items.slice(index * 10, index * 10 + 10),
  );
}
