/** Records that are decided wrongly, one condition each, and the law that must notice. */

import type { Clock } from "@effectively-once/runtime";
import type { Claim, ClaimRequest, Owner, StoredRecord } from "@effectively-once/runtime/store";
import { type MemoryStore, memoryStore } from "@effectively-once/runtime/stores/memory";
import type { Law } from "@effectively-once/testkit/sim";

interface Broken {
  readonly law: Law;
  readonly says: string;
  readonly memory: (clock: Clock) => MemoryStore;
}

type Records = Map<string, StoredRecord>;
type Overrides = (store: MemoryStore, records: Records, clock: Clock) => Partial<MemoryStore>;

function broken(law: Law, says: string, overrides: Overrides): Broken {
  return {
    law,
    says,
    memory: (clock) => {
      const store = memoryStore({ clock });
      return { ...store, ...overrides(store, store.records as Records, clock) };
    },
  };
}

/** At once, as a store does it: what comes a moment later is another writer's. */
function change(
  records: Records,
  id: string,
  to: (record: StoredRecord) => Partial<StoredRecord> | false,
): void {
  const record = records.get(id);
  const changed = record && to(record);
  if (record && changed) records.set(id, { ...record, ...changed });
}

/** Changes what a claim finds. */
function finding(
  law: Law,
  says: string,
  found: (record: StoredRecord, asked: ClaimRequest, nowMs: number) => Partial<StoredRecord> | undefined,
): Broken {
  return broken(law, says, (store, records, clock) => ({
    claim: (asked) => {
      for (const request of asked)
        change(records, request.id, (record) => found(record, request, clock.wallMs()) ?? false);
      return store.claim(asked);
    },
  }));
}

/** Answers a claim in another way than it was decided. */
function answering(law: Law, says: string, answer: (claim: Claim) => Claim): Broken {
  return broken(law, says, (store) => ({
    claim: (asked) => store.claim(asked).then((claims) => claims.map(answer)),
  }));
}

/** A write that passes for the owner's, whoever sends it. */
function byAnyone(operation: "complete" | "fail" | "renew" | "checkpoint"): Broken {
  return broken("zombie-writes-nothing", `${operation} asks nobody who it is`, (store, records) => {
    const write = store[operation] as (items: readonly Owner[]) => ReturnType<typeof store.complete>;
    return {
      [operation]: (items: readonly Owner[]) =>
        write(
          items.map((item) => {
            const { token, fence } = records.get(item.id) ?? item;
            return { ...item, token, fence };
          }),
        ),
    };
  });
}

const lapsed = ({ state, leaseUntilMs }: StoredRecord, nowMs: number): boolean =>
  state === "claimed" && leaseUntilMs <= nowMs;

export const BROKEN: readonly Broken[] = [
  byAnyone("complete"),
  byAnyone("fail"),
  byAnyone("renew"),
  byAnyone("checkpoint"),
  finding("lease-holds", "a lease is not looked at", (record, asked, nowMs) =>
    record.state === "claimed" && record.token !== asked.token ? { leaseUntilMs: nowMs } : undefined,
  ),
  finding("lost-answer", "a claim that is asked again finds somebody else's token", (record, asked) =>
    record.token === asked.token && record.state === "claimed" ? { token: "somebody's" } : undefined,
  ),
  finding("ended-token", "a token that has ended claims again", (record, asked) =>
    record.token === asked.token && record.state !== "claimed" ? { token: "nobody's" } : undefined,
  ),
  broken("takeover-alone", "noTakeover is not looked at", (store) => ({
    claim: (asked) => store.claim(asked.map((request) => ({ ...request, noTakeover: false }))),
  })),
  broken("fence-grows", "each claim starts with the first fence", (store, records) => ({
    claim: (asked) => {
      const claims = store.claim(asked);
      for (const { id, token } of asked)
        change(records, id, (record) => record.token === token && { fence: 1 });
      return claims.then((given) => given.map((one) => (one.kind === "won" ? { ...one, fence: 1 } : one)));
    },
  })),
  broken("attempts-count-runs", "a takeover is not counted", (store, records) => ({
    claim: (asked) => {
      const claims = store.claim(asked);
      for (const { id, token } of asked)
        change(records, id, (record) => record.token === token && record.fence > 1 && { attempts: 1 });
      return claims;
    },
  })),
  broken("steps-only-forward", "an intent takes the place of what is done", (store, records) => ({
    checkpoint: (items) => {
      const done = items.map(({ id }) => records.get(id)?.steps ?? {});
      const written = store.checkpoint(items);
      for (const [at, item] of items.entries())
        change(records, item.id, ({ token, steps }) => {
          const back = Object.entries(item.change.set ?? {}).filter(
            ([name]) => done[at]?.[name]?.state === "done",
          );
          return token === item.token && { steps: { ...steps, ...Object.fromEntries(back) } };
        });
      return written;
    },
  })),
  finding("one-completion", "what is completed is claimed again", ({ state }) =>
    state === "completed" ? { state: "failed" } : undefined,
  ),
  finding("transaction-once", "what a transaction has done is forgotten with its owner", (record, _, nowMs) =>
    lapsed(record, nowMs) || record.state === "failed"
      ? {
          steps: Object.fromEntries(
            Object.entries(record.steps).filter(([, { kind }]) => kind !== "transact"),
          ),
        }
      : undefined,
  ),
  finding("plain-once", "a doubt is forgotten", (record, _, nowMs) =>
    lapsed(record, nowMs) || record.state === "failed" ? { steps: {} } : undefined,
  ),
  finding("keyed-once", "each takeover is a new generation, with new keys", (record, _, nowMs) =>
    lapsed(record, nowMs) ? { generation: record.generation + 1 } : undefined,
  ),
  finding("same-value", "what an effect gave is forgotten with its owner", ({ steps }) => ({
    steps: Object.fromEntries(
      Object.entries(steps).map(([name, { kind, state, atMs }]) => [name, { kind, state, atMs }]),
    ),
  })),
  finding("held-not-run", "the payload of a record is forgotten", ({ state }) =>
    state === "completed" ? undefined : { fingerprint: undefined },
  ),
  answering("acknowledged-when-done", "who is busy is told that all is done", (claim) =>
    claim.kind === "busy"
      ? { kind: "duplicate", messageId: claim.messageId, functionName: undefined, result: undefined }
      : claim,
  ),
  answering("group-order", "in an ordered group too", (claim) =>
    claim.kind === "busy" || claim.kind === "lapsed"
      ? { kind: "duplicate", messageId: undefined, functionName: undefined, result: undefined }
      : claim,
  ),
  broken("nothing-lost", "a failure ends a message as completed", (store) => ({
    fail: (items) => store.complete(items),
  })),
  broken("not-done-is-final", "a person is believed while the frozen owner may thaw", (store) => ({
    resolve: (resolution) => store.resolve({ ...resolution, force: true }),
  })),
  broken("bad-neighbour", "what a dead process left behind is claimed ahead", (store) => ({
    claim: (asked) => store.claim(asked.map((request) => ({ ...request, noTakeover: false }))),
  })),
];
