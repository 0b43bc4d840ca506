/** Why a message came again, by what has really happened to it before. */

import type { Cause } from "../../../src/logs/model.ts";
import type { Settings } from "./definition.ts";
import type { Live } from "./live.ts";

export function causeOf(
  live: Live,
  lives: readonly Live[],
  settings: Settings,
  versionsSeen: ReadonlyMap<string, number>,
): Cause | undefined {
  const { before, invocation, beside } = live;
  if (invocation.retry > 0) return "async-retry";
  if (!before) return newCause(live, lives, settings);
  if (before.receive === live.receive) return "queue-duplicate";
  if (
    before.invocation.guarded &&
    before.truth.verdict === "busy" &&
    before.told &&
    !before.told.acknowledged
  )
    return before.truth.cause;
  if (beside) return visibility(before, settings);
  return endedCause(before, live, settings, versionsSeen);
}

function endedCause(
  before: Live,
  live: Live,
  settings: Settings,
  versionsSeen: ReadonlyMap<string, number>,
): Cause {
  const { invocation, fails, told, named } = before;
  const killed = invocation.outcome !== "success" && invocation.outcome !== "error";
  if (told) {
    if (!told.acknowledged) return "failure-retry";
    // Done, and then its invocation was killed before the queue could be told.
    return killed ? killedCause(before, live, versionsSeen) : visibility(before, settings);
  }
  if (killed) return killedCause(before, live, versionsSeen);
  if (invocation.guarded) throw new Error("a guard lives to tell of what is not killed");
  if (invocation.outcome === "error")
    return named || invocation.lives.length === 1 || settings.partialResponses
      ? "failure-retry"
      : "partial-responses-off";
  return fails ? "failure-retry" : visibility(before, settings);
}

function killedCause(before: Live, live: Live, versionsSeen: ReadonlyMap<string, number>): Cause {
  const { outcome, endMs, version } = before.invocation;
  const near = [...versionsSeen.values()].slice(1).some((seenMs) => Math.abs(seenMs - endMs) <= 60_000);
  return outcome === "crash" && version !== live.invocation.version && near ? "deployment" : "killed";
}

/** Only of a first receive do lines say when it was. */
function visibility({ invocation, receive, receivedAtMs }: Live, settings: Settings): Cause {
  const { startMs, endMs } = invocation;
  const waitMs = startMs - receivedAtMs;
  if (receive !== 1 || waitMs <= 0 || endMs - startMs >= settings.visibilitySeconds * 1_000)
    return "visibility-expired";
  return waitMs <= settings.windowSeconds * 1_000 + 2_000 ? "batching-window" : "throttling";
}

/** What comes back from the dead-letter queue is told apart where lines show that a message of its key had been given up. */
function newCause(live: Live, lives: readonly Live[], settings: Settings): Cause | undefined {
  if (!live.keySeen) return undefined;
  const sentMs = live.message.sentAtMs ?? 0;
  const shown = lives.some((other) => (givenUpAtMs(other, settings) ?? Number.POSITIVE_INFINITY) <= sentMs);
  return live.message.by === "redrive" && shown ? "redrive" : "producer-retry";
}

function givenUpAtMs(live: Live, settings: Settings): number | undefined {
  const { message, invocation, fails, told, receive, receivedAtMs, truth } = live;
  if (message.last !== live) return undefined;
  const done = invocation.outcome === "success" && (invocation.guarded ? told?.acknowledged : !fails);
  const visibilityMs = settings.visibilitySeconds * 1_000;
  const inTime = invocation.endMs < (receive === 1 ? receivedAtMs : truth.atMs) + visibilityMs + 2_000;
  if (done && inTime) return undefined;
  return receive === 1 ? receivedAtMs + visibilityMs : truth.atMs;
}
