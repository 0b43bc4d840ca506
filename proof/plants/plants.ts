/**
 * Known faults, each as a change of one place in our own code. `says` is what the fault does; `seen` is where it was met:
 * in another library, in the model of the protocol (V), on a real engine (T), or in the scenarios by id.
 */

export interface Edit {
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly put: string;
}

export interface Plant {
  readonly id: string;
  readonly says: string;
  readonly seen: string;
  readonly edits: readonly Edit[];
  readonly project: "unit" | "services";
  /** The test files that must be green before and red after. */
  readonly checks: readonly string[];
}

const CORE = "packages/runtime/src/core";
const ENGINE = "packages/runtime/src/engine";
const STORES = "packages/runtime/src/stores";

const CONFORMANCE = ["packages/testkit/test/conformance/memory.test.ts"];
const engine = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `packages/runtime/test/engine/${name}.test.ts`);

function one(
  id: string,
  says: string,
  seen: string,
  [file, find, put]: readonly [string, string, string],
  checks: readonly string[],
  project: Plant["project"] = "unit",
): Plant {
  return { id, says, seen, edits: [{ file, find, put }], checks, project };
}

const POSTGRES = ["packages/testkit/test/conformance/postgres.services.test.ts"];
const DYNAMODB = ["packages/testkit/test/conformance/dynamodb.services.test.ts"];

