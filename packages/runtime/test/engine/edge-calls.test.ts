/** What a call of an edge is known by from one attempt to the next, and when it must not be sent (P7, B-08, B-09). */

import { describe, expect, it } from "vitest";
import { derivedKey } from "../../src/core/key.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";
import type { Attempt } from "../../src/engine/attempt.ts";
import { beginEdgeCall, type EdgeCall, withinVisited } from "../../src/engine/edge-calls.ts";
import { inVerb, verbsAreAskedFor } from "../../src/engine/in-verb.ts";
import { OnceError } from "../../src/index.ts";
import type { Steps, Store } from "../../src/store.ts";
import { allWritten, bareSession } from "./bare-session.ts";

verbsAreAskedFor();
const SEND = "(edge) sqs.SendMessage";
const value = (input: unknown): string => fingerprint(input, "i");

/** One message, whose attempts remember what those before them have written. */
function message(store: Partial<Store<unknown>> = {}) {
  let steps: Steps = {};
  const bare = bareSession({
    store: {
      renew: allWritten,
      checkpoint: async (items) => {
        for (const { change } of items) steps = { ...steps, ...change.set };
        written.push(...items.flatMap(({ change }) => Object.keys(change.set ?? {})));
        return allWritten(items);
      },
      ...store,
    },
  });
  const written: string[] = [];
  return {
    ...bare,
    written,
    steps: () => steps,
    attempt: (more: object = {}) => calling(bare.attempt("i", { steps, ...more })),
  };
}

function calling(attempt: Attempt) {
  const begin = (input: unknown = "x", more: Partial<EdgeCall> = {}) =>
    beginEdgeCall(attempt, { operation: "sqs.SendMessage", target: "q", input, name: undefined, ...more });
  return {
    attempt,
    begin,
    key: async (...args: Parameters<typeof begin>) => (await begin(...args)).key(),
  };
}

const keyOf = (name: string, generation = 0): string => derivedKey("i", generation, name);

describe("a call without a name", () => {
  it("B-08 · is written down before it is sent: as an intent, with a fingerprint of what it says", async () => {
    const m = message();
    const { begin } = m.attempt();
    m.clock.stall(1_000);
    await begin({ body: "secret" });

    expect(m.steps()).toEqual({
      [`${SEND} q #1`]: { kind: "edge", state: "intent", atMs: 51_000, value: value({ body: "secret" }) },
    });
    expect(JSON.stringify(m.steps())).not.toContain("secret");
  });

  it("B-08 · has a key of the record, its generation, its name and its part", async () => {
    const begun = await message().attempt({ generation: 3 }).begin();

    expect(begun.key()).toBe(keyOf(`${SEND} q #1`, 3));
    expect(begun.key("")).toBe(begun.key());
    expect(begun.key("0")).toBe(keyOf(`${SEND} q #1/0`, 3));
  });

  it("B-08 · is counted for each operation and target by itself", async () => {
    const { key } = message().attempt();

    expect([await key(), await key(), await key("x", { target: "p" })]).toEqual(
      ["q #1", "q #2", "p #1"].map((name) => keyOf(`${SEND} ${name}`)),
    );
    expect(await key("x", { operation: "sns.Publish" })).toBe(keyOf("(edge) sns.Publish q #1"));
  });

  it("has a target of 80 characters that can be printed", async () => {
    const m = message();
    const { begin } = m.attempt();
    await begin("x", { target: `a\n${"b".repeat(78)}` });
    await begin("x", { target: `a\n${"b".repeat(79)}` });

    expect(m.written).toEqual([
      `${SEND} a\uFFFD${"b".repeat(78)} #1`,
      `${SEND} a\uFFFD${"b".repeat(78)}… #1`,
    ]);
  });

  it("B-08 · is found again in the next attempt, and not written again", async () => {
    const m = message();
    const first = m.attempt();
    const keys = [await first.key("a"), await first.key("b")];
    const second = m.attempt();

    expect([await second.key("a"), await second.key("b")]).toEqual(keys);
    expect(m.written).toHaveLength(2);
    expect(second.attempt.names.get(`${SEND} q #2`)).toBe("done");
  });
});

