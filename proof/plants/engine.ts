/** Faults of the engine, and of what it stands between. */

import { one, type Plant } from "./plant.ts";

const ENGINE = "packages/runtime/src/engine";
const engine = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `packages/runtime/test/engine/${name}.test.ts`);

export const ENGINE_PLANTS: readonly Plant[] = [
  one(
    "key-per-attempt",
    "The other side gets another key at each attempt",
    "B-04",
    [
      `${ENGINE}/verbs.ts`,
      "const key = derivedKey(attempt.request.id, attempt.won.generation, name);",
      "const key = derivedKey(attempt.request.id, attempt.won.fence, name);",
    ],
    engine("verbs"),
  ),
  one(
    "unserialisable-repeats",
    "A result that is no JSON fails the message, and its effects are made again",
    "F-12, other library",
    [
      `${ENGINE}/run-attempt.ts`,
      `if (stored.ok) return stored.json ?? "null";`,
      `if (stored.ok) return stored.json ?? "null"; else throw stored.error;`,
    ],
    engine("results"),
  ),
  one(
    "plain-memo-dropped",
    "A plain effect whose result is no JSON stays in doubt",
    "F-12",
    [`${ENGINE}/verbs.ts`, `if (kind === "plain") await checkpoint(attempt, name, step);`, ""],
    engine("results"),
  ),
  {
    id: "payload-mutated",
    says: "A handler that changes its message completes another record",
    seen: "other library",
    edits: [
      {
        file: `${ENGINE}/batch.ts`,
        find: `import { disposition } from "./dispositions.ts";`,
        put: `import { disposition } from "./dispositions.ts";\nimport { checkKey, recordId } from "../core/key.ts";`,
      },
      {
        file: `${ENGINE}/batch.ts`,
        find: "fn: (context) => this.#options.fn(message as Message, context),",
        put: `fn: async (context) => {
        const value = await this.#options.fn(message as Message, context);
        const read = arrival.reading;
        const key = checkKey(read.ok ? read.key : undefined);
        const { namespace, name } = this.#session.scope;
        if (key.ok) Object.assign(attempt.owner, { id: recordId(namespace, name, key.parts) });
        return value;
      },`,
      },
      {
        file: "packages/runtime/src/sources/sqs/index.ts",
        find: "return { ok: true, message, key, fingerprint };",
        put: `const read = options.key;
    return { ok: true, message, get key() { return read === "message-id" ? key : read(message); }, fingerprint };`,
      },
    ],
    project: "unit",
    checks: ["packages/runtime/test/engine/payload.test.ts"],
  },
  one(
    "plain-unconfirmed",
    "A plain effect is made though its intent could not be confirmed",
    "P7",
    [
      `${ENGINE}/verbs.ts`,
      `if (refused) {
    // The effect was not run`,
      `if (refused && name === "") {
    // The effect was not run`,
    ],
    engine("verbs"),
  ),
  one(
    "swallowed-refusal",
    "A handler that swallows a refused verb completes its message",
    "P7",
    [
      `${ENGINE}/run-attempt.ts`,
      'if (!handled.ok || attempt.refused || attempt.commit === "failed")',
      "if (!handled.ok)",
    ],
    engine("verbs", "transactions"),
  ),
  one(
    "siblings-behind-commit",
    "A commit ends the message while an effect beside it is still running",
    "P7",
    [`${ENGINE}/transactions.ts`, "    await siblings(attempt);\n", ""],
    engine("transactions"),
  ),
  one(
    "key-twice-in-a-request",
    "One request holds a key twice",
    "P3 (T), A-06",
    [`${ENGINE}/items.ts`, "if (!leader) leaders.set(read.item.id, entry);", ""],
    engine("batch", "order"),
  ),
  one(
    "fifo-overtakes-lapsed",
    "A FIFO message overtakes the lapsed one before it",
    "P5 (V), E-05",
    [`${ENGINE}/batch.ts`, "    if (ahead) {", "    if (ahead && ahead.behind.length > 1e9) {"],
    engine("order"),
  ),
  one(
    "acknowledged-too-late",
    "Finished messages are not deleted before one that may kill the process",
    "P6 (V), E-09",
    [`${ENGINE}/batch.ts`, "        await this.#tellDone();\n", ""],
    engine("order", "batch"),
  ),
  one(
    "busy-acknowledged",
    "A duplicate of a running message is acknowledged",
    "A-02, other library",
    [`${ENGINE}/dispositions.ts`, `busy: report("busy"),`, "busy: ACK,"],
    engine("batch"),
  ),
  one(
    "empty-answer",
    "The reply names no failures",
    "E-02, E-03b",
    [
      "packages/runtime/src/sources/sqs/index.ts",
      "batchItemFailures: ends.filter((end) => !end.acknowledge)",
      'batchItemFailures: ends.filter((end) => !end.acknowledge && end.ref === "")',
    ],
    ["packages/runtime/test/sources/sqs.test.ts", ...engine("batch")],
  ),
  one(
    "visibility-in-milliseconds",
    "A visibility in milliseconds is sent as seconds",
    "STYLE of AWS: seconds on the wire",
    [
      "packages/runtime/src/sources/sqs/transport.ts",
      "Math.ceil((ms.get(ref) ?? 0) / 1_000)",
      "Math.ceil(ms.get(ref) ?? 0)",
    ],
    ["packages/runtime/test/sources/transport.test.ts"],
  ),
  one(
    "lease-from-the-answer",
    "The lease is counted from the answer, not from before the request",
    "D-07",
    [
      `${ENGINE}/attempt.ts`,
      "this.#lease = { watch: asked, forMs: request.leaseMs };",
      "this.#lease = { watch: asked && new Stopwatch(session.settings.clock), forMs: request.leaseMs };",
    ],
    engine("verbs"),
  ),
  one(
    "monotonic-only",
    "A suspended environment does not notice that its lease is over",
    "P9, C-05",
    [
      "packages/runtime/src/ports.ts",
      "return Math.max(this.#clock.wallMs() - this.#wallMs, this.#clock.monotonicMs() - this.#monotonicMs);",
      "return this.#clock.monotonicMs() - this.#monotonicMs + 0 * this.#wallMs;",
    ],
    engine("time"),
  ),
  {
    id: "beat-outlives-the-answer",
    says: "A heartbeat's timer that slept through a freeze renews in the next invocation",
    seen: "C-05",
    edits: [
      { file: `${ENGINE}/beat.ts`, find: "    this.#cancel();\n", put: "" },
      {
        file: `${ENGINE}/beat.ts`,
        find: "    if (this.#stopped) return;\n    const [unasked]",
        put: "    const [unasked]",
      },
    ],
    project: "unit",
    checks: engine("time"),
  },
  one(
    "hidden-error",
    "A store's failure to write a failure hides the handler's own error",
    "D-03, other library",
    [
      `${ENGINE}/run-attempt.ts`,
      `if (written === "fenced") return { ending: "fenced", error };`,
      `if (written !== "written") return { ending: "store-error", error: new OnceError("store-error", "the failure was not written") };`,
    ],
    engine("verbs"),
  ),
];
