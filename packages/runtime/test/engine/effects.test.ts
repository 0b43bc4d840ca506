/** The verbs by themselves: when an effect may be made, what is remembered of it, and what comes of an answer that is missing (P7). */

import { describe, expect, it } from "vitest";
import { derivedKey } from "../../src/core/key.ts";
import type { Attempt } from "../../src/engine/attempt.ts";
import { insideTransaction } from "../../src/engine/settings.ts";
import {
  checkBegin,
  checkOpen,
  ensureLease,
  enter,
  keyed,
  plain,
  repeatable,
  track,
} from "../../src/engine/verbs.ts";
import { OnceError } from "../../src/index.ts";
import type { Renewal, Step, StepChange, Steps, Store, Written } from "../../src/store.ts";
import { allWritten, type BareOptions, bareSession, gate } from "./bare-session.ts";
import { settled } from "./still-world.ts";

const away = new OnceError("store-error", "away");
const full = new OnceError("unstorable-value", "no room");
const each =
  (answer: Written) =>
  async (items: readonly unknown[]): Promise<readonly Written[]> =>
    items.map(() => answer);
const thrownBy = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** An attempt that is running, and what its store is told of its steps. */
function running(steps: Steps = {}, store: Partial<Store<unknown>> = {}, more: BareOptions = {}) {
  const changes: StepChange[] = [];
  const renewed: Renewal[] = [];
  const bare = bareSession({
    ...more,
    store: {
      ...store,
      checkpoint: (items) => {
        changes.push(...items.map(({ change }) => change));
        return (store.checkpoint ?? allWritten)(items);
      },
      renew: (items) => {
        renewed.push(...items);
        return (store.renew ?? allWritten)(items);
      },
    },
  });
  const attempt = bare.attempt("i", { steps });
  return { ...bare, attempt, changes, renewed };
}
const done = (kind: Step["kind"], value?: string): Step => ({
  ...{ kind, state: "done", atMs: 1 },
  ...(value === undefined ? {} : { value }),
});
const intent = (kind: Step["kind"], atMs = 1): Step => ({ kind, state: "intent", atMs });
/** Reads the key, as a call that sends it does. */
const using = async (_key: string, fn: () => unknown): Promise<unknown> => fn();
/** All three, where they do the same. */
const VERBS = {
  keyed: (attempt: Attempt, name: string, fn: () => unknown) =>
    keyed(attempt, name, (call) => using(call.key, fn)),
  repeatable: (attempt: Attempt, name: string, fn: () => unknown) =>
    repeatable(attempt, name, async () => fn()),
  plain: (attempt: Attempt, name: string, fn: () => unknown) => plain(attempt, name, async () => fn()),
} as const;
const KINDS = ["keyed", "repeatable", "plain"] as const;

describe("the name of an effect", () => {
  it("is 1 to 128 characters that can be printed, and no mark of our own", () => {
    const { attempt } = running();
    for (const name of ["a", "n".repeat(128), "größe (1)"]) enter(attempt, "keyed", name);
    for (const name of ["", "n".repeat(129), "(handler)", "a\nb", 5 as never, ["a"] as never, null as never])
      expect(() => enter(attempt, "keyed", name)).toThrow(expect.objectContaining({ code: "name-invalid" }));
    expect(() => enter(attempt, "keyed", "m".repeat(129))).toThrow(`got "${"m".repeat(40)}".`);
    expect([...attempt.names.keys()]).toEqual(["a", "n".repeat(128), "größe (1)"]);
  });

  it("is used once in an attempt, and by one kind of effect in all of them", () => {
    const { attempt } = running({ old: done("keyed"), tried: intent("keyed") });
    expect(enter(attempt, "keyed", "old")).toMatchObject({ state: "done" });
    expect(enter(attempt, "keyed", "tried")).toMatchObject({ state: "intent" });
    expect(enter(attempt, "keyed", "new")).toBeUndefined();
    expect(Object.fromEntries(attempt.names)).toEqual({ old: "done", tried: "pending", new: "pending" });

    expect(() => enter(attempt, "keyed", "new")).toThrow(expect.objectContaining({ code: "name-reused" }));
    const { attempt: other } = running({ old: done("keyed") });
    expect(() => enter(other, "plain", "old")).toThrow(
      expect.objectContaining({ code: "kind-changed", message: expect.stringContaining("was keyed in") }),
    );
    expect(other.names.size).toBe(0);
  });

  it.each(KINDS)(
    "is free again when the effect has failed: %s can be tried again in the same attempt",
    async (kind) => {
      const { attempt } = running();
      const refused = new Error("refused");
      const fail = (): never => {
        throw refused;
      };
      if (kind === "plain") await thrownBy(plain(attempt, "a", fail, { didNotHappen: () => true }));
      else expect(await thrownBy(VERBS[kind](attempt, "a", fail))).toBe(refused);

      expect(await VERBS[kind](attempt, "a", () => 1)).toBe(1);
      expect(attempt.names.get("a")).toBe("done");
    },
  );
});

