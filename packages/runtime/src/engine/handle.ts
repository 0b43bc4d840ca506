/** One event, from Lambda's call to the source's reply. */

import { OnceError } from "../errors.ts";
import type { End, Source } from "../source.ts";
import type { LambdaContextLike } from "../types.ts";
import { fencedError } from "./attempt.ts";
import { Batch } from "./batch.ts";
import { Beat } from "./beat.ts";
import { disposition } from "./dispositions.ts";
import type { Ended } from "./items.ts";
import { Session } from "./session.ts";
import type { Scope, Settings, Warnings } from "./settings.ts";

export interface Handle {
  readonly settings: Settings<unknown>;
  readonly warnings: Warnings;
  readonly scope: Scope;
  readonly onTakeover: "rerun" | "hold";
  readonly storesResult: boolean;
}

const SOON_JITTER_MS = 1_000;
const VISIBILITY_CAP_MS = 43_200_000;

export async function handleEvent<Event, Message, Reply>(
  handle: Handle,
  source: Source<Event, Message, Reply>,
  fn: (message: unknown, context: unknown) => Promise<unknown>,
  event: Event,
  context: LambdaContextLike | undefined,
): Promise<Reply> {
  const { settings, scope, warnings } = handle;
  if (source.messageIdKey) warnMessageId(handle);
  const session = new Session(settings, scope, warnings, context, source.deadlineMarginMs);
  const opened = await source.open(event, { context, warn: (error) => warnings.once(scope.text, error) });
  const batch = new Batch<Message>(session, opened, {
    concurrency: source.concurrency,
    onTakeover: handle.onTakeover,
    storesResult: handle.storesResult,
    fn,
  });
  const beat = new Beat(
    session,
    opened.transport,
    () => opened.arrivals.map(({ ref }) => ref),
    (ref) => {
      for (const attempt of session.held)
        if (
          opened.arrivals.some(
            (arrival) => arrival.ref === ref && arrival.delivery.messageId === attempt.request.messageId,
          )
        )
          attempt.lose(fencedError(attempt.request.label));
    },
  );
  try {
    await batch.run();
  } finally {
    await beat.stop();
    session.closed = true;
  }
  return finish(handle, source, opened, batch);
}

async function finish<Message, Reply>(
  handle: Handle,
  source: Pick<Source<never, Message, Reply>, "backoff">,
  opened: Awaited<ReturnType<Source<never, Message, Reply>["open"]>>,
  batch: Batch<Message>,
): Promise<Reply> {
  const ends: End[] = [];
  const moves: { ref: string; ms: number }[] = [];
  for (const arrival of opened.arrivals) {
    // Every delivery has an end; one without would be deleted unseen, so it counts as failed.
    const end: Ended<Message> | undefined = batch.ends.get(arrival.ref);
    const ending = end?.ending ?? "failed";
    const row = disposition(opened.shape, ending);
    const acknowledge =
      row.acknowledge || (row.held && (await hold(handle, opened, arrival.ref, ending, end?.error)));
    ends.push({ ref: arrival.ref, ending, acknowledge, result: end?.value });
    const ms = acknowledge || !end ? undefined : visibilityMs(handle, source.backoff, row.visibility, end);
    if (ms !== undefined) moves.push({ ref: arrival.ref, ms });
    handle.settings.emit({
      kind: "delivery",
      scope: handle.scope.text,
      key: end?.key,
      messageId: arrival.delivery.messageId,
      receiveCount: arrival.delivery.receiveCount,
      correlationId: arrival.correlationId ?? arrival.ref,
      verdict: end?.verdict,
      origin: end?.origin,
      ending,
      attempt: end?.attempt,
      fence: end?.fence,
      durationMs: end?.durationMs ?? 0,
      acknowledged: acknowledge,
      error: end?.error,
    });
  }
  if (moves.length > 0) await opened.transport?.visibility(moves);
  return opened.reply(ends);
}

async function hold(
  handle: Handle,
  opened: {
    readonly hold: ((ref: string, ending: End["ending"], reason: string) => Promise<void>) | undefined;
  },
  ref: string,
  ending: End["ending"],
  error: unknown,
): Promise<boolean> {
  if (!opened.hold) return false;
  try {
    await opened.hold(ref, ending, error instanceof Error ? error.message : ending);
    return true;
  } catch (cause) {
    const message =
      "The hold destination did not take a message, so it is reported as failed and stays with the queue. Check the destination and its permissions.";
    handle.warnings.once(
      handle.scope.text,
      new OnceError("hold-failed", message, { retryable: true, cause }),
    );
    return false;
  }
}

function visibilityMs<Message>(
  handle: Handle,
  backoff: ((attempt: number) => number) | undefined,
  how: ReturnType<typeof disposition>["visibility"],
  end: Ended<Message>,
): number | undefined {
  const jitterMs = handle.settings.random.fraction() * SOON_JITTER_MS;
  switch (how) {
    case "backoff":
      return backoff ? Math.min(VISIBILITY_CAP_MS, Math.max(0, backoff(end.attempt ?? 1))) : undefined;
    case "soon":
      return end.attempt === undefined ? jitterMs : handle.settings.leaseMs;
    case "busy": {
      if (!end.busy) return undefined;
      // From the third receive on, until the owner will have been killed: a long run must not bounce its duplicate into the dead-letter queue.
      const patient = (end.arrival.delivery.receiveCount ?? 1) >= 3;
      return Math.min(
        VISIBILITY_CAP_MS,
        Math.max(0, patient ? end.busy.runLeftMs : end.busy.leftMs) + jitterMs,
      );
    }
    default:
      return undefined;
  }
}

function warnMessageId(handle: Handle): void {
  const message =
    "The key is the message id: a producer that sends the same work again under a new id is not recognised. Use a business key, for example key: (m) => m.body.orderId.";
  handle.warnings.once(handle.scope.text, new OnceError("message-id-key", message));
}