export const PLANTS: readonly Plant[] = [
  one(
    "late-completion",
    "A late completion overwrites the newer owner's record",
    "R-10, C-02, other library",
    [
      `${CORE}/record.ts`,
      `if (!record || !isMine(record, item)) return { written: FENCED };
  if (record.state === "completed")`,
      `if (!record) return { written: FENCED };
  if (record.state === "completed")`,
    ],
    CONFORMANCE,
  ),
  one(
    "late-failure",
    "A late failure undoes what the newer owner has claimed",
    "R-09, C-03, other library",
    [
      `${CORE}/record.ts`,
      `if (!record || !isMine(record, item)) return { written: FENCED };
  if (record.state === "failed")`,
      `if (!record) return { written: FENCED };
  if (record.state === "failed")`,
    ],
    CONFORMANCE,
  ),
  one(
    "late-renewal",
    "A heartbeat of the old owner extends the new owner's lease",
    "C-04",
    [
      `${CORE}/record.ts`,
      `if (!record || !isMine(record, item)) return { written: FENCED };
  // A beat`,
      `if (!record) return { written: FENCED };
  // A beat`,
    ],
    CONFORMANCE,
  ),
  one(
    "no-fence",
    "A late copy of an old claim takes the record back: writes look at the token only",
    "P4 (V)",
    [
      `${CORE}/record.ts`,
      "return record.token === owner.token && record.fence === owner.fence;",
      "return record.token === owner.token;",
    ],
    CONFORMANCE,
  ),
  one(
    "lost-answer-locks",
    "A claim whose answer was lost finds its own record and is refused",
    "R-07, D-04, other library",
    [
      `${CORE}/decide.ts`,
      `{ when: (found, asked) => mine(found, asked) && found.state === "claimed", gives: again },`,
      "",
    ],
    CONFORMANCE,
  ),
  one(
    "ended-token-claims",
    "A late copy of a claim that has ended claims again",
    "P2 (V)",
    [`${CORE}/decide.ts`, `{ when: mine, gives: () => ({ claim: { kind: "refused" } }) },`, ""],
    CONFORMANCE,
  ),
  one(
    "stored-for-other-payload",
    "Another payload under the same key gets the stored result",
    "A-07, other library",
    [`${CORE}/decide.ts`, "{ when: otherFingerprint, gives: mismatch },", ""],
    CONFORMANCE,
  ),
  one(
    "lease-ignored",
    "A claim with a live lease is taken over",
    "A-01, A-05",
    [
      `${CORE}/decide.ts`,
      `{ when: (found, _asked, nowMs) => found.state === "claimed" && found.leaseUntilMs > nowMs, gives: busy },`,
      "",
    ],
    CONFORMANCE,
  ),
  one(
    "lease-in-seconds",
    "A lease of milliseconds is compared as seconds",
    "C-15, other library",
    [
      `${CORE}/decide.ts`,
      `found.state === "claimed" && found.leaseUntilMs > nowMs, gives: busy`,
      `found.state === "claimed" && found.leaseUntilMs > Math.floor(nowMs / 1000), gives: busy`,
    ],
    CONFORMANCE,
  ),
  one(
    "doubt-forgotten",
    "A plain effect that may have happened is made again",
    "B-05, other library",
    [`${CORE}/decide.ts`, "{ when: (found) => openSteps(found.steps).length > 0, gives: inDoubt },", ""],
    CONFORMANCE,
  ),
  one(
    "held-again-and-again",
    "The instant of the doubt moves with each delivery",
    "P2",
    [`${CORE}/decide.ts`, "const heldAtMs = found.heldAtMs ?? nowMs;", "const heldAtMs = nowMs;"],
    ["packages/runtime/test/core/decide.test.ts"],
  ),
  one(
    "released-takeover",
    "A released takeover comes back as a first claim and starts beside others",
    "P2 (V)",
    [`${CORE}/decide.ts`, ` || (found.state === "released" && found.verdict === "takeover")`, ""],
    CONFORMANCE,
  ),
  one(
    "ttl-trusted",
    "An expired record that is still there counts as present",
    "D-12",
    [
      `${CORE}/record.ts`,
      "return record.expiresAtMs !== undefined && record.expiresAtMs <= nowMs;",
      "return false && nowMs > 0;",
    ],
    CONFORMANCE,
  ),
  one(
    "doubt-expires",
    "A record in doubt expires, and its effect is made again",
    "P1",
    [
      `${CORE}/record.ts`,
      "return openSteps(steps).length > 0 ? undefined : atMs;",
      "return openSteps(steps).length > 1e9 ? undefined : atMs;",
    ],
    CONFORMANCE,
  ),
  one(
    "step-moves-back",
    "A late copy of an intent undoes the memory of what was done",
    "P4 (V)",
    [
      `${CORE}/record.ts`,
      `if (!(next.get(name)?.state === "done" && step.state === "intent")) next.set(name, step);`,
      "next.set(name, step);",
    ],
    CONFORMANCE,
  ),
  one(
    "done-cleared",
    "What was done is cleared as if it had been an intent",
    "P4",
    [`${CORE}/record.ts`, `if (next.get(name)?.state === "intent") next.delete(name);`, "next.delete(name);"],
    CONFORMANCE,
  ),
  one(
    "release-counts",
    "A release keeps the attempt that never began",
    "P4",
    [`${CORE}/record.ts`, "attempts: record.attempts - 1,", "attempts: record.attempts,"],
    CONFORMANCE,
  ),
  one(
    "release-after-the-end",
    "A release undoes what its owner has completed",
    "P4 (V)",
    [
      `${CORE}/record.ts`,
      `if (record.state === "released") return { written: WRITTEN };
  if (record.state !== "claimed") return { written: FENCED };`,
      `if (record.state === "released") return { written: WRITTEN };`,
    ],
    CONFORMANCE,
  ),
  one(
    "beat-races-completion",
    "A beat that comes after its own completion is told that it lost the lease",
    "P4",
    [
      `${CORE}/record.ts`,
      `if (record.state !== "claimed") return { written: WRITTEN };`,
      `if (record.state !== "claimed") return { written: FENCED };`,
    ],
    CONFORMANCE,
  ),
  one(
    "not-done-too-early",
    "`resolve --not-done` while the frozen owner may still thaw",
    "P10 (V)",
    [
      `${CORE}/operate.ts`,
      "if (!asked.as.done && asked.force !== true && record.runUntilMs > nowMs)",
      "if (record.runUntilMs < 0 && nowMs < 0)",
    ],
    CONFORMANCE,
  ),
  one(
    "resolved-keeps-owner",
    "Resolving keeps the owner, who then writes over it",
    "P7",
    [
      `${CORE}/operate.ts`,
      `const kept = { ...record, token: "", rev: record.rev + 1 };`,
      "const kept = { ...record, rev: record.rev + 1 };",
    ],
    CONFORMANCE,
  ),
  one(
    "missing-key-shared",
    "Messages without a key share one",
    "R-01, F-01, other library",
    [
      `${CORE}/key.ts`,
      `case "undefined":
      return "is undefined";`,
      `case "undefined":
      return undefined;`,
    ],
    ["packages/runtime/test/core/keys.test.ts"],
  ),
  one(
    "empty-key-shared",
    "Messages with an empty key share one",
    "R-02, F-02, other library",
    [`${CORE}/key.ts`, `return part === "" ? "is an empty string" : undefined;`, "return undefined;"],
    ["packages/runtime/test/core/keys.test.ts"],
  ),
  one(
    "rounded-number",
    "Two ids that JSON.parse has made one are one",
    "R-05, F-05, other library",
    [
      `${CORE}/key.ts`,
      "if (Number.isInteger(part) && !Number.isSafeInteger(part))",
      "if (part === Number.MAX_VALUE)",
    ],
    ["packages/runtime/test/core/keys.test.ts"],
  ),
  one(
    "one-is-one-string",
    '1 and "1" are one key',
    "F-05",
    [
      `${CORE}/key.ts`,
      `else if (typeof part === "number") hash.number(part);`,
      `else if (typeof part === "number") hash.text(String(part));`,
    ],
    ["packages/runtime/test/core/keys.test.ts"],
  ),
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
  one(
    "sqlite-commit-unfenced",
    "SQLite commits rows though the record belongs to another",
    "C-01",
    [
      `${STORES}/sqlite/transact.ts`,
      "if (!fencedWrite(place, db, request, change)) {",
      "if (fencedWrite(place, db, request, change) === null) {",
    ],
    ["packages/testkit/test/conformance/sqlite.test.ts"],
  ),
  one(
    "postgres-lease-ignored",
    "Postgres takes over a live lease",
    "A-01",
    [
      `${STORES}/postgres/claim.ts`,
      "        AND NOT (r.state = 'claimed' AND r.lease_until_ms > ${now})\n",
      "",
    ],
    POSTGRES,
    "services",
  ),
  one(
    "postgres-no-fence",
    "Postgres writes by the token only",
    "P4 (V)",
    [
      `${STORES}/postgres/write.ts`,
      "const OWN = \"l.token = a.token AND l.fence = a.fence AND l.state = 'claimed'\";",
      "const OWN = \"l.token = a.token AND l.state = 'claimed'\";",
    ],
    POSTGRES,
    "services",
  ),
  one(
    "postgres-clock-in-seconds",
    "Postgres tells seconds where milliseconds are meant",
    "STYLE of time, other library",
    [
      `${STORES}/postgres/schema.ts`,
      "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
      "extract(epoch FROM clock_timestamp())::bigint",
    ],
    ["test/proof/units.services.test.ts"],
    "services",
  ),
  one(
    "postgres-own-commit",
    "A body's own COMMIT goes unnoticed",
    "P8 (T)",
    [`${STORES}/postgres/transact.ts`, "  await releaseGuard(client);\n", ""],
    [
      ...POSTGRES,
      "packages/runtime/test/stores/postgres.services.test.ts",
      "packages/runtime/test/stores/postgres-handler.services.test.ts",
    ],
    "services",
  ),
  one(
    "postgres-written-again",
    "A lost COMMIT is not asked about: the body runs again",
    "D-06, P8 (V)",
    [
      `${STORES}/postgres/settle.ts`,
      "return judge(rows[0] && toRecord(rows[0]), owner, change, value);",
      "return judge(rows[0] && toRecord(rows[0]), owner, change, value) && undefined;",
    ],
    [...POSTGRES, "packages/runtime/test/stores/postgres.services.test.ts"],
    "services",
  ),
  one(
    "postgres-memory-twice",
    "A transact whose memory is there already commits its rows again",
    "P8 (V)",
    [
      `${STORES}/postgres/transact.ts`,
      "{ ...item, change, fresh: true }",
      "{ ...item, change, fresh: false }",
    ],
    [...POSTGRES, "packages/runtime/test/stores/postgres.services.test.ts"],
    "services",
  ),
  one(
    "dynamodb-owner-alone",
    "A takeover on the owner alone steals a lease that was just renewed",
    "P3 (T)",
    [
      `${STORES}/dynamodb/statements.ts`,
      `\`WHERE "\${KEY_ATTRIBUTE}" = ? AND "rev" = ? AND "token" = ?\`,
    Parameters: [...set.map(([, value]) => value), { S: seen.id }, ...seenValues(seen)],`,
      `\`WHERE "\${KEY_ATTRIBUTE}" = ? AND "token" = ?\`,
    Parameters: [...set.map(([, value]) => value), { S: seen.id }, { S: seen.token }],`,
    ],
    [
      ...DYNAMODB,
      "packages/runtime/test/stores/dynamodb.services.test.ts",
      "packages/runtime/test/stores/dynamodb-faults.services.test.ts",
    ],
    "services",
  ),
  one(
    "dynamodb-commit-unconditional",
    "A late copy of a transaction commits again: nothing but its token guards it",
    "P8 (V), D-19",
    [
      `${STORES}/dynamodb/statements.ts`,
      `ConditionExpression: "#rev = :seenRev AND #token = :seenToken",`,
      `ConditionExpression: "#rev >= :seenRev OR #token = :seenToken OR #rev < :seenRev",`,
    ],
    [...DYNAMODB, "packages/runtime/test/stores/dynamodb-transact.services.test.ts"],
    "services",
  ),
  one(
    "dynamodb-memory-twice",
    "A transact whose memory is there already commits its rows again",
    "P8 (V)",
    [`${STORES}/dynamodb/commit.ts`, "|| !write || done(seen, names)) return", "|| !write) return"],
    [...DYNAMODB, "packages/runtime/test/stores/dynamodb-transact.services.test.ts"],
    "services",
  ),
  one(
    "dynamodb-no-margin",
    "A lease is over by this worker's clock, and its owner's is behind",
    "C-07",
    [`${STORES}/dynamodb/claim.ts`, "leaseUntilMs: leaseUntilMs + CLOCK_MARGIN_MS,", "leaseUntilMs,"],
    [...DYNAMODB, "packages/runtime/test/stores/dynamodb-clock.services.test.ts"],
    "services",
  ),
];
