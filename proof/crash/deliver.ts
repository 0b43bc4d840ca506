/** One delivery of one message on a real store, in a process that may be killed at a point. */

import { appendFileSync } from "node:fs";
import { type Context, createOnce, type SqsEventLike, sqs } from "@effectively-once/runtime";
import type { Store, TransactRequest } from "@effectively-once/runtime/store";
import { PLACES, type Place, type PlaceAt, type PlaceName } from "../places.ts";
import type { Kind, Point } from "./points.ts";

export const NAMESPACE = "matrix";

export interface Cell {
  readonly place: PlaceName;
  readonly at: PlaceAt;
  readonly kind: Kind;
  readonly point: Point;
  /** The message's business key. */
  readonly id: string;
  /** A file: one line per call of the side that is called, with the key that it was given. */
  readonly calls: string;
}

export interface Delivered {
  readonly verdict: string;
  readonly reported: number;
}

/** Kills this process at `cell.point`. */
export async function deliverAndDie(cell: Cell): Promise<void> {
  let asking: { readonly point: Point; readonly only: string | undefined } | undefined;
  const dieAt = (point: Point): void => {
    if (point === cell.point) process.kill(process.pid, "SIGKILL");
  };
  const place = PLACES[cell.place](cell.at, {
    answered: (what) => {
      if (asking && (asking.only ?? what) === what) dieAt(asking.point);
    },
  });
  const during: During = async (point, work, only) => {
    asking = { point, only };
    try {
      return await work();
    } finally {
      asking = undefined;
    }
  };
  await deliver(cell, place, dieAt, during);
  dieAt("before-delete");
}

/** Knows that the store is asked for something; `only`: the one request of several that counts. */
type During = <T>(point: Point, work: () => Promise<T>, only?: string) => Promise<T>;

/** Delivers on a place that is open already; what comes of it is answered. */
export async function deliver(
  cell: Omit<Cell, "point">,
  place: Place,
  dieAt: (point: Point) => void = () => {},
  during: During = (_point, work) => work(),
): Promise<Delivered> {
  let verdict = "";
  const once = createOnce<unknown>({
    store: watched(place.store, cell.kind, dieAt, during),
    namespace: NAMESPACE,
    onEvent: (said) => {
      if (said.kind === "delivery") verdict = said.verdict ?? said.ending;
    },
  });
  const handler = once.handler(
    sqs<{ readonly id: string }>({ key: (m) => m.body.id, heartbeat: false }),
    (_, ctx) => effect(cell, place, ctx, dieAt),
  );
  const reply = await handler(eventOf(cell.id), { functionName: NAMESPACE });
  return { verdict, reported: reply.batchItemFailures.length };
}

function watched(
  inner: Store<unknown>,
  kind: Kind,
  dieAt: (point: Point) => void,
  during: During,
): Store<unknown> {
  const transacting = kind === "commit" ? "complete" : "memory";
  return {
    ...inner,
    async claim(requests) {
      dieAt("before-claim");
      const claims = await during("claim-sent", () => inner.claim(requests));
      if (claims[0]?.kind === "won") dieAt("after-claim");
      return claims;
    },
    async checkpoint(items) {
      // The intent of a plain effect is no memory of it.
      if (!items.some(({ change }) => Object.values(change.set ?? {}).some(({ state }) => state === "done")))
        return inner.checkpoint(items);
      dieAt("before-memory");
      const written = await during("memory-sent", () => inner.checkpoint(items));
      dieAt("after-memory");
      return written;
    },
    async complete(items) {
      dieAt("before-complete");
      const written = await during("complete-sent", () => inner.complete(items));
      dieAt("after-complete");
      return written;
    },
    async transact<T>(request: TransactRequest<T>, body: (tx: unknown) => Promise<T>) {
      const change = (value: T) => {
        dieAt(`before-${transacting}`);
        return request.change(value);
      };
      if (!inner.transact) throw new Error("this store has no transactions");
      const committed = await during(
        `${transacting}-sent`,
        () => (inner.transact as NonNullable<Store<unknown>["transact"]>)({ ...request, change }, body),
        "COMMIT",
      );
      dieAt(`after-${transacting}`);
      return committed;
    },
  };
}

async function effect(
  { kind, id, calls }: Omit<Cell, "point">,
  place: Place,
  ctx: Context<unknown>,
  dieAt: (point: Point) => void,
): Promise<void> {
  const call = async (key: string): Promise<void> => {
    dieAt("before-effect");
    appendFileSync(calls, `${key}\n`);
    dieAt("in-effect");
  };
  const row = async (tx: unknown): Promise<void> => {
    dieAt("before-effect");
    await place.addRow(tx, id);
    dieAt("in-effect");
  };
  switch (kind) {
    case "keyed":
      await ctx.keyed("effect", ({ key }) => call(key));
      return;
    case "repeatable":
      await ctx.repeatable("effect", () => call("-"));
      return;
    case "plain":
      await ctx.plain("effect", () => call("-"));
      return;
    case "transact":
      await ctx.transact("effect", row);
      return;
    case "commit":
      await ctx.keyed("before", async ({ key }) => appendFileSync(calls, `${key}\n`));
      await ctx.commit(row);
  }
}

function eventOf(id: string): SqsEventLike {
  return {
    Records: [
      {
        messageId: `message-${id}`,
        receiptHandle: `handle-${id}`,
        body: JSON.stringify({ id }),
        attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1700000000000" },
        messageAttributes: {},
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:matrix",
      },
    ],
  };
}
