import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "../../../src/logs/model.ts";
import { madeUp, seeded } from "./made-up.ts";
import { fold, run, stream } from "./support.ts";

const seed = fc.integer({ min: 0, max: 1_000_000 });
const shape = {
  seed,
  format: fc.constantFrom("text" as const, "json" as const),
  oneFile: fc.boolean(),
};
/** Two cores, several people: enough to find what is wrong, and not more. */
const RUNS = { numRuns: 60 };

function without(entries: readonly Entry[], share: number, seedOfLoss: number): Entry[] {
  const random = seeded(seedOfLoss);
  return entries.filter(() => random() >= share);
}

/** Forty invocations within a minute, each the only one of its environment. */
function burst(seedOf: number, format: "text" | "json"): Entry[] {
  const random = seeded(seedOf);
  return Array.from({ length: 40 }, (_, at) =>
    run({
      id: `${seedOf}-${at}`,
      at: at * 1_200 + Math.floor(random() * 1_000),
      ms: 50 + Math.floor(random() * 4_000),
      stream: `s${at}`,
      function: "orders",
      without: format === "json" ? ["end"] : [],
      messages: Array.from({ length: 1 + Math.floor(random() * 9) }, (_unused, message) => ({
        messageId: `m-${at}-${message}`,
      })),
    }),
  )
    .flat()
    .sort((left, right) => left.atMs - right.atMs);
}

