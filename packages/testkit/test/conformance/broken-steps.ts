/** Stores that remember steps wrongly, or for how long a record lives. */

import type { Broken } from "./broken-stores.ts";
import { FENCED, WRITTEN, writing } from "./broken-writes.ts";
import { RULES } from "./mold.ts";

export const brokenSteps: readonly Broken[] = [
  {
    name: "writes an intent over a done step",
    mold: writing(["checkpoint"], ({ steps }, _found, { change }) => ({
      steps: { ...steps, ...change?.set },
    })),
    fails: ["P4-step-forward", "P4-step-forward-each"],
  },
  {
    name: "fences a late intent over a done step",
    mold: {
      rules: {
        checkpoint: (found, item, nowMs) => {
          const late = Object.entries(item.change.set ?? {}).some(
            ([name, { state }]) => state === "intent" && found?.steps[name]?.state === "done",
          );
          return late ? FENCED : RULES.checkpoint(found, item, nowMs);
        },
      },
    },
    fails: ["P4-step-forward", "P4-step-forward-each"],
  },
  {
    name: "clears done steps",
    mold: {
      rules: {
        checkpoint: (found, item, nowMs) => {
          const result = RULES.checkpoint(found, item, nowMs);
          const steps = { ...result.write?.steps };
          for (const name of item.change.clear ?? []) delete steps[name];
          return result.write ? { ...result, write: { ...result.write, steps } } : result;
        },
      },
    },
    fails: ["P4-clear"],
  },
  {
    name: "replaces all steps by those of the checkpoint",
    mold: writing(["checkpoint"], (_write, _found, { change }) => ({ steps: { ...change?.set } })),
    fails: ["P4-steps-merge", "P4-checkpoint-parallel"],
  },
  {
    name: "answers written for a checkpoint over an ended record",
    mold: {
      rules: {
        checkpoint: (found, item, nowMs) =>
          found && found.token === item.token && found.fence === item.fence && found.state !== "claimed"
            ? WRITTEN
            : RULES.checkpoint(found, item, nowMs),
      },
    },
    fails: ["P4-checkpoint-ended"],
  },
  {
    name: "lets a record with an open step expire",
    mold: writing(["checkpoint", "fail", "release", "renew"], ({ leaseUntilMs, expiresAtMs }) => ({
      expiresAtMs: expiresAtMs ?? leaseUntilMs + 29 * 24 * 3_600_000,
    })),
    fails: ["P1-open-never"],
  },
  {
    name: "leaves a record without expiry when its doubt has ended",
    mold: writing(["checkpoint"], ({ expiresAtMs }, found) => ({
      expiresAtMs: found.expiresAtMs === undefined ? undefined : expiresAtMs,
    })),
    fails: ["P1-closed-again"],
  },
  {
    name: "leaves a completed record without expiry when it had an open step",
    mold: writing(["complete"], ({ expiresAtMs }, found) => ({
      expiresAtMs: found.expiresAtMs === undefined ? undefined : expiresAtMs,
    })),
    fails: ["P4-complete-clears"],
  },
  {
    name: "keeps the claim's expiry at the completion",
    mold: writing(["complete"], (_write, { expiresAtMs }) => ({ expiresAtMs })),
    fails: ["P1-expires-at"],
  },
  {
    name: "keeps the steps at the completion",
    mold: writing(["complete"], (_write, { steps }) => ({ steps })),
    fails: ["P4-complete-clears"],
  },
  {
    name: "keeps heldAt at the completion",
    mold: writing(["complete"], (_write, { heldAtMs }) => ({ heldAtMs })),
    fails: ["C-02-slow"],
  },
  {
    name: "forgets the steps that a failure leaves behind",
    mold: {
      rules: { fail: (found, item, nowMs) => RULES.fail(found, { ...item, change: undefined }, nowMs) },
    },
    fails: ["P4-fail-change", "P2-doubt-before-retry"],
  },
  {
    name: "does not mark held what a failure leaves open",
    mold: writing(["fail"], (_write, { heldAtMs }) => ({ heldAtMs })),
    fails: ["P4-fail-change"],
  },
  {
    name: "lets a failure's change go back on a done step",
    mold: writing(["fail"], ({ steps }, _found, { change }) => ({ steps: { ...steps, ...change?.set } })),
    fails: ["P4-fail-forward"],
  },
];
