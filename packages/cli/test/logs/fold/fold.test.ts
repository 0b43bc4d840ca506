import { describe, expect, test } from "vitest";
import type { Entry } from "../../../src/logs/model.ts";
import { fold, run, stream } from "./support.ts";

const told = (fields: object): Entry => ({
  kind: "told",
  atMs: 0,
  stream: "s1",
  ending: "completed",
  acknowledged: true,
  ...fields,
});

describe("lines of one invocation", () => {
  test("several lines that end one invocation are one invocation", async () => {
    const { keys, counts } = await fold(run({ id: "r1", at: 1_000, ms: 250, messages: [{ key: "7" }] }));

    expect(counts).toMatchObject({ invocations: 1, deliveries: 1 });
    expect(keys.get("7")?.[0]).toMatchObject({
      atMs: 1_001,
      failed: false,
      invocation: {
        id: "r1",
        startMs: 1_000,
        endMs: 1_250,
        durationMs: 250,
        outcome: "success",
        outcomeSaid: false,
        deliveries: 1,
        retry: 0,
      },
    });
  });

  test.each([
    ["success", "error", "error"],
    ["error", "success", "error"],
    ["error", "timeout", "timeout"],
    ["out-of-memory", "error", "out-of-memory"],
    ["crash", "error", "crash"],
    ["success", "unknown", "success"],
  ] as const)("of %s and %s the outcome is %s", async (one, other, outcome) => {
    const entries: Entry[] = [
      ...run({ id: "r1", at: 0, outcome: one, messages: [{ key: "7" }] }),
      { kind: "ended", by: "runtimeDone", requestId: "r1", stream: "s1", atMs: 99, outcome: other },
    ];

    const { keys } = await fold(entries);

    expect(keys.get("7")?.[0]?.invocation).toMatchObject({ outcome, outcomeSaid: true });
  });

  test("an error line beats a report that says success", async () => {
    const entries: Entry[] = [
      ...run({ id: "r1", at: 0, outcome: "success", messages: [{ key: "7" }] }),
      { kind: "failed", requestId: "r1", stream: "s1", atMs: 50, outcome: "timeout" },
    ];

    const { keys } = await fold(entries);

    expect(keys.get("7")?.[0]?.invocation?.outcome).toBe("timeout");
  });

  test("a report that is cut off after its END leaves the outcome unknown", async () => {
    const { keys, context } = await fold([
      ...stream("s1", 5),
      ...run({ id: "last", at: 9_000, messages: [{ key: "7" }], without: ["report"] }),
    ]);

    expect(context.complete).toBe(true);
    expect(keys.get("7")?.[0]?.invocation).toMatchObject({ outcome: "unknown", outcomeSaid: false });
  });

  test("a request that starts twice is two invocations, the second a retry", async () => {
    const { keys, counts } = await fold([
      ...run({ id: "r1", at: 0, outcome: "error", messages: [{ key: "7" }] }),
      ...run({ id: "r1", at: 60_000, stream: "s2", messages: [{ key: "7" }] }),
    ]);

    expect(counts.invocations).toBe(2);
    expect(
      keys
        .get("7")
        ?.map(({ atMs, invocation }) => [atMs, invocation?.id, invocation?.retry, invocation?.outcome]),
    ).toEqual([
      [1, "r1", 0, "error"],
      [60_001, "r1#1", 1, "success"],
    ]);
  });

  test("a retry in the same environment keeps its lines apart", async () => {
    const { keys } = await fold([
      ...run({ id: "r1", at: 0, ms: 100, outcome: "timeout", messages: [{ key: "7" }] }),
      ...run({ id: "r1", at: 60_000, ms: 200, outcome: "success", messages: [{ key: "7" }] }),
    ]);

    expect(keys.get("7")?.map(({ invocation }) => [invocation?.outcome, invocation?.durationMs])).toEqual([
      ["timeout", 100],
      ["success", 200],
    ]);
  });

  test("a start that a telemetry extension tells of beside the log is one", async () => {
    const { counts } = await fold([
      ...run({ id: "r1", at: 0 }),
      { kind: "started", requestId: "r1", stream: "s1", atMs: 3 },
    ]);

    expect(counts.invocations).toBe(1);
  });

  test.each([[["start", "message"]], [["start", "message", "end"]]] as const)(
    "a file that ends after START goes on in the next one, which is without %s",
    async (without) => {
      const line = { id: "r1", at: 0, ms: 5_000, messages: [{ key: "7" }] };

      const { counts, keys } = await fold([
        ...run({ ...line, stream: "a.log", without: ["end", "report"] }),
        ...run({ ...line, stream: "b.log", without }),
      ]);

      expect(counts.invocations).toBe(1);
      expect(keys.get("7")?.[0]?.invocation).toMatchObject({ startMs: 0, endMs: 5_000, outcome: "success" });
    },
  );

  test("an error that is logged in another file is its invocation's", async () => {
    const { counts, keys, context } = await fold([
      ...stream("s1", 10),
      ...run({ id: "r1", at: 4_500, messages: [{ key: "7" }] }),
      { kind: "failed", requestId: "r1", stream: "errors.log", atMs: 4_550, outcome: "error" },
    ]);

    expect(counts.invocations).toBe(11);
    expect(context.complete).toBe(true);
    expect(keys.get("7")?.[0]?.invocation?.outcome).toBe("error");
  });

  test("messages that are logged in another file are their invocation's", async () => {
    const { keys } = await fold([
      ...run({ id: "r1", at: 0, messages: [] }),
      { kind: "delivery", requestId: "r1", stream: "app.log", atMs: 50, key: "7" },
    ]);

    expect(keys.get("7")?.[0]?.invocation).toMatchObject({ startMs: 0, outcome: "success", stream: "s1" });
  });

  test("ten thousand runs under one id are put together in no time", async () => {
    const runs = Array.from({ length: 10_000 }, (_, at) =>
      run({ id: "always the same", at: at * 60_000, messages: [{ key: `${at % 100}` }] }),
    ).flat();

    const { counts } = await fold(runs);

    expect(counts).toMatchObject({ invocations: 10_000, deliveries: 10_000 });
  });

  test("the same file twice, under two names, counts once", async () => {
    const entries = stream("s1", 20);

    const once = await fold(entries);
    const twice = await fold([...entries, ...entries.map((entry) => ({ ...entry, stream: "copy" }))]);

    expect(twice.counts).toMatchObject({ deliveries: once.counts.deliveries, invocations: 20 });
    expect(twice.context.complete).toBe(true);
  });
});

