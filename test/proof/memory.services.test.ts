/** A memory that is committed with rows: where it is there already, the rows are there too. */

import { randomBytes } from "node:crypto";
import type { StepChange } from "@effectively-once/runtime/store";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PLACE_NAMES } from "../../proof/places.ts";
import { openStand, type Stand } from "./world.ts";

const urls = { sqlite: "", postgres: inject("postgresUrl"), dynamodb: inject("dynamodbUrl") };

describe.each(PLACE_NAMES.map((place) => ({ place })))("$place", ({ place }) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand(place, urls[place]);
  });
  afterAll(() => stand.close());

  it("D-06 · D-19 · a transact whose step is done already commits nothing, though its owner is the right one", async () => {
    const id = randomBytes(32).toString("hex");
    const lasting = { retentionMs: 3_600_000 };
    const [claim] = await stand.store.claim([
      { id, scope: "s", label: "l", token: "t", leaseMs: 30_000, runMs: 60_000, ...lasting },
    ]);
    if (claim?.kind !== "won") throw new Error(`not won: ${String(claim?.kind)}`);
    const transact = (atMs: number) =>
      stand.store.transact?.(
        {
          owner: { id, token: "t", fence: claim.fence },
          ...lasting,
          change: (): StepChange => ({ set: { rows: { kind: "transact", state: "done", atMs } } }),
          timeLimitMs: 10_000,
          signal: new AbortController().signal,
        },
        (tx) => stand.addRow(tx, "once"),
      );

    expect(await transact(claim.nowMs)).toMatchObject({ kind: "committed" });
    expect(await transact(claim.nowMs + 1)).toMatchObject({ kind: "fenced" });
    expect((await stand.rows()).get("once")).toBe(1);
  });
});
