/** `transact` and `commit` by themselves: what they ask of a store, and what comes of each of its answers (P7, P8). */

import { describe, expect, it } from "vitest";
import type { Attempt } from "../../src/engine/attempt.ts";
import { insideTransaction } from "../../src/engine/settings.ts";
import { commit, transact } from "../../src/engine/transactions.ts";
import { track } from "../../src/engine/verbs.ts";
import { OnceError } from "../../src/index.ts";
import type { Committed, Renewal, Steps, TransactRequest } from "../../src/store.ts";
import { allWritten, bareSession, gate } from "./bare-session.ts";

const thrownBy = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const lost = new OnceError("store-error", "the answer is lost");
const rolledBack = new Error("the body threw");

interface Given {
  readonly steps?: Steps;
  readonly remainingMs?: number;
  /** In the place of running the body. */
  readonly answer?: Committed<never>;
  readonly transactionMs?: number;
}

/** A store that runs the body and asks for its change, as one with transactions does. */
function database(given: Given = {}) {
  const asked: TransactRequest<never>[] = [];
  const changes: unknown[] = [];
  const renewed: Renewal[] = [];
  const { steps = {}, remainingMs, answer, transactionMs = 10_000 } = given;
  const bare = bareSession({
    settings: { transactionMs },
    ...(remainingMs === undefined ? {} : { remainingMs }),
    store: {
      renew: (items) => (renewed.push(...items), allWritten(items)),
      transact: async (request, body) => {
        asked.push(request);
        if (answer) return answer;
        try {
          const value = await body("tx");
          changes.push(request.change(value));
          return { kind: "committed", value };
        } catch (error) {
          return { kind: "rolled-back", error };
        }
      },
    },
  });
  return { ...bare, asked, changes, renewed, attempt: bare.attempt("i", { steps }) };
}
const BOTH = {
  transact: <T>(attempt: Attempt, fn: () => Promise<T>) => transact(attempt, "rows", fn),
  commit: <T>(attempt: Attempt, fn: () => Promise<T>) => commit(attempt, fn, true),
} as const;
const KINDS = ["transact", "commit"] as const;

describe.each(KINDS)("%s", (kind) => {
  const begin = BOTH[kind];

  it("asks for a transaction of this owner, which ends with the attempt and in its time", async () => {
    const { attempt, asked } = database();
    await begin(attempt, async () => 1);

    expect(asked).toEqual([
      {
        ...{ owner: attempt.owner, retentionMs: 1_000, timeLimitMs: 10_000, signal: attempt.cut.signal },
        change: expect.any(Function) as () => unknown,
      },
    ]);
  });

  it.each([
    [60_000, 10_000, 10_000],
    [8_000, 10_000, 7_500],
    [400, 10_000, 200],
    [0, 10_000, 1],
  ])(
    "C-13 · with %d ms of the function left has %d ms at most: %d",
    async (remainingMs, transactionMs, ms) => {
      const { attempt, asked } = database({ remainingMs, transactionMs });
      await begin(attempt, async () => 1);

      expect(asked[0]?.timeLimitMs).toBe(ms);
    },
  );

  it("C-06 · needs a lease that outlasts it", async () => {
    const { attempt, clock, renewed } = database();
    clock.stall(20_000);
    await begin(attempt, async () => 1);

    expect(renewed).toEqual([expect.objectContaining({ leaseMs: 30_000 })]);
  });

  it("counts as one in flight meanwhile, in which no verb of its attempt begins", async () => {
    const { attempt } = database();
    let inside: unknown;
    await begin(attempt, async () => {
      inside = [attempt.transactions, insideTransaction.getStore() === attempt];
      return 1;
    });
    expect([inside, attempt.transactions, insideTransaction.getStore()]).toEqual([[1, true], 0, undefined]);

    await thrownBy(begin(database().attempt, () => Promise.reject(rolledBack)));
    expect(attempt.transactions).toBe(0);
  });

  it("hands the transaction to the body", async () => {
    const { attempt } = database();
    const tx: unknown[] = [];
    if (kind === "transact") await transact(attempt, "rows", async (given) => tx.push(given));
    else await commit(attempt, async (given) => tx.push(given), false);

    expect(tx).toEqual(["tx"]);
  });

  it("is not there where the store has none", async () => {
    const { attempt } = bareSession();
    expect(await thrownBy(begin(attempt(), async () => 1))).toMatchObject({ code: "invalid-option" });
  });

  it("throws what the body threw, and the attempt may go on", async () => {
    const { attempt } = database();
    expect(await thrownBy(begin(attempt, () => Promise.reject(rolledBack)))).toBe(rolledBack);
    expect(attempt.refused).toBeUndefined();
  });

  it("F-12 · whose value is no JSON is rolled back with its rows", async () => {
    const { attempt, changes } = database();
    expect(await thrownBy(begin(attempt, async () => 1n))).toMatchObject({
      code: "unstorable-value",
      message: expect.stringContaining(kind),
    });
    expect([changes, attempt.refused]).toEqual([[], undefined]);
  });

  it("D-05 · of which cannot be found out whether it has committed ends the attempt: nothing more is written", async () => {
    const { attempt } = database({ answer: { kind: "unsettled", error: lost } });
    expect(await thrownBy(begin(attempt, async () => 1))).toBe(lost);
    expect([attempt.refused, attempt.cut.signal.aborted]).toEqual([lost, false]);
  });

  it("C-01 · that is refused has lost its record: the handler is told to stop", async () => {
    const { attempt } = database({ answer: { kind: "fenced" } });
    const error = await thrownBy(begin(attempt, async () => 1));

    expect(error).toMatchObject({ code: "fenced" });
    expect([attempt.refused, attempt.told.signal.reason]).toEqual([error, error]);
  });
});