describe("an invocation that has not ended", () => {
  const unended = run({ id: "dead", at: 3_500, messages: [{ key: "7" }], without: ["end", "report"] });

  test("was killed, where its stream goes on and nothing is missing", async () => {
    const { keys, context } = await fold([...stream("s1", 10), ...unended]);

    expect(context.complete).toBe(true);
    expect(keys.get("7")?.[0]?.invocation).toMatchObject({ outcome: "crash", outcomeSaid: false });
  });

  test("is not known to be killed, where lines are missing", async () => {
    const lost = run({ id: "lost", at: 4_500, without: ["start"] });

    const { keys, context } = await fold([...stream("s1", 10), ...unended, ...lost]);

    expect(context.complete).toBe(false);
    expect(keys.get("7")?.[0]?.invocation?.outcome).toBe("unknown");
  });

  test("may still be running, where nothing follows in its stream", async () => {
    const { keys } = await fold([
      ...stream("s1", 10),
      ...run({ id: "last", at: 99_000, messages: [{ key: "7" }], without: ["end", "report"] }),
    ]);

    expect(keys.get("7")?.[0]?.invocation).toMatchObject({ outcome: "unknown", endMs: undefined });
  });

  test("is not known to be killed by a START in a file of several environments", async () => {
    const { keys } = await fold([
      ...run({ id: "a", at: 0, ms: 900 }),
      ...run({ id: "b", at: 500, ms: 900 }),
      ...unended,
      ...run({ id: "c", at: 5_000 }),
    ]);

    expect(keys.get("7")?.[0]?.invocation?.outcome).toBe("unknown");
  });

  test("is not known to be killed where no end is ever logged", async () => {
    const starts = Array.from({ length: 10 }, (_, at) =>
      run({ id: `r${at}`, at: at * 1_000, messages: [{ key: `${at}` }], without: ["end", "report"] }),
    ).flat();

    const { keys } = await fold(starts);

    expect(keys.get("3")?.[0]?.invocation?.outcome).toBe("unknown");
  });
});