describe("whether an effect may begin", () => {
  const check = (attempt: Attempt) => (): void => checkOpen(attempt, "it");

  it("not inside a transaction of its attempt; inside that of another it may", () => {
    const { attempt } = running();
    const inside = (whose: object) => (): void => insideTransaction.run(whose, check(attempt));

    expect(inside(attempt)).toThrow(expect.objectContaining({ code: "verb-in-transaction" }));
    expect(inside({})).not.toThrow();
    expect(attempt.refused).toBeUndefined();
  });

  it.each(["pending", "done", "failed"] as const)("not after a commit: %s", (commit) => {
    const { attempt } = running();
    attempt.commit = commit;

    expect(check(attempt)).toThrow(expect.objectContaining({ code: "verb-after-commit" }));
    expect(attempt.refused).toBeUndefined();
  });

  it("C-05 · not after the attempt has ended, which then cannot complete either", () => {
    const { attempt } = running();
    attempt.ended = true;

    expect(check(attempt)).toThrow(expect.objectContaining({ code: "verb-after-end" }));
    expect(attempt.refused).toMatchObject({ code: "verb-after-end" });
  });

  it("not after another was refused, for the same reason; nor after the deadline", () => {
    const { attempt } = running();
    attempt.cut.abort();
    expect(check(attempt)).toThrow(expect.objectContaining({ code: "deadline" }));
    expect(attempt.refused).toMatchObject({ code: "deadline" });
    attempt.refused = away;
    expect(check(attempt)).toThrow(away);
  });

  it.each(KINDS)("%s asks that, and of its name with its kind", async (kind) => {
    const { attempt, changes } = running({ other: done(kind === "plain" ? "keyed" : "plain") });
    attempt.refused = away;
    let effects = 0;

    expect(await thrownBy(VERBS[kind](attempt, "a", () => (effects += 1)))).toBe(away);
    attempt.refused = undefined;
    expect(await thrownBy(VERBS[kind](attempt, "other", () => (effects += 1)))).toMatchObject({
      code: "kind-changed",
    });
    expect([effects, changes]).toEqual([0, []]);
  });

  it("C-05 · after the store was asked, it is asked again whether it still may", () => {
    const { attempt } = running();
    expect(() => checkBegin(attempt)).not.toThrow();
    attempt.ended = true;
    expect(() => checkBegin(attempt)).toThrow(expect.objectContaining({ code: "deadline" }));
    expect(attempt.refused).toMatchObject({ code: "deadline" });
    attempt.refused = away;
    expect(() => checkBegin(attempt)).toThrow(away);

    const { attempt: cut } = running();
    cut.cut.abort();
    expect(() => checkBegin(cut)).toThrow(expect.objectContaining({ code: "deadline" }));
  });
});

describe("the lease that an effect needs", () => {
  it("C-06 · is not asked for while more is left than it needs, else for twice as much", async () => {
    const { attempt, clock, renewed } = running();
    clock.stall(10_000);
    await ensureLease(attempt, 19_999);
    expect(renewed).toEqual([]);
    await ensureLease(attempt, 20_000);

    expect(renewed).toEqual([expect.objectContaining({ id: "i", leaseMs: 40_000 })]);
  });

  it("C-06 · that may be over is asked for until an answer comes in time, three times at most", async () => {
    let late = 2;
    const first = running(
      {},
      {
        renew: async (items) => {
          if (late-- > 0) first.clock.stall(31_000);
          return allWritten(items);
        },
      },
    );
    first.clock.stall(30_000);
    await ensureLease(first.attempt, 0);
    expect([first.renewed.length, first.attempt.refused]).toEqual([3, undefined]);

    const world = running({}, { renew: async (items) => (world.clock.stall(30_000), allWritten(items)) });
    world.clock.stall(30_000);
    const error = await thrownBy(ensureLease(world.attempt, 0));
    expect(error).toMatchObject({ code: "fenced" });
    expect([world.attempt.refused, world.renewed.length]).toEqual([error, 3]);
  });

  it("C-06 · that the store could not be asked for holds as long as it did: three tries, then on with what is left", async () => {
    const passing = new OnceError("store-error", "away", { retryable: true });
    const { attempt, clock, renewed } = running({}, { renew: each({ kind: "error", error: passing }) });
    clock.stall(29_999);
    await ensureLease(attempt, 5_000);

    expect(renewed).toHaveLength(3);
    expect([attempt.refused, attempt.leaseLeftMs()]).toEqual([undefined, 1]);
  });

  it("C-05 · that comes after the deadline is of no use", async () => {
    const world = running({}, { renew: async (items) => (world.attempt.cut.abort(), allWritten(items)) });
    world.clock.stall(30_000);

    expect(await thrownBy(ensureLease(world.attempt, 0))).toMatchObject({ code: "deadline" });
    expect(world.renewed).toHaveLength(1);
  });

  it.each(KINDS)("C-06 · %s begins only under one", async (kind) => {
    const { attempt, clock } = running({}, { renew: each({ kind: "fenced" }) });
    clock.stall(30_000);
    let effects = 0;

    expect(await thrownBy(VERBS[kind](attempt, "a", () => (effects += 1)))).toMatchObject({ code: "fenced" });
    expect(effects).toBe(0);
  });

  it("C-06 · plain, which is not made twice, needs a third of it", async () => {
    const { attempt, clock, renewed } = running();
    clock.stall(19_999);
    await plain(attempt, "a", async () => 1);
    expect(renewed).toEqual([]);
    clock.stall(1);
    await plain(attempt, "b", async () => 1);

    expect(renewed).toEqual([expect.objectContaining({ leaseMs: 30_000 })]);
  });
});

