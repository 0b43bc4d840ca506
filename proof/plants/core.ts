/** Faults of the state machine. */

import { one, type Plant } from "./plant.ts";

const CORE = "packages/runtime/src/core";
const CONFORMANCE = ["packages/testkit/test/conformance/memory.test.ts"];

export const CORE_PLANTS: readonly Plant[] = [
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
];