describe("deliveries", () => {
  test("what is seen and what a guard tells of it are one delivery, from the earlier instant", async () => {
    const { keys, counts } = await fold([
      ...run({ id: "r1", at: 0, messages: [{ messageId: "m1", receiveCount: 2 }] }),
      told({ requestId: "r1", atMs: 90, key: "7", messageId: "m1", verdict: "first", durationMs: 50 }),
    ]);

    expect(counts.deliveries).toBe(1);
    expect(keys.get("7")).toEqual([
      expect.objectContaining({
        atMs: 1,
        messageId: "m1",
        receiveCount: 2,
        told: { verdict: "first", ending: "completed", acknowledged: true, durationMs: 50, endMs: 90 },
      }),
    ]);
  });

  test("what only a guard tells of began as long before as it took", async () => {
    const { keys } = await fold([told({ requestId: "r1", atMs: 1_090, key: "7", durationMs: 50 })]);

    expect(keys.get("7")?.[0]).toMatchObject({ atMs: 1_040, told: { endMs: 1_090 } });
  });

  test("two that a guard tells of are two, and the same line twice is one", async () => {
    const first = told({ requestId: "r1", atMs: 50, key: "7", verdict: "first" });
    const second = told({ requestId: "r1", atMs: 60, key: "7", verdict: "duplicate" });

    const { keys } = await fold([first, second, { ...first }]);

    expect(keys.get("7")?.map((one) => one.told?.verdict)).toEqual(["first", "duplicate"]);
  });

  test("two messages of one key in one batch are two deliveries, in the batch's order", async () => {
    const { keys } = await fold(
      run({
        id: "r1",
        at: 0,
        messages: [
          { key: "7", messageId: "m2" },
          { key: "7", messageId: "m1" },
        ],
      }),
    );

    expect(keys.get("7")?.map(({ messageId }) => messageId)).toEqual(["m2", "m1"]);
  });

  test("lines of a run that name one key again and again are one delivery", async () => {
    const { keys } = await fold(
      run({ id: "r1", at: 0, messages: [{ key: "7" }, { key: "7" }, { key: "7" }] }),
    );

    expect(keys.get("7")).toHaveLength(1);
  });

  test("a message that names no key here and one there is found under it", async () => {
    const { keys, groups } = await fold([
      ...run({ id: "r1", at: 0, messages: [{ messageId: "m1" }], outcome: "timeout" }),
      ...run({ id: "r2", at: 30_000, messages: [{ messageId: "m1", key: "7" }] }),
    ]);

    expect(groups).toHaveLength(1);
    expect(keys.get("7")?.map(({ atMs, key }) => [atMs, key])).toEqual([
      [1, "7"],
      [30_001, "7"],
    ]);
  });

  test("a message without a key is found again by its id", async () => {
    const { keys } = await fold([
      ...run({ id: "r1", at: 0, messages: [{ messageId: "m1" }] }),
      ...run({ id: "r2", at: 30_000, messages: [{ messageId: "m1" }] }),
    ]);

    expect(keys.get("m1")).toHaveLength(2);
  });

  test("one message named by id and one key in the same run are the same", async () => {
    const { keys, groups } = await fold(
      run({ id: "r1", at: 0, messages: [{ messageId: "m1" }, { key: "7" }] }),
    );

    expect(groups).toHaveLength(1);
    expect(keys.get("7")?.[0]).toMatchObject({ messageId: "m1" });
  });

  test("of several messages and keys in one run nothing is counted twice", async () => {
    const { counts, keys } = await fold(
      run({
        id: "r1",
        at: 0,
        messages: [{ messageId: "m1" }, { messageId: "m2", receiveCount: 3 }, { key: "7" }, { key: "8" }],
      }),
    );

    expect(counts).toMatchObject({ deliveries: 2, unpaired: 2 });
    expect([...keys].map(([key, [one]]) => [key, one?.messageId, one?.receiveCount])).toEqual(
      expect.arrayContaining([
        ["7", undefined, 3],
        ["8", undefined, 3],
      ]),
    );
  });

  test("a message that fans out to two functions is no duplicate in either", async () => {
    const { groups } = await fold([
      ...run({ id: "r1", at: 0, function: "orders", stream: "s1", messages: [{ messageId: "m1" }] }),
      ...run({ id: "r2", at: 5, function: "invoices", stream: "s2", messages: [{ messageId: "m1" }] }),
    ]);

    expect(groups.map((group) => group.map(({ invocation }) => invocation?.function))).toEqual(
      expect.arrayContaining([["orders"], ["invoices"]]),
    );
  });

  test("one function has one name, whichever way a line names it", async () => {
    const names = [
      "orders",
      "/aws/lambda/orders",
      "arn:aws:lambda:eu-west-1:123456789012:function:orders:live",
    ];

    const { groups } = await fold(
      names.flatMap((name, at) =>
        run({
          id: `r${at}`,
          at: at * 1_000,
          function: name,
          stream: `s${at}`,
          messages: [{ messageId: "m1" }],
        }),
      ),
    );

    expect(groups).toHaveLength(1);
    expect(groups[0]?.every(({ invocation }) => invocation?.function === "orders")).toBe(true);
  });

  test("what a guard was given without any key is alone", async () => {
    const { groups } = await fold([
      told({ requestId: "r1", atMs: 10, verdict: "invalid" }),
      told({ requestId: "r2", atMs: 20, verdict: "invalid" }),
    ]);

    expect(groups.map((group) => group.length)).toEqual([1, 1]);
  });
});

