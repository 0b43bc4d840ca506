/** Stores whose writes after the claim are wrong. */

import type { Owner, Steps, StoredRecord } from "@effectively-once/runtime/store";
import type { Broken } from "./broken-stores.ts";
import { type Mold, RULES, type Rules } from "./mold.ts";

type Op = "complete" | "fail" | "release" | "renew" | "checkpoint";
type Found = StoredRecord | undefined;
const OPS: readonly Op[] = ["complete", "fail", "release", "renew", "checkpoint"];

/** The operation as it would be, had the record other fields than it has. */
function seeing(
  ops: readonly Op[],
  see: (found: StoredRecord, owner: Owner, op: Op) => Partial<StoredRecord>,
): Mold {
  const rules = Object.fromEntries(
    ops.map((op) => {
      const wrong = (found: Found, item: never, nowMs: number): unknown =>
        RULES[op](found && { ...found, ...see(found, item as Owner, op) }, item, nowMs);
      return [op, wrong];
    }),
  ) as Partial<Rules>;
  return { rules };
}

/** The operation, with another record written than the right one. */
export function writing(
  ops: readonly Op[],
  change: (
    write: StoredRecord,
    found: StoredRecord,
    item: { readonly change?: { readonly set?: Steps } },
  ) => Partial<StoredRecord>,
): Mold {
  const rules = Object.fromEntries(
    ops.map((op) => {
      const wrong = (found: Found, item: never, nowMs: number): unknown => {
        const result = RULES[op](found, item, nowMs);
        return result.write && found
          ? { ...result, write: { ...result.write, ...change(result.write, found, item) } }
          : result;
      };
      return [op, wrong];
    }),
  ) as Partial<Rules>;
  return { rules };
}

/** The operation, and then the record is deleted where it was written. */
function deleting(op: "fail" | "release"): Mold {
  return {
    wrap: (store, { records }) => ({
      [op]: async (items: never) => {
        const answers = await store[op](items);
        for (const [at, { id }] of (items as readonly Owner[]).entries())
          if (answers[at]?.kind === "written") records.delete(id);
        return answers;
      },
    }),
  };
}

export const FENCED = { written: { kind: "fenced" } } as const;
export const WRITTEN = { written: { kind: "written" } } as const;
const anyToken = (_found: StoredRecord, { token }: Owner): Partial<StoredRecord> => ({ token });
const anyFence = (_found: StoredRecord, { fence }: Owner): Partial<StoredRecord> => ({ fence });
const stillClaimed = (): Partial<StoredRecord> => ({ state: "claimed" });