describe("a call that failed and is made again in the same attempt", () => {
  it("B-08 · is the same call, once, and is not written again", async () => {
    const m = message();
    const { begin, key } = m.attempt();
    const begun = await begin("a");
    begun.failed();

    expect([await key("a"), await key("a")]).toEqual([begun.key(), keyOf(`${SEND} q #2`)]);
    expect(m.written).toHaveLength(2);
  });

  it("B-08 · is not another call: of other input, to another target, by another operation", async () => {
    const { begin, key } = message().attempt();
    (await begin("a")).failed();

    expect(await key("b")).toBe(keyOf(`${SEND} q #2`));
    expect(await key("a", { target: "p" })).toBe(keyOf(`${SEND} p #1`));
    expect(await key("a", { operation: "sns.Publish" })).toBe(keyOf("(edge) sns.Publish q #1"));
    expect(await key("a")).toBe(keyOf(`${SEND} q #1`));
  });

  it("B-08 · of several that failed each is found", async () => {
    const { begin, key } = message().attempt();
    const [a, b] = [await begin("a"), await begin("b")];
    a.failed();
    b.failed();

    expect([await key("b"), await key("a")]).toEqual([b.key(), a.key()]);
  });
});

describe("calls in another order", () => {
  it("B-09 · are the same calls, which is said once, without the mark of an edge", async () => {
    const m = message();
    const first = m.attempt();
    const [a, b, c] = [await first.key("a"), await first.key("b"), await first.key("c")];
    const second = m.attempt();

    expect([await second.key("c"), await second.key("a"), await second.key("b")]).toEqual([c, a, b]);
    expect(m.warnings()).toEqual(["edge-reordered"]);
    expect(m.events[0]).toMatchObject({
      error: { message: expect.stringMatching(/^sqs\.SendMessage q #3 came in another order/) },
    });
    expect(m.written).toHaveLength(3);
  });

  it("B-09 · a remembered call stands for one call only", async () => {
    const m = message();
    const first = m.attempt();
    await first.begin("a");
    await first.begin("b");
    const { begin } = m.attempt();
    await begin("b");

    await expect(begin("b")).rejects.toMatchObject({ code: "edge-changed" });
  });

  it("B-08 · leave the number of one that came early to it: the next is another call", async () => {
    const m = message();
    const first = m.attempt();
    await first.begin("a");
    await first.begin("b");
    const { key } = m.attempt();

    expect([await key("b"), await key("a"), await key("b"), await key("c")]).toEqual(
      [2, 1, 3, 4].map((number) => keyOf(`${SEND} q #${number}`)),
    );
  });

  it("B-09 · one to another target, or whose name only begins the same, is another call", async () => {
    const m = message();
    const first = m.attempt();
    await first.begin("a");
    await first.begin("b", { target: "q2" });
    await first.begin("b", { operation: "sns.Publish" });

    await expect(m.attempt().begin("b")).rejects.toMatchObject({ code: "edge-changed" });
    expect(m.warnings()).toEqual([]);
  });
});

describe("another call in the place of the remembered one", () => {
  it("B-09 · is refused with the fields in which it differs, and the attempt with it", async () => {
    const m = message();
    await m.attempt().begin({ to: "a", body: "b", at: 1 });
    const { attempt, begin } = m.attempt();
    const error: unknown = await begin({ to: "x", body: "y", at: 1 }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: "edge-changed", retryable: false });
    expect(String(error)).toContain(
      "sqs.SendMessage q #1 was another call in an earlier attempt of this message (differing in: body, to): ",
    );
    expect(String(error)).not.toContain("(edge)");
    expect(attempt.refused).toBe(error);
    expect(m.written).toHaveLength(1);
  });

  it("B-09 · which has no fields is refused without them", async () => {
    const m = message();
    await m.attempt().begin("a");
    const error: unknown = await m
      .attempt()
      .begin("b")
      .catch((thrown: unknown) => thrown);

    expect(String(error)).toContain("earlier attempt of this message: its token");
  });

  it("B-09 · where one of them is not to be compared, nothing is known to differ", async () => {
    const m = message();
    await m.attempt().begin(false);
    expect(m.steps()[`${SEND} q #1`]?.value).toBe("");
    await m.attempt().begin("a");

    const other = message();
    await other.attempt().begin("a");
    expect(await other.attempt().key(false)).toBe(keyOf(`${SEND} q #1`));
    // Any other input is compared, also where it is nothing.
    await expect(other.attempt().begin(undefined)).rejects.toMatchObject({ code: "edge-changed" });
  });
});

describe("a call with a name of its own", () => {
  const named = (name: string): Partial<EdgeCall> => ({ name });

  it("B-08 · is known by it, whatever comes before it and wherever it goes", async () => {
    const m = message();
    const first = await m.attempt().key("a", named("audit"));
    const second = m.attempt();
    await second.begin("b");

    expect(first).toBe(keyOf(`${SEND} = audit`));
    expect(await second.key("a", { ...named("audit"), target: "p" })).toBe(first);
    expect(m.written).toEqual([`${SEND} = audit`, `${SEND} q #1`]);
  });

  it("B-09 · is refused where it says something else than before", async () => {
    const m = message();
    await m.attempt().begin("a", named("audit"));

    await expect(m.attempt().begin("b", named("audit"))).rejects.toMatchObject({ code: "edge-changed" });
  });

  it("B-09 · is one call of an operation in an attempt, until it has failed", async () => {
    const { begin, key } = message().attempt();
    const begun = await begin("a", named("audit"));
    await begin("a", { ...named("audit"), operation: "sns.Publish" });
    await expect(begin("a", named("audit"))).rejects.toMatchObject({ code: "name-reused" });
    begun.failed();

    expect(await key("a", named("audit"))).toBe(begun.key());
    await expect(begin("a", named("audit"))).rejects.toMatchObject({ code: "name-reused" });
  });

  it("B-08 · that failed is not found by a call without one", async () => {
    const { begin, key } = message().attempt();
    (await begin("a", named("audit"))).failed();

    expect(await key("a")).toBe(keyOf(`${SEND} q #1`));
  });

  it("has 1 to 128 characters that can be printed", async () => {
    const { begin } = message().attempt();
    await begin("a", named("n".repeat(128)));
    for (const name of ["", "n".repeat(129), "a\nb"])
      await expect(begin("a", named(name))).rejects.toMatchObject({ code: "name-invalid" });
    await expect(begin("a", named("n".repeat(129)))).rejects.toThrow(`got "${"n".repeat(40)}".`);
  });
});

describe("a call within a verb", () => {
  it("B-08 · is counted there, is named after it, and has used its key", async () => {
    const m = message();
    const { attempt, begin } = m.attempt();
    let used = 0;
    const within = (name: string): Promise<unknown> =>
      inVerb(
        attempt,
        name,
        () => (used += 1),
        () => begin("a"),
      );
    await begin("a");
    await within("charge");
    await within("ship");

    expect(m.written).toEqual([
      `${SEND} q #1`,
      "(edge) charge › sqs.SendMessage q #1",
      "(edge) ship › sqs.SendMessage q #1",
    ]);
    expect(used).toBe(2);
  });

  it("B-08 · that is made again because its verb failed and is tried again in this attempt is the same call", async () => {
    const m = message();
    const { attempt, begin } = m.attempt();
    const verb = <T>(fn: () => T, name = "charge"): T => inVerb(attempt, name, () => {}, fn);
    const named = { name: "audit" };
    const both = async (input: unknown): Promise<string[]> => [
      (await begin(input)).key(),
      (await begin(input)).key(),
      (await begin(input, named)).key(),
    ];
    const first = await verb(async () => {
      const keys = await both("a");
      // Whether it was sent or not.
      (await begin("failing")).failed();
      return keys;
    });

    expect(await verb(() => both("a"))).toEqual(first);
    expect(new Set(first).size).toBe(3);
    expect(m.written).toHaveLength(4);
    await verb(async () => {
      expect((await begin("failing")).key()).toBe(keyOf("(edge) charge › sqs.SendMessage q #3"));
      // What it says is another call now.
      expect((await begin("b")).key()).toBe(keyOf("(edge) charge › sqs.SendMessage q #4"));
      await begin("a", named);
      await expect(begin("a", named)).rejects.toMatchObject({ code: "name-reused" });
    });
  });

  it("B-09 · is not missed where the verb was come by; one that no verb made is", () => {
    const names = new Map([
      ["charge", "done"],
      ["a › b", "done"],
      ["sqs.SendMessage q #", "done"],
    ]);
    const visited = (step: string): boolean => withinVisited(step, names);

    expect(visited("(edge) charge › sqs.SendMessage q #1")).toBe(true);
    expect(visited("(edge) a › b › sqs.SendMessage q #1")).toBe(true);
    expect(visited("(edge) ship › sqs.SendMessage q #1")).toBe(false);
    expect(visited("(edge) sqs.SendMessage q #1")).toBe(false);
    // The name of a verb, which may have this in it.
    expect(visited("(verb) charge › sqs.SendMessage q #1")).toBe(false);
  });
});

describe("when a call must not be sent", () => {
  it("C-05 · after its attempt has ended, and nothing is written", async () => {
    const m = message();
    const { attempt, begin } = m.attempt();
    m.session.letGo(attempt);

    await expect(begin()).rejects.toMatchObject({ code: "verb-after-end" });
    expect(m.written).toEqual([]);
  });

  it("C-01 · when the lease may be over and the record is somebody else's, also where it is remembered", async () => {
    const m = message({ renew: async (items) => items.map(() => ({ kind: "fenced" })) });
    await m.attempt().begin();
    const { begin } = m.attempt();
    m.clock.stall(30_000);

    await expect(begin()).rejects.toMatchObject({ code: "fenced" });
  });

  it("D-01 · when the store does not confirm it: the message comes again", async () => {
    const away = new OnceError("store-error", "away");
    const m = message({ checkpoint: async (items) => items.map(() => ({ kind: "error", error: away })) });
    const { attempt, begin } = m.attempt();
    const error: unknown = await begin().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: "store-error", retryable: true, cause: away });
    expect(attempt.refused).toBe(error);
  });

  it("F-11 · when the record has no room for it, a person must know: that error as it is", async () => {
    const full = new OnceError("unstorable-value", "full");
    const m = message({ checkpoint: async (items) => items.map(() => ({ kind: "error", error: full })) });
    const { attempt, begin } = m.attempt();

    await expect(begin()).rejects.toBe(full);
    expect(attempt.refused).toBe(full);
  });

  it("C-01 · when the record is somebody else's: the handler is told to stop", async () => {
    const m = message({ checkpoint: async (items) => items.map(() => ({ kind: "fenced" })) });
    const { attempt, begin } = m.attempt();

    await expect(begin()).rejects.toMatchObject({ code: "fenced" });
    expect(attempt.told.signal.reason).toMatchObject({ code: "fenced" });
  });

  it("C-05 · when the deadline came while it was written down", async () => {
    const m = message({
      checkpoint: async (items) => {
        attempt.cut.abort();
        return allWritten(items);
      },
    });
    const { attempt, begin } = m.attempt();

    await expect(begin()).rejects.toMatchObject({ code: "deadline" });
  });
});