describe("messages that failed", () => {
  const failed = (fields: object): Entry => ({
    kind: "delivery-failed",
    requestId: "r1",
    stream: "s1",
    atMs: 90,
    ...fields,
  });

  test("one message of a batch has failed, the others have not", async () => {
    const { keys } = await fold([
      ...run({ id: "r1", at: 0, messages: [{ messageId: "m1" }, { messageId: "m2" }] }),
      failed({ messageId: "m2" }),
    ]);

    expect([keys.get("m1")?.[0]?.failed, keys.get("m2")?.[0]?.failed]).toEqual([false, true]);
  });

  test("a failure that names the message of the only key is the key's", async () => {
    const { keys, groups } = await fold([
      ...run({ id: "r1", at: 0, messages: [{ key: "7" }] }),
      failed({ messageId: "m1" }),
    ]);

    expect(groups).toHaveLength(1);
    expect(keys.get("7")?.[0]).toMatchObject({ failed: true, messageId: "m1" });
  });

  test("which of several keys a failed message had is not known, and no outcome is claimed of any", async () => {
    const { keys, groups } = await fold([
      ...run({ id: "r1", at: 0, outcome: "success", messages: [{ key: "7" }, { key: "8" }] }),
      failed({ messageId: "m1" }),
    ]);

    expect(groups).toHaveLength(2);
    expect(["7", "8"].map((key) => keys.get(key)?.[0]?.invocation?.outcome)).toEqual(["unknown", "unknown"]);
  });

  test("a message that is only known to have failed was delivered", async () => {
    const { keys } = await fold([
      ...run({ id: "r1", at: 0, messages: [{ messageId: "m1" }] }),
      failed({ messageId: "m2" }),
    ]);

    expect(keys.get("m2")?.[0]).toMatchObject({
      atMs: 0,
      failed: true,
      invocation: { id: "r1", deliveries: 2 },
    });
  });

  test("a partial response that was obeyed is remembered of its function", async () => {
    const { context } = await fold([
      ...run({ id: "r1", at: 0, outcome: "success", function: "orders", messages: [{ messageId: "m1" }] }),
      failed({ messageId: "m1" }),
    ]);

    expect(context.functions?.get("orders")).toMatchObject({ partialResponses: true, guarded: false });
  });
});