describe("what is remembered", () => {
  it.each(KINDS)("B-04 · the result of %s, as JSON, of the store's time when it was made", async (kind) => {
    const { attempt, clock, changes } = running();
    clock.stall(1_000);
    expect(await VERBS[kind](attempt, "a", () => ({ at: new Date(0), no: undefined }))).toEqual({
      at: "1970-01-01T00:00:00.000Z",
    });

    expect(changes.at(-1)).toEqual({
      set: { a: { kind, state: "done", atMs: 51_000, value: '{"at":"1970-01-01T00:00:00.000Z"}' } },
    });
    expect(attempt.names.get("a")).toBe("done");
    expect(attempt.leftovers()).toBeUndefined();
  });

  it.each(KINDS)(
    "B-04 · what %s has done is not done again: its result, or nothing where it had none",
    async (kind) => {
      const { attempt, changes, clock } = running({ a: done(kind, "[1]"), b: done(kind) });
      // Not even a lease is needed for that.
      clock.stall(60_000);
      const never = (): never => {
        throw new Error("made again");
      };

      expect(await VERBS[kind](attempt, "a", never)).toEqual([1]);
      expect(await VERBS[kind](attempt, "b", never)).toBeUndefined();
      expect(changes).toEqual([]);
    },
  );

  it.each(["keyed", "repeatable"] as const)(
    "F-12 · a result of %s that is no JSON is told of and handed on, and nothing is written: the next attempt makes it again",
    async (kind) => {
      const { attempt, changes, warnings } = running();
      expect(await VERBS[kind](attempt, "a", () => 1n)).toBe(1n);

      expect([changes, warnings(), attempt.names.get("a")]).toEqual([[], ["unstorable-value"], "done"]);
    },
  );

  it("F-11 · of plain it is known without its result that it has happened, and what it was is said", async () => {
    const { attempt, changes, warnings, events } = running();
    const long = "x".repeat(99);
    expect(await plain(attempt, "a", async () => long)).toBe(long);

    expect(changes.at(-1)).toEqual({ set: { a: { kind: "plain", state: "done", atMs: 50_000 } } });
    expect([warnings(), attempt.names.get("a")]).toEqual([["unstorable-value"], "done"]);
    expect(events[0]).toMatchObject({
      scope: "bare/h",
      error: { message: expect.stringContaining('plain("a") has 101 bytes') },
    });
  });

  it("D-01 · a memo that the store does not confirm goes with the next write; the effect has happened", async () => {
    const { attempt, warnings } = running({}, { checkpoint: each({ kind: "error", error: away }) });
    expect(await repeatable(attempt, "a", async () => 1)).toBe(1);

    expect(attempt.leftovers()).toEqual({
      set: { a: { kind: "repeatable", state: "done", atMs: 50_000, value: "1" } },
      clear: [],
    });
    expect([warnings(), attempt.refused, attempt.names.get("a")]).toEqual([[], undefined, "done"]);
  });

  it("F-11 · one that the record has no room for is told of", async () => {
    const { attempt, events, warnings } = running({}, { checkpoint: each({ kind: "error", error: full }) });
    expect(await repeatable(attempt, "a", async () => 1)).toBe(1);

    expect(warnings()).toEqual(["unstorable-value"]);
    expect(events[0]).toMatchObject({ error: { message: "no room" } });
  });

  it("C-01 · one that is refused loses the attempt", async () => {
    const { attempt } = running({}, { checkpoint: each({ kind: "fenced" }) });
    const error = await thrownBy(repeatable(attempt, "a", async () => 1));

    expect(error).toMatchObject({ code: "fenced" });
    expect([attempt.refused, attempt.told.signal.reason]).toEqual([error, error]);
  });
});

