/** A store without its memory: what stands in for its answers, and what still reaches it. */

import { describe, expect, it } from "vitest";
import { guardDisabled, unguarded } from "../../src/engine/unguarded.ts";
import { OnceError } from "../../src/index.ts";
import type { Claim, ClaimRequest, Store } from "../../src/store.ts";

const random = () => {
  let count = 0;
  return { token: () => `t${(count += 1)}`, fraction: () => 0 };
};
const request = (id: string): ClaimRequest => ({
  ...{ id, scope: "s", label: id, token: "t", leaseMs: 30_000, runMs: 1, retentionMs: 1 },
});
const transaction = {
  owner: { id: "x", token: "y", fence: 1 },
  retentionMs: 1,
  change: () => ({ complete: {} }),
  timeLimitMs: 5,
  signal: new AbortController().signal,
};

/** A store that is an instance of a class, and writes down how it was asked. */
class Recording {
  readonly asked: unknown[] = [];
  claimed: Claim | undefined = {
    ...{ kind: "won", verdict: "first", fence: 9, attempts: 1, generation: 0, firstAttemptAtMs: 0 },
    ...{ nowMs: 0, leaseUntilMs: 1, steps: {} },
  };
  readonly traits = {
    ...{ clock: "store", transactions: true, maxBatch: 10, maxResultBytes: 100, durability: "disk" },
  } as const;
  #told(...said: readonly unknown[]): string {
    this.asked.push(said);
    return `answer ${String(said[0])}`;
  }
  setup = () => this.#told("setup");
  check = () => this.#told("check");
  close = () => this.#told("close");
  read = (ids: unknown) => this.#told("read", ids);
  list = (query: unknown) => this.#told("list", query);
  resolve = (resolution: unknown) => this.#told("resolve", resolution);
  rerun = (ids: unknown) => this.#told("rerun", ids);
  forget = (ids: unknown) => this.#told("forget", ids);
  async claim(requests: readonly ClaimRequest[]): Promise<readonly (Claim | undefined)[]> {
    this.#told("claim", requests);
    return [this.claimed];
  }
  async transact(asked: typeof transaction, body: (tx: string) => Promise<unknown>): Promise<unknown> {
    this.#told("transact", asked.owner, asked.timeLimitMs);
    return { kind: "committed", value: await body("tx") };
  }
}
const off = (store: object) => unguarded(store as unknown as Store<string>, random());

describe("with the guard switched off", () => {
  it("every claim is won as the first, for as long as it asked, and every write is taken", async () => {
    const store = new Recording();
    const quiet = off(store);
    const [one, other] = await quiet.claim([request("one"), { ...request("other"), leaseMs: 5 }]);

    expect(one).toEqual({
      ...{ kind: "won", verdict: "first", fence: 1, attempts: 1, generation: 0, firstAttemptAtMs: 0 },
      ...{ nowMs: 0, leaseUntilMs: 30_000, steps: {} },
    });
    expect(other).toMatchObject({ kind: "won", leaseUntilMs: 5 });
    for (const operation of ["complete", "fail", "release", "renew", "checkpoint"] as const)
      expect(await quiet[operation]([{}, {}] as never)).toEqual([{ kind: "written" }, { kind: "written" }]);
    expect(store.asked).toEqual([]);
  });

  it("what a person asks of the store goes to it, and its answer comes back", () => {
    const store = new Recording();
    const quiet = off(store);
    const answers = [
      ...[quiet.setup(), quiet.check(), quiet.close(), quiet.read(["a"]), quiet.list({ scope: "s" })],
      ...[quiet.resolve({ id: "a" } as never), quiet.rerun(["b"]), quiet.forget(["c"])],
    ];

    expect(quiet.traits).toBe(store.traits);
    expect(store.asked).toEqual([
      ...[["setup"], ["check"], ["close"], ["read", ["a"]], ["list", { scope: "s" }]],
      ...[
        ["resolve", { id: "a" }],
        ["rerun", ["b"]],
        ["forget", ["c"]],
      ],
    ]);
    expect(answers).toEqual(store.asked.map((said) => `answer ${String((said as unknown[])[0])}`));
  });
});

describe("a transaction with the guard switched off", () => {
  it("has a record of its own to write to, for a minute", async () => {
    const store = new Recording();
    const committed = await off(store).transact?.(transaction, async (tx) => `${tx} done`);

    expect(committed).toEqual({ kind: "committed", value: "tx done" });
    expect(store.asked).toEqual([
      [
        "claim",
        [
          {
            ...{ id: "t2t3", scope: "disabled", label: "disabled", token: "t1" },
            ...{ leaseMs: 60_000, runMs: 60_000, retentionMs: 60_000 },
          },
        ],
      ],
      ["transact", { id: "t2t3", token: "t1", fence: 9 }, 5],
    ]);
  });

  it("is not begun where that record is not to be had: the store's error is thrown, or that the guard is off", async () => {
    const store = new Recording();
    const begin = async () => off(store).transact?.(transaction, async () => 1);
    const away = new OnceError("store-unreachable", "away");
    store.claimed = { kind: "error", error: away };
    await expect(begin()).rejects.toBe(away);
    store.claimed = { kind: "lapsed", attempts: 1 } as Claim;
    await expect(begin()).rejects.toMatchObject({ code: "guard-disabled" });
    store.claimed = undefined;
    await expect(begin()).rejects.toMatchObject({ code: "guard-disabled" });

    expect(store.asked.every((said) => (said as unknown[])[0] === "claim")).toBe(true);
  });

  it("is there only where the store has one", () => {
    expect(off(Object.assign(new Recording(), { transact: undefined })).transact).toBeUndefined();
  });
});

describe("EFFECTIVELY_ONCE_DISABLED", () => {
  const says = (value: string | undefined, lambda?: string) => () =>
    guardDisabled({ EFFECTIVELY_ONCE_DISABLED: value, AWS_LAMBDA_FUNCTION_NAME: lambda });

  it.each([undefined, "", "0", "false", "no", "False", "NO"])("%j leaves the guard on", (value) => {
    expect(says(value)()).toBe(false);
    expect(says(value, "orders")()).toBe(false);
  });

  it.each(["1", "true", "yes", "yes-in-production"])("%j switches it off", (value) => {
    expect(says(value)()).toBe(true);
  });

  it("inside Lambda only the whole phrase does, anything else is refused and quoted in part", () => {
    expect(says("yes-in-production", "orders")()).toBe(true);
    expect(says("yes", "orders")).toThrow(expect.objectContaining({ code: "guard-disabled" }));
    expect(says("YES-IN-PRODUCTION", "")).toThrow(expect.objectContaining({ code: "guard-disabled" }));
    expect(says("x".repeat(41), "orders")).toThrow(`"${"x".repeat(40)}"`);
  });
});