test("a retry's failure and end are not those of the run before it, which was killed", async () => {
  const at = { requestId: "a", function: "orders" };
  const { groups } = await fold([
    { ...at, kind: "started", stream: "s1", atMs: 0 },
    { ...at, kind: "delivery", stream: "s1", atMs: 2, messageId: "m" },
    { ...at, kind: "failed", stream: "s1", atMs: 30_000, outcome: "timeout" },
    ...run({
      id: "a",
      at: 90_000,
      ms: 500,
      stream: "s2",
      function: "orders",
      messages: [{ messageId: "m" }],
    }),
    // The START and the REPORT of its second retry are missing.
    { ...at, kind: "delivery", stream: "s2", atMs: 210_002, messageId: "m" },
    { ...at, kind: "failed", stream: "s2", atMs: 210_700, outcome: "error" },
    { ...at, kind: "ended", stream: "s2", atMs: 210_700, by: "end", outcome: "unknown" },
  ]);

  expect(groups.flat().map(({ atMs, invocation }) => [atMs, invocation?.endMs])).toEqual([
    [2, 30_000],
    [90_001, 90_500],
    [210_002, 210_700],
  ]);
});

test("a delivery of which only the failure is there has come nobody knows when", async () => {
  const { groups } = await fold([
    ...stream("s1", 3),
    { kind: "delivery-failed", requestId: "cut", stream: "s1", atMs: 9_000, messageId: "m" },
    { kind: "ended", requestId: "cut", stream: "s1", atMs: 9_001, by: "end", outcome: "unknown" },
  ]);

  const [failed] = groups.flat().filter(({ messageId }) => messageId === "m");
  expect(failed).toMatchObject({ failed: true, undated: true });
});