describe("what an effect is given", () => {
  it("B-04 · keyed: its key, of the record, its generation and its name; and when to stop", async () => {
    const { attempt: one } = bareSession({ store: { checkpoint: allWritten } });
    const attempt = one("i", { generation: 2 });
    const given = await keyed(attempt, "charge", async ({ key, signal }) => [
      key,
      signal === attempt.told.signal,
    ]);

    expect(given).toEqual([derivedKey("i", 2, "charge"), true]);
  });

  it("repeatable and plain: when to stop", async () => {
    const { attempt } = running();
    expect(await repeatable(attempt, "a", async ({ signal }) => signal === attempt.told.signal)).toBe(true);
    expect(await plain(attempt, "b", async ({ signal }) => signal === attempt.told.signal)).toBe(true);
  });

  it("B-04 · a keyed that has not read its key has failed, whatever the handler does, and is not remembered", async () => {
    const { attempt, changes } = running();
    const error = await thrownBy(keyed(attempt, "charge", async () => 1));

    expect(error).toMatchObject({ code: "key-unused" });
    expect([attempt.refused, changes]).toEqual([error, []]);
  });
});

describe("a keyed whose other side forgets", () => {
  const options = { remoteMemoryMs: 60_000 };
  const charge = (attempt: Attempt, made: () => unknown = () => 1) =>
    keyed(attempt, "charge", (call) => using(call.key, made), options);

  it("B-04 · writes down its first try before it is made", async () => {
    const { attempt, changes, clock } = running();
    clock.stall(5);
    let before: unknown;
    await charge(attempt, () => (before = changes.slice()));

    expect(before).toEqual([{ set: { charge: { kind: "keyed", state: "intent", atMs: 50_005 } } }]);
  });

  it("B-04 · is made again as long as that remembers, without writing the first try again", async () => {
    const { attempt, changes } = running({ charge: intent("keyed", -10_000) });
    let made = 0;
    await charge(attempt, () => (made += 1));

    expect([made, changes.length]).toEqual([1, 1]);
    expect(changes[0]?.set?.["charge"]).toMatchObject({ state: "done" });
  });

  it("B-05 · is in doubt after that, and held by its open step", async () => {
    const { attempt, changes } = running({ charge: intent("keyed", -10_001) });
    let made = 0;
    const error = await thrownBy(charge(attempt, () => (made += 1)));

    expect(error).toMatchObject({
      code: "in-doubt",
      message: expect.stringMatching(/first tried 60 s ago, .* forgets keys after 60 s/),
    });
    expect([made, changes, attempt.refused]).toEqual([0, [], error]);
    expect(attempt.leftovers()).toEqual({
      set: { charge: { ...intent("keyed", -10_001), open: true } },
      clear: [],
    });
  });

  it.each([
    ["the store does not confirm", away, { code: "store-error", retryable: true, cause: away }],
    ["the record has no room for", full, { code: "unstorable-value", retryable: false, message: "no room" }],
  ])("D-01 · is not made when its first try is one that %s", async (_says, error, thrown) => {
    const { attempt } = running({}, { checkpoint: each({ kind: "error", error }) });
    let made = 0;
    const found = await thrownBy(charge(attempt, () => (made += 1)));

    expect(found).toMatchObject(thrown);
    expect([made, attempt.refused]).toEqual([0, found]);
    // Should it have been written after all, it is as if it were: a try that may have been made.
    expect(attempt.leftovers()?.set).toMatchObject({ charge: { state: "intent" } });
  });

  it("C-05 · is not made when the deadline came while that was written", async () => {
    const world = running(
      {},
      { checkpoint: async (items) => (world.attempt.cut.abort(), allWritten(items)) },
    );
    let made = 0;

    expect(await thrownBy(charge(world.attempt, () => (made += 1)))).toMatchObject({ code: "deadline" });
    expect(made).toBe(0);
  });

  it("B-04 · without that its first try is not written, and one that was is made again", async () => {
    const { attempt, changes } = running({ charge: intent("keyed", -1_000_000) });
    await keyed(attempt, "charge", async ({ key }) => key.length);
    await keyed(attempt, "other", async ({ key }) => key.length);

    expect(changes.map(({ set }) => Object.values(set ?? {}).map(({ state }) => state))).toEqual([
      ["done"],
      ["done"],
    ]);
  });
});