describe("whether lines are missing", () => {
  test("a log of which nothing is missing is complete, wherever a time range has cut it off", () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({ ...shape, killed: fc.constantFrom(0, 0.05) }),
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        fc.double({ min: 0.6, max: 1, noNaN: true }),
        async (options, from, to) => {
          const entries = madeUp(options);
          const [first, last] = [entries[0]?.atMs ?? 0, entries.at(-1)?.atMs ?? 0];
          const at = (share: number): number => first + share * (last - first);

          const { signs, context } = await fold(
            entries.filter(({ atMs }) => atMs >= at(from) && atMs <= at(to)),
          );

          expect(signs).toEqual({
            withoutStart: 0,
            withoutEnd: 0,
            withoutBoth: 0,
            withoutMessage: 0,
            unseen: 0,
            withoutFunction: 0,
          });
          expect(context.complete).toBe(true);
        },
      ),
      RUNS,
    ));

  test.each([
    [{ seed: 45_152, format: "json", oneFile: true, killed: 0.05 }, 0.3288820617832244, 0.6272358470596373],
    [{ seed: 305_982, format: "text", oneFile: true, killed: 0 }, 0.13581931395456195, 0.9032433503307402],
  ] as const)(
    "a file of several environments that is cut where few of them overlap is complete: %o",
    async (options, from, to) => {
      const entries = madeUp(options);
      const [first, last] = [entries[0]?.atMs ?? 0, entries.at(-1)?.atMs ?? 0];
      const at = (share: number): number => first + share * (last - first);

      const { context } = await fold(entries.filter(({ atMs }) => atMs >= at(from) && atMs <= at(to)));

      expect(context.complete).toBe(true);
    },
  );

  test("a log of which a fifth of the lines is missing is not complete", () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({ ...shape, killed: fc.constantFrom(0, 0.05) }),
        seed,
        async (options, loss) => {
          const { context } = await fold(without(madeUp(options), 0.2, loss));

          expect(context.complete).toBe(false);
        },
      ),
      RUNS,
    ));

  test("of logs of twelve invocations that have lost a fifth, nearly all are found out", async () => {
    let found = 0;
    for (let at = 0; at < 200; at += 1) {
      const entries = madeUp({ seed: at, environments: 2, invocations: 6 });
      const { context } = await fold(without(entries, 0.2, at));
      if (!context.complete) found += 1;
    }

    expect(found).toBeGreaterThanOrEqual(196);
  });

  test.each([
    ["text", 58],
    ["json", 57],
  ] as const)(
    "of 60 bursts of %s that have lost a fifth, where each environment has run once, at least %i are found out",
    async (format, least) => {
      let found = 0;
      for (let at = 0; at < 60; at += 1) {
        const { context } = await fold(without(burst(at, format), 0.2, at));
        if (!context.complete) found += 1;
      }

      expect(found).toBeGreaterThanOrEqual(least);
    },
  );

  test("a burst that a time range cuts, or parts of a delivery stream, each a little later than another, is complete", async () => {
    for (let at = 0; at < 60; at += 1) {
      const entries = burst(at, at % 2 === 0 ? "text" : "json");
      const random = seeded(at);
      const [first, last] = [entries[0]?.atMs ?? 0, entries.at(-1)?.atMs ?? 0];
      const [from, to] = [first + random() * 10_000, last - random() * 10_000];
      const late = new Map<string, number>();
      const lateBy = (stream: string): number => {
        const known = late.get(stream) ?? random() * 10_000;
        late.set(stream, known);
        return known;
      };

      const ranged = await fold(entries.filter(({ atMs }) => atMs >= from && atMs <= to));
      const parted = await fold(
        entries.filter(
          ({ atMs, stream: name }) => atMs >= from + lateBy(name) && atMs <= to - 10_000 + lateBy(name),
        ),
      );

      expect(ranged.context.complete, `seed ${at}, ${JSON.stringify(ranged.signs)}`).toBe(true);
      expect(parted.context.complete, `seed ${at}, ${JSON.stringify(parted.signs)}`).toBe(true);
    }
  });

  test("one line that is missing in the middle is found out", async () => {
    const entries = stream("s1", 5);
    const inMiddle = entries.slice(4, -4);
    for (const lost of inMiddle) {
      const { context } = await fold(entries.filter((entry) => entry !== lost));
      expect(context.complete, JSON.stringify(lost)).toBe(false);
    }
  });

  test("a block that is missing in a stream is found out", async () => {
    const entries = stream("s1", 40);

    const { signs } = await fold([...entries.slice(0, 50), ...entries.slice(91)]);

    expect(signs.withoutStart).toBe(1);
  });

  test("what a filter leaves out everywhere is not missing", async () => {
    const entries = stream("s1", 40).filter((entry) => !(entry.kind === "ended" && entry.by === "end"));

    const { context } = await fold(entries);

    expect(context.complete).toBe(true);
  });

  test("streams of text and of JSON of one function do not contradict each other", async () => {
    const json = stream("s2", 4).filter((entry) => !(entry.kind === "ended" && entry.by === "end"));

    const { context } = await fold([...stream("s1", 40), ...json]);

    expect(context.complete).toBe(true);
  });

  test("receive counts that jump are no sign: throttling leaves no lines", async () => {
    const jumped = run({ id: "late", at: 50_000, messages: [{ messageId: "m1", receiveCount: 4 }] });

    const { context } = await fold([...stream("s1", 10), ...jumped]);

    expect(context.complete).toBe(true);
  });

  test("one invocation that succeeds without a message, where others have one, is a sign", async () => {
    const { signs } = await fold([...stream("s1", 10), ...run({ id: "bare", at: 4_500, messages: [] })]);

    expect(signs.withoutMessage).toBe(1);
  });

  test("one that dies before it has logged a message is none", async () => {
    const { context } = await fold([
      ...stream("s1", 10),
      ...run({ id: "dead", at: 4_500, messages: [], outcome: "timeout" }),
    ]);

    expect(context.complete).toBe(true);
  });

  test("a function most of whose invocations name no message is not suspected", async () => {
    const pings = Array.from({ length: 100 }, (_, at) =>
      run({ id: `ping-${at}`, at: 100_000 + at * 1_000, messages: [] }),
    ).flat();

    const { context } = await fold([...stream("s1", 10), ...pings]);

    expect(context.complete).toBe(true);
  });

  test("where no invocation starts or ends in the log, nobody can see what is missing", async () => {
    const seen = stream("s1", 10).filter(({ kind }) => kind === "delivery");

    const { signs } = await fold(seen);

    expect(signs.unseen).toBe(10);
  });

  test("what a guard has told needs no such lines", async () => {
    const { context } = await fold([
      {
        kind: "told",
        atMs: 9,
        stream: "s1",
        key: "7",
        ending: "completed",
        acknowledged: true,
        verdict: "first",
      },
    ]);

    expect(context.complete).toBe(true);
  });

  test("deliveries of no known function, beside those of several, are not all to be found", async () => {
    const { signs } = await fold([
      ...run({ id: "a", at: 0, function: "orders" }),
      ...run({ id: "b", at: 0, function: "invoices", stream: "s2" }),
      ...run({ id: "c", at: 0, stream: "s3" }),
    ]);

    expect(signs.withoutFunction).toBe(1);
  });
});

describe("the order in which lines come", () => {
  test("does not matter, nor do lines that come twice", () =>
    fc.assert(
      fc.asyncProperty(fc.record(shape), seed, async (options, mixing) => {
        const random = seeded(mixing);
        const entries = madeUp({ ...options, environments: 3, invocations: 8 });
        const repeated = [...entries, ...entries.filter(() => random() < 0.2)];
        const shuffled = repeated
          .map((entry) => ({ entry, at: random() }))
          .sort((left, right) => left.at - right.at)
          .map(({ entry }) => entry);

        const straight = await fold(entries);
        const mixed = await fold(shuffled);

        expect(mixed.context).toEqual(straight.context);
        expect(mixed.counts).toEqual({ ...straight.counts, entries: repeated.length });
        expect(mixed.keys).toEqual(straight.keys);
      }),
      RUNS,
    ));
});