describe("what must be the same", () => {
  /** Whether a call with the one input is taken for a call with the other. */
  async function same(one: unknown, other: unknown): Promise<boolean> {
    const m = message();
    await m.attempt().begin(one);
    return m
      .attempt()
      .begin(other)
      .then(
        () => true,
        () => false,
      );
  }
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

  it("bytes, by what they are and not by how they are held", async () => {
    expect(await same({ a: bytes(1, 2) }, { a: bytes(1, 2) })).toBe(true);
    expect(await same({ a: bytes(1, 2) }, { a: bytes(1, 3) })).toBe(false);
    expect(await same({ a: bytes(1, 2) }, { a: bytes(9, 1, 2, 9).subarray(1, 3) })).toBe(true);
    expect(await same({ a: bytes(1, 2) }, { a: bytes(1, 2).buffer })).toBe(true);
    expect(await same({ a: bytes(1, 2) }, { a: Buffer.from([1, 2]) })).toBe(true);
    expect(await same({ a: bytes(1, 2) }, { a: new DataView(bytes(1, 2).buffer) })).toBe(true);
    expect(await same(bytes(1, 2), bytes(1, 3))).toBe(false);
    // Not as an object of numbers, nor as a text that happens to say the same.
    expect(await same({ a: bytes(1) }, { a: { 0: 1 } })).toBe(false);
    expect(await same({ a: bytes(1) }, { a: "AQ==" })).toBe(false);
  });

  it("instants, sets, maps and lists, however deep", async () => {
    const at = (ms: number): object => ({ list: [{ at: new Date(ms) }] });
    expect(await same(at(0), at(0))).toBe(true);
    expect(await same(at(0), at(1))).toBe(false);
    expect(await same({ a: new Set([bytes(1)]) }, { a: new Set([bytes(1)]) })).toBe(true);
    expect(await same({ a: new Set([bytes(1)]) }, { a: new Set([bytes(2)]) })).toBe(false);
    expect(await same({ a: new Set([1, 2]) }, { a: [1, 2] })).toBe(true);
    expect(await same({ a: new Map([["k", 1]]) }, { a: new Map([["k", 2]]) })).toBe(false);
    expect(await same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(await same({ a: [1, 2] }, { a: { 0: 1, 1: 2 } })).toBe(false);
    expect(await same({ a: { b: bytes(1) } }, { a: { b: bytes(2) } })).toBe(false);
    expect(await same({ a: null, b: 1 }, { b: 1, a: null })).toBe(true);
  });

  it("down to 64 levels; deeper than that it cannot be remembered, and is not sent", async () => {
    const m = message();
    const { begin } = m.attempt();
    const deep = (levels: number, wrap: (inner: object) => object): object =>
      levels === 0 ? {} : wrap(deep(levels - 1, wrap));
    for (const wrap of [(a: object) => ({ a }), (a: object) => [a]]) {
      await begin(deep(64, wrap));
      await expect(begin(deep(65, wrap))).rejects.toMatchObject({ code: "edge-changed" });
    }
    expect(m.written).toHaveLength(2);
  });
});