export const brokenWrites: readonly Broken[] = [
  {
    name: "completes without asking for the token",
    mold: seeing(["complete"], anyToken),
    fails: ["P4-complete-token", "F-06-token"],
  },
  {
    name: "completes whatever the record is (by key alone, as an unconditional update does)",
    mold: seeing(["complete"], (_found, { token, fence }) => ({ token, fence, state: "claimed" })),
    fails: ["C-02", "P4-complete-token", "P4-complete-fence", "P4-complete-ended", "D-05-complete"],
  },
  {
    name: "asks for the token, never for the fence",
    mold: seeing(OPS, anyFence),
    fails: ["P4-late-copy", "P4-complete-fence", "P4-fail-fence", "P4-renew-fence", "P4-checkpoint-fence"],
  },
  {
    name: "asks for the fence, never for the token",
    mold: seeing(OPS, anyToken),
    fails: OPS.map((op) => `P4-${op}-token`),
  },
  {
    name: "fails a record by its key alone",
    mold: seeing(["fail"], (_found, { token, fence }) => ({ token, fence, state: "claimed" })),
    fails: ["C-03", "P4-fail-token", "P4-fail-ended"],
  },
  {
    name: "deletes the record at fail",
    mold: deleting("fail"),
    fails: ["P4-fail-keeps", "P4-fail", "P2-retry"],
  },
  {
    name: "deletes the record at release",
    mold: deleting("release"),
    fails: ["P4-release-keeps", "D-05-release"],
  },
  {
    name: "takes an attempt back at each copy of a release",
    mold: seeing(["release"], stillClaimed),
    fails: ["D-05-release", "P4-release-ended"],
  },
  {
    name: "takes no attempt back at a release",
    mold: writing(["release"], (_write, { attempts }) => ({ attempts })),
    fails: ["P4-release-keeps", "P2-released"],
  },
  {
    name: "takes the fence back at a release",
    mold: writing(["release"], ({ fence }) => ({ fence: fence - 1 })),
    fails: ["P4-release-keeps", "P2-released"],
  },
  {
    name: "asks for the fence at a release",
    mold: {
      rules: {
        release: (found, item, nowMs) => ("fence" in item ? RULES.release(found, item, nowMs) : FENCED),
      },
    },
    fails: ["P4-release-unanswered"],
  },
  {
    name: "renews anybody's lease",
    mold: seeing(["renew"], (_found, { token, fence }) => ({ token, fence })),
    fails: ["C-04", "P4-renew-token", "P4-renew-fence", "C-04-after-end"],
  },
  {
    name: "fences a beat that comes after its own attempt's end",
    mold: {
      rules: {
        renew: (found, item, nowMs) =>
          found?.state === "claimed" ? RULES.renew(found, item, nowMs) : FENCED,
      },
    },
    fails: ["P4-renew-ended"],
  },
  {
    name: "brings an ended record back to life at a renew",
    mold: seeing(["renew"], stillClaimed),
    fails: ["P4-renew-ended"],
  },
  {
    name: "renews the lease and not the expiry",
    mold: writing(["renew"], (_write, { expiresAtMs }) => ({ expiresAtMs })),
    fails: ["D-13"],
  },
  {
    name: "calls a lapsed lease lost although nobody took it",
    mold: {
      rules: Object.fromEntries(
        OPS.map((op) => [
          op,
          (found: Found, item: never, nowMs: number) =>
            found?.state === "claimed" && found.leaseUntilMs <= nowMs
              ? FENCED
              : RULES[op](found, item, nowMs),
        ]),
      ) as Partial<Rules>,
    },
    fails: [...OPS.map((op) => `P4-${op}-lapsed`), "C-02-slow", "C-04-race"],
  },
  {
    name: "fences the second copy of a completion",
    mold: {
      rules: {
        complete: (found, item, nowMs) =>
          found?.state === "completed" ? FENCED : RULES.complete(found, item, nowMs),
      },
    },
    fails: ["D-05-complete", "P4-complete-ended"],
  },
  {
    name: "checkpoints a record by its key alone",
    mold: seeing(["checkpoint"], (_found, { token, fence }) => ({ token, fence })),
    fails: ["C-01", "P4-checkpoint-token", "P4-checkpoint-fence"],
  },
  {
    name: "answers written for a record that is not there",
    mold: {
      rules: Object.fromEntries(
        OPS.map((op) => [
          op,
          (found: Found, item: never, nowMs: number) => (found ? RULES[op](found, item, nowMs) : WRITTEN),
        ]),
      ) as Partial<Rules>,
    },
    fails: ["P4-release-nothing", ...OPS.map((op) => `P4-${op}-missing`), "P3-mixed-ends"],
  },
  {
    name: "forgets the message and moves the run's end at each write",
    mold: writing(OPS, (_write, { runUntilMs }) => ({ messageId: undefined, runUntilMs: runUntilMs + 1 })),
    fails: OPS.map((op) => `P4-${op}`),
  },
  {
    name: "fences a renewal to an instant that the lease has already",
    mold: {
      rules: {
        renew: (found, item, nowMs) =>
          found?.state === "claimed" && found.leaseUntilMs > nowMs + item.leaseMs - 1_000
            ? FENCED
            : RULES.renew(found, item, nowMs),
      },
    },
    fails: ["D-05-renew"],
  },
  {
    name: "fences a checkpoint that changes nothing",
    mold: {
      rules: {
        checkpoint: (found, item, nowMs) => {
          const same = Object.entries(item.change.set ?? {}).some(
            ([name, { value }]) => value !== undefined && found?.steps[name]?.value === value,
          );
          return same ? FENCED : RULES.checkpoint(found, item, nowMs);
        },
      },
    },
    fails: ["D-05-checkpoint"],
  },
  { name: "does not move rev on", mold: writing(OPS, (_write, { rev }) => ({ rev })), fails: ["P1-rev"] },
  {
    name: "lets a checkpoint end the life of its record",
    mold: writing(["checkpoint"], () => ({ expiresAtMs: Date.now() })),
    fails: ["P1-checkpoint-lives"],
  },
];