describe("plain", () => {
  it("B-05 · writes an open intent before it begins", async () => {
    const { attempt, changes, clock } = running();
    clock.stall(5);
    let before: unknown;
    await plain(attempt, "mail", async () => void (before = changes.slice()));

    expect(before).toEqual([{ set: { mail: { kind: "plain", state: "intent", atMs: 50_005, open: true } } }]);
    expect(changes[1]).toEqual({ set: { mail: { kind: "plain", state: "done", atMs: 50_005 } } });
  });

  it("B-05 · that an earlier attempt has begun is in doubt", async () => {
    const { attempt, changes } = running({ mail: { ...intent("plain"), open: true } });
    let made = 0;
    const error = await thrownBy(plain(attempt, "mail", async () => (made += 1)));

    expect(error).toMatchObject({ code: "in-doubt", message: expect.stringContaining('plain("mail")') });
    expect([made, changes, attempt.refused]).toEqual([0, [], error]);
  });

  it.each([
    ["without a word of what it means", undefined],
    ["of which is said that it may have happened", () => false],
    ["of which is said neither", () => undefined as never],
  ])("B-05 · that throws an error %s is in doubt, and throws that error", async (_says, didNotHappen) => {
    const { attempt, changes } = running();
    const reset = new Error("connection reset");
    const options = didNotHappen ? { didNotHappen } : {};
    expect(await thrownBy(plain(attempt, "mail", () => Promise.reject(reset), options))).toBe(reset);

    expect(attempt.refused).toMatchObject({ code: "in-doubt", cause: reset });
    expect([changes.length, attempt.leftovers()]).toEqual([1, undefined]);
  });

  it("B-05 · that has not happened is taken back at once, and again with the next write", async () => {
    const { attempt, changes } = running();
    const refused = new Error("refused");
    const asked: unknown[] = [];
    const didNotHappen = (error: unknown): boolean => (asked.push(error), true);
    expect(await thrownBy(plain(attempt, "mail", () => Promise.reject(refused), { didNotHappen }))).toBe(
      refused,
    );

    expect(asked).toEqual([refused]);
    expect(changes[1]).toEqual({ clear: ["mail"] });
    expect(attempt.leftovers()).toEqual({ set: {}, clear: ["mail"] });
    expect([attempt.refused, attempt.names.has("mail")]).toEqual([undefined, false]);
  });

  it.each([
    ["the store does not confirm", away, { code: "store-error", retryable: true, cause: away }],
    ["the record has no room for", full, { code: "unstorable-value", retryable: false, message: "no room" }],
  ])("D-01 · is not made when its intent is one that %s, and takes it back", async (_says, error, thrown) => {
    const { attempt } = running({}, { checkpoint: each({ kind: "error", error }) });
    let made = 0;
    const found = await thrownBy(plain(attempt, "mail", async () => (made += 1)));

    expect(found).toMatchObject(thrown);
    expect([made, attempt.refused]).toEqual([0, found]);
    expect(attempt.leftovers()).toEqual({ set: {}, clear: ["mail"] });
  });

  it("C-05 · is not made when the deadline came while its intent was written, and takes it back", async () => {
    const world = running(
      {},
      { checkpoint: async (items) => (world.attempt.cut.abort(), allWritten(items)) },
    );
    let made = 0;

    expect(await thrownBy(plain(world.attempt, "mail", async () => (made += 1)))).toMatchObject({
      code: "deadline",
    });
    expect(made).toBe(0);
    expect(world.attempt.leftovers()).toEqual({ set: {}, clear: ["mail"] });
  });

  it("A-10 · says where the key is the message id, and there alone, what a redrive would do", async () => {
    const { attempt, warnings } = running({}, {}, { messageIdKey: true });
    await plain(attempt, "mail", async () => 1);
    const other = running();
    await plain(other.attempt, "mail", async () => 1);

    expect([warnings(), other.warnings()]).toEqual([["plain-with-message-id"], []]);
  });
});

it("an effect is waited for until it has ended, well or not", async () => {
  const { attempt } = running();
  const { opened, open } = gate();
  const fine = track(attempt, () => opened.then(() => 1));
  const bad = track(attempt, () => opened.then(() => Promise.reject(new Error("no"))));
  expect([...attempt.pending]).toEqual([fine, bad]);
  open();
  await expect(bad).rejects.toThrow("no");
  expect(await fine).toBe(1);
  await settled();

  expect(attempt.pending.size).toBe(0);
});