describe("transact", () => {
  it("B-03 · is remembered by its name with what it answers, as JSON", async () => {
    const { attempt, changes, clock } = database();
    clock.stall(7);
    expect(await transact(attempt, "rows", async () => ({ at: new Date(0) }))).toEqual({
      at: "1970-01-01T00:00:00.000Z",
    });

    const step = {
      kind: "transact",
      state: "done",
      atMs: 50_007,
      value: '{"at":"1970-01-01T00:00:00.000Z"}',
    };
    expect(changes).toEqual([{ set: { rows: step } }]);
    expect(attempt.names.get("rows")).toBe("done");
  });

  it("B-03 · that an earlier attempt has committed is not made again", async () => {
    const { attempt, asked } = database({
      steps: { rows: { kind: "transact", state: "done", atMs: 1, value: "[1]" } },
    });
    expect(await transact(attempt, "rows", async () => 2)).toEqual([1]);
    expect(asked).toEqual([]);
  });

  it("is a name like that of any effect", async () => {
    const { attempt, asked } = database({ steps: { rows: { kind: "plain", state: "done", atMs: 1 } } });
    expect(await thrownBy(transact(attempt, "rows", async () => 2))).toMatchObject({ code: "kind-changed" });
    expect(asked).toEqual([]);
  });

  it("that was rolled back can be tried again under its name; one that may have committed cannot", async () => {
    const { attempt } = database();
    await thrownBy(transact(attempt, "rows", () => Promise.reject(rolledBack)));
    expect(attempt.names.has("rows")).toBe(false);
    expect(await transact(attempt, "rows", async () => 2)).toBe(2);

    const unsettled = database({ answer: { kind: "unsettled", error: lost } });
    await thrownBy(transact(unsettled.attempt, "rows", async () => 2));
    expect(unsettled.attempt.names.get("rows")).toBe("pending");
  });

  it("whose body answers nothing answers nothing", async () => {
    const { attempt, changes } = database();
    expect(await transact(attempt, "rows", async () => {})).toBeUndefined();
    expect(changes).toMatchObject([{ set: { rows: { value: undefined } } }]);
  });
});

describe("commit", () => {
  it("P8 · completes the record, with what it answers where that is stored, and hands the value on as it is", async () => {
    const { attempt, changes } = database();
    const at = new Date(0);
    expect(await commit(attempt, async () => at, true)).toBe(at);
    expect([changes, attempt.commit]).toEqual([
      [{ complete: { result: '"1970-01-01T00:00:00.000Z"' } }],
      "done",
    ]);

    const other = database();
    await commit(other.attempt, async () => 1n, false);
    expect(other.changes).toEqual([{ complete: { result: undefined } }]);
  });

  it.each(["pending", "done", "failed"] as const)(
    "is made once: not after one that is %s",
    async (before) => {
      const { attempt, asked } = database();
      attempt.commit = before;
      expect(await thrownBy(commit(attempt, async () => 1, true))).toMatchObject({ code: "commit-twice" });
      expect([asked, attempt.commit]).toEqual([[], before]);
    },
  );

  it("begins where an effect may, and leaves no trace where not", async () => {
    const { attempt, asked } = database();
    attempt.refused = lost;
    expect(await thrownBy(commit(attempt, async () => 1, true))).toBe(lost);
    expect([asked, attempt.commit]).toEqual([[], "none"]);
  });

  it("is pending from the first, so that nothing begins beside it, and has failed when it has not committed", async () => {
    const { attempt } = database();
    const committing = commit(attempt, () => Promise.reject(rolledBack), true);
    expect(attempt.commit).toBe("pending");
    await thrownBy(committing);
    expect(attempt.commit).toBe("failed");
  });

  it("B-08 · waits for what was begun beside it", async () => {
    const { attempt, asked } = database();
    const { opened, open } = gate();
    const effect = track(attempt, () => opened);
    const committing = commit(attempt, async () => 1, true);
    await Promise.resolve();
    expect(asked).toEqual([]);
    open();
    await effect;

    expect(await committing).toBe(1);
  });

  it("B-08 · is not made when that fails: the message comes again, with the reason", async () => {
    const { attempt, asked } = database();
    const reason = new Error("declined");
    void track(attempt, () => Promise.resolve());
    const effect = track(attempt, () => Promise.reject(reason));
    const error = await thrownBy(commit(attempt, async () => 1, true));
    await thrownBy(effect);

    expect(error).toMatchObject({ code: "commit-failed", retryable: true, cause: reason });
    expect([asked, attempt.commit, attempt.refused]).toEqual([[], "failed", undefined]);
  });

  it("C-01 · is not made when that was refused, for the reason of that, whether it threw or not", async () => {
    const { attempt, asked } = database();
    void track(attempt, async () => {
      await Promise.resolve();
      attempt.refuse(lost);
    });
    expect(await thrownBy(commit(attempt, async () => 1, true))).toBe(lost);
    expect(asked).toEqual([]);
  });
});
