/** The ends of attempts: what goes to the store together, and how long it waits for company (P3). */

import { describe, expect, it } from "vitest";
import { OnceError } from "../../src/index.ts";
import type { Completion, Failure, Store, Written } from "../../src/store.ts";
import { allWritten, bareSession, gate } from "./bare-session.ts";
import { settled } from "./still-world.ts";

type Write = (items: readonly { readonly id: string }[]) => Promise<readonly Written[]>;

function writing(more: { complete?: Write; fail?: Write } = {}) {
  const asked: string[] = [];
  const told =
    (operation: string, call: Write = allWritten): Write =>
    (items) => {
      asked.push(`${operation} ${items.map(({ id }) => id).join(" ")}`);
      return call(items);
    };
  const store: Partial<Store<unknown>> = {
    complete: told("complete", more.complete),
    fail: told("fail", more.fail),
  };
  const bare = bareSession({ store });
  const item = (id: string) => ({ id, token: "t", fence: 1, retentionMs: 1 });
  return {
    ...bare,
    asked,
    complete: (id: string) => bare.session.writer.complete(item(id) as Completion),
    fail: (id: string) => bare.session.writer.fail(item(id) as Failure),
    /** How long the writer has waited, without the limits of the calls. */
    waits: () => bare.clock.waits.filter((ms) => ms <= 5),
  };
}

describe("ends of attempts", () => {
  it("that come together are written together, each kind by its own operation, and each is answered as itself", async () => {
    const w = writing({
      complete: async (items) => items.map(({ id }) => ({ kind: id === "gone" ? "fenced" : "written" })),
      fail: async () => [{ kind: "error", error: new OnceError("store-error", "away") }],
    });
    const answers = await Promise.all([w.complete("a"), w.complete("gone"), w.fail("b")]);

    expect(answers.map(({ kind }) => kind)).toEqual(["written", "fenced", "error"]);
    expect(w.asked).toEqual(["complete a gone", "fail b"]);
  });

  it("of one kind ask nothing of the other", async () => {
    const w = writing();
    await w.fail("b");
    await w.complete("a");

    expect(w.asked).toEqual(["fail b", "complete a"]);
  });

  it("wait a moment for each other while handlers are executing, and not otherwise", async () => {
    const w = writing();
    await w.complete("a");
    expect(w.waits()).toEqual([0]);
    w.session.executing = 1;
    await w.complete("b");

    expect(w.waits()).toEqual([0, 5]);
  });

  it("that wait go at once when the last handler has stopped executing, and only once", async () => {
    const w = writing();
    w.session.executing = 1;
    const written = w.complete("a");
    w.session.executing = 0;
    w.session.writer.idle();
    await written;
    await settled();

    expect([w.waits(), w.asked]).toEqual([[5, 0], ["complete a"]]);
    // With nothing to be written there is nothing to hurry.
    w.session.writer.idle();
    expect(w.waits()).toEqual([5, 0]);
  });

  it.each(["complete", "fail"] as const)(
    "that come during a write go with the next one, in one piece: %s",
    async (operation) => {
      const first = gate();
      let calls = 0;
      const w = writing({
        [operation]: async (items: readonly { readonly id: string }[]) => {
          if ((calls += 1) === 1) await first.opened;
          return allWritten(items);
        },
      });
      const one = w[operation]("a");
      await settled();
      const others = [w[operation]("b"), w[operation]("c")];
      w.session.writer.idle();
      await settled();
      expect(w.asked).toEqual([`${operation} a`]);
      expect(w.waits()).toEqual([0]);
      first.open();
      await Promise.all([one, ...others]);
      await settled();

      expect(w.asked).toEqual([`${operation} a`, `${operation} b c`]);
      expect(w.waits()).toEqual([0, 0]);
    },
  );

  it("that a store leaves unanswered are an error of the store, and nobody waits for them for ever", async () => {
    const w = writing({ complete: async () => [{ kind: "written" }] });

    expect(await Promise.all([w.complete("a"), w.complete("b")])).toMatchObject([
      { kind: "written" },
      { kind: "error", error: { code: "store-error", retryable: false } },
    ]);
  });
});
