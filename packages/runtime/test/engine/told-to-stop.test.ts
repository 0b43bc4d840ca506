/** When a running handler is told to stop: at the deadline, and when the process is being ended (C-13, B-12). */

import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { withDeadline } from "../../src/engine/deadline.ts";
import type { AttemptEnd } from "../../src/engine/run-attempt.ts";
import { allWritten, bareSession, gate } from "./bare-session.ts";
import { settled } from "./still-world.ts";

const never = new Promise<AttemptEnd>(() => {});
const completed: AttemptEnd = { ending: "completed", value: 1 };

function running(remainingMs?: number, marginMs = 1_000) {
  const released: string[] = [];
  const shutdown = new AbortController();
  const bare = bareSession({
    store: { release: (items) => (released.push(...items.map(({ id }) => id)), allWritten(items)) },
    settings: { shutdown: shutdown.signal },
    marginMs,
    ...(remainingMs === undefined ? {} : { remainingMs }),
  });
  const attempt = bare.attempt();
  attempt.begun = true;
  return { ...bare, attempt, shutdown, released };
}

describe("at the deadline", () => {
  it("C-13 · a handler is told to stop, and is left alone when half of the margin is over", async () => {
    const { session, clock, attempt, released } = running(20_000, 4_000);
    let end: AttemptEnd | undefined;
    void withDeadline(session, attempt, never).then((found) => (end = found));
    clock.move(15_999);
    expect(attempt.told.signal.aborted).toBe(false);
    clock.move(1);
    expect(attempt.told.signal.reason).toMatchObject({ code: "deadline", retryable: true });
    expect(attempt.cut.signal.reason).toBe(attempt.told.signal.reason);
    clock.move(1_999);
    await settled();
    expect([end, session.held.size]).toEqual([undefined, 1]);
    clock.move(1);
    await settled();

    expect(end).toMatchObject({ ending: "deadline", error: { code: "deadline" } });
    // It may still be running, and its record is its own until the lease is over.
    expect([attempt.ended, session.held.size, released]).toEqual([true, 0, []]);
  });

  it("C-13 · one that ends by itself within the margin has its own end, and no timer is left", async () => {
    const { session, clock, attempt } = running(20_000, 4_000);
    const own = gate();
    const end = withDeadline(
      session,
      attempt,
      own.opened.then(() => completed),
    );
    clock.move(16_000);
    own.open();

    expect(await end).toBe(completed);
    expect([clock.waiting(), attempt.ended]).toEqual([0, false]);
  });

  it("C-13 · one that was never begun is given back before its end is told", async () => {
    const { session, clock, attempt, released } = running(20_000, 4_000);
    attempt.begun = false;
    const end = withDeadline(session, attempt, never);
    clock.move(16_000);
    clock.move(2_000);

    expect(await end).toMatchObject({ ending: "deadline" });
    expect([released, attempt.ended]).toEqual([["i"], true]);
  });

  it("without a deadline nothing waits for one", async () => {
    const { session, clock, attempt } = running();
    const end = withDeadline(session, attempt, Promise.resolve(completed));
    expect(clock.waits).toEqual([]);
    expect(await end).toBe(completed);
  });

  it("a handler that throws is not held up, and leaves no timer", async () => {
    const { session, clock, attempt, shutdown } = running(20_000);
    await expect(withDeadline(session, attempt, Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect([clock.waiting(), getEventListeners(shutdown.signal, "abort")]).toEqual([0, []]);
  });
});

describe("when the process is being ended", () => {
  it("B-12 · a handler is told, and may go on with what it has begun", async () => {
    const { session, attempt, shutdown } = running(20_000);
    void withDeadline(session, attempt, never);
    expect(attempt.told.signal.aborted).toBe(false);
    shutdown.abort();

    expect(attempt.told.signal.reason).toMatchObject({ code: "shutdown", retryable: true });
    expect([attempt.cut.signal.aborted, attempt.refused]).toEqual([false, undefined]);
  });

  it("B-12 · one that begins after that is told at once", async () => {
    const { session, attempt, shutdown } = running();
    shutdown.abort();
    void withDeadline(session, attempt, never);

    expect(attempt.told.signal.reason).toMatchObject({ code: "shutdown" });
  });

  it("B-12 · nobody listens for that once the handler has ended: a process lives for many messages", async () => {
    const { session, attempt, shutdown } = running();
    const own = gate();
    const end = withDeadline(
      session,
      attempt,
      own.opened.then(() => completed),
    );
    expect(getEventListeners(shutdown.signal, "abort")).toHaveLength(1);
    own.open();
    await end;

    expect(getEventListeners(shutdown.signal, "abort")).toEqual([]);
  });
});