describe("lines without a request", () => {
  const bare = (atMs: number, fields: object = { key: "7" }): Entry => ({
    kind: "delivery",
    stream: "s1",
    atMs,
    ...fields,
  });

  test("are of the invocation that was running in their stream", async () => {
    const { keys, counts } = await fold([...stream("s1", 3), bare(1_050)]);

    expect(counts).toMatchObject({ joinedByTime: 1, withoutInvocation: 0 });
    expect(keys.get("7")?.[0]?.invocation?.requestId).toBe("s1-1");
  });

  /** s1-1 has no end, and s1-2 no start: who wrote what came between cannot be told. */
  const torn = stream("s1", 4).filter(
    ({ kind, requestId }) =>
      !(requestId === "s1-1" && kind === "ended") && !(requestId === "s1-2" && kind === "started"),
  );

  test("are of no run that has not ended, where lines are missing", async () => {
    const { keys, context } = await fold([
      ...torn.filter(({ requestId }) => requestId !== "s1-2"),
      ...run({ id: "bare", at: 2_800, messages: [] }),
      bare(2_005),
    ]);

    expect(context.complete).toBe(false);
    expect(keys.get("7")).toEqual([expect.objectContaining({ atMs: 2_005, invocation: undefined })]);
  });

  test("are of a run that was killed, where none is missing", async () => {
    const killed = stream("s1", 4).filter(
      ({ kind, requestId }) => !(requestId === "s1-1" && kind === "ended"),
    );
    const { keys, context } = await fold([...killed, bare(1_500)]);

    expect(context.complete).toBe(true);
    expect(keys.get("7")?.[0]?.invocation).toMatchObject({ requestId: "s1-1", outcome: "crash" });
  });

  test("what a guard tells is not counted beside the event that it may be of", async () => {
    const told: Entry = {
      kind: "told",
      stream: "s1",
      atMs: 2_300,
      key: "7",
      messageId: "m-s1-1",
      verdict: "retry",
      ending: "completed",
      acknowledged: true,
      durationMs: 200,
    };
    const { groups, context } = await fold([
      ...torn.filter(({ requestId }) => requestId !== "s1-2"),
      ...run({ id: "bare", at: 2_800, messages: [] }),
      told,
    ]);

    expect(context.complete).toBe(false);
    for (const group of groups) expect(group).toEqual(group.toSorted((a, b) => a.atMs - b.atMs));
    const ofMessage = groups.flat().filter(({ messageId }) => messageId === "m-s1-1");
    expect(ofMessage).toEqual([
      expect.objectContaining({ invocation: undefined, told: expect.objectContaining({ verdict: "retry" }) }),
    ]);
  });

  test("are of none, where none was running", async () => {
    const { keys, counts } = await fold([...stream("s1", 3), bare(1_500)]);

    expect(counts).toMatchObject({ joinedByTime: 0, withoutInvocation: 1 });
    expect(keys.get("7")?.[0]?.invocation).toBeUndefined();
  });

  test("are of none, where two were running", async () => {
    const { keys } = await fold([
      ...run({ id: "a", at: 0, ms: 900 }),
      ...run({ id: "b", at: 500, ms: 900 }),
      bare(700),
    ]);

    expect(keys.get("7")?.[0]?.invocation).toBeUndefined();
  });

  test("are of none, where the start of another invocation is missing that may have been running", async () => {
    const { keys } = await fold([
      ...run({ id: "a", at: 0, without: ["end", "report"] }),
      ...run({ id: "b", at: 500, ms: 500, messages: [], without: ["start", "report"] }),
      ...run({ id: "c", at: 2_000 }),
      bare(700),
    ]);

    expect(keys.get("7")?.[0]?.invocation).toBeUndefined();
  });

  test("are merged with what a guard tells of the same delivery", async () => {
    const { keys } = await fold([
      bare(100, { messageId: "m1", receiveCount: 1 }),
      told({ atMs: 190, key: "7", messageId: "m1", verdict: "first", durationMs: 80 }),
    ]);

    expect(keys.get("7")).toHaveLength(1);
    expect(keys.get("7")?.[0]).toMatchObject({ atMs: 100, receiveCount: 1, told: { verdict: "first" } });
  });
});

test("an empty log is complete and holds nothing", async () => {
  const { context, groups } = await fold([]);

  expect(context).toMatchObject({ complete: true, fromMs: 0, toMs: 0 });
  expect(groups).toEqual([]);
});

test("the range is from the first to the last line", async () => {
  const { context } = await fold(stream("s1", 3, 5_000), { visibilityTimeoutSeconds: 30 });

  expect(context).toMatchObject({ fromMs: 5_000, toMs: 7_100, visibilityTimeoutSeconds: 30 });
});

test("versions tell when a function was deployed", async () => {
  const { context } = await fold([
    ...run({ id: "r1", at: 0, version: "3", function: "orders" }),
    ...run({ id: "r2", at: 9_000, version: "4", function: "orders", stream: "s2" }),
    ...run({ id: "r3", at: 7_000, version: "4", function: "orders", stream: "s3" }),
  ]);

  expect(context.functions?.get("orders")?.deployedAtMs).toEqual([7_000]);
});
