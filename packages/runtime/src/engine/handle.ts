/** One event, from Lambda's call to the source's reply. */

import type { FormerOf } from "../core/powertools.ts";
import { OnceError } from "../errors.ts";
import type { Opened, Source } from "../source.ts";
import type { LambdaContextLike } from "../types.ts";
import { fencedError } from "./attempt.ts";
import { Batch } from "./batch.ts";
import { Beat } from "./beat.ts";
import { Session } from "./session.ts";
import type { Scope, Settings, Warnings } from "./settings.ts";
import { tellDelivery } from "./tell.ts";

export interface Handle {
  readonly settings: Settings<unknown>;
  readonly warnings: Warnings;
  readonly scope: Scope;
  readonly onTakeover: "rerun" | "hold";
  readonly storesResult: boolean;
  readonly formerOf?: FormerOf | undefined;
}

export async function handleEvent<Event, Message, Reply>(
  handle: Handle,
  source: Source<Event, Message, Reply>,
  fn: (message: unknown, context: unknown) => Promise<unknown>,
  event: Event,
  context: LambdaContextLike | undefined,
): Promise<Reply> {
  const { settings, scope, warnings } = handle;
  if (source.messageIdKey) warnMessageId(handle);
  const session = new Session({
    settings,
    scope,
    warnings,
    context,
    marginMs: source.deadlineMarginMs,
    messageIdKey: source.messageIdKey,
  });
  const opened = await source.open(event, { context, warn: (error) => warnings.once(scope.text, error) });
  const batch = new Batch<Message>(session, opened, {
    concurrency: source.concurrency,
    onTakeover: handle.onTakeover,
    storesResult: handle.storesResult,
    backoff: source.backoff,
    formerOf: handle.formerOf,
    fn,
  });
  const beat = new Beat(session, opened.heartbeat ? extension(session, opened) : undefined);
  try {
    await batch.run();
  } finally {
    await beat.stop();
  }
  return finish(session, opened, batch);
}

/** The visibility of every message not yet returned, finished ones too: one that comes again meanwhile is a duplicate more. */
function extension<Message, Reply>(session: Session, opened: Opened<Message, Reply>) {
  const { transport, arrivals } = opened;
  if (!transport) return undefined;
  const messageIds = new Map(arrivals.map(({ ref, delivery }) => [ref, delivery.messageId]));
  return async (ms: number): Promise<void> => {
    const { lost } = await transport.visibility(arrivals.map(({ ref }) => ({ ref, ms })));
    const gone = new Set(lost.map((ref) => messageIds.get(ref)));
    for (const attempt of session.held)
      if (gone.has(attempt.request.messageId)) attempt.lose(fencedError(attempt.request.label));
  };
}

async function finish<Message, Reply>(
  session: Session,
  opened: Opened<Message, Reply>,
  batch: Batch<Message>,
): Promise<Reply> {
  const moves: { ref: string; ms: number }[] = [];
  const ends = opened.arrivals.map((arrival) => {
    const end = batch.ends.get(arrival.ref);
    // Every delivery has an end; one without would be deleted unseen, so it counts as failed.
    const ending = end?.ending ?? "failed";
    const acknowledge = end?.acknowledge ?? false;
    if (end?.moveMs !== undefined) moves.push({ ref: arrival.ref, ms: end.moveMs });
    const told = {
      delivery: arrival.delivery,
      key: end?.key,
      correlationId: end?.correlationId ?? arrival.ref,
      traceparent: arrival.carrier?.traceparent,
    };
    tellDelivery(session, told, { ...end, ending }, acknowledge);
    return { ref: arrival.ref, ending, acknowledge, result: end?.value };
  });
  session.tell(ends.length);
  if (moves.length > 0) await opened.transport?.visibility(moves);
  return opened.reply(ends);
}

function warnMessageId(handle: Handle): void {
  const message =
    "The key is the message id: a producer that sends the same work again under a new id is not recognised. Use a business key, for example key: (m) => m.body.orderId.";
  handle.warnings.once(handle.scope.text, new OnceError("message-id-key", message));
}
