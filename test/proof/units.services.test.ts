/** Instants are milliseconds, whoever's clock tells them. */

import { randomBytes } from "node:crypto";
import { expect, inject, it } from "vitest";
import { PLACE_NAMES } from "../../proof/places.ts";
import { openStand } from "./world.ts";

const urls = { sqlite: "", postgres: inject("postgresUrl"), dynamodb: inject("dynamodbUrl") };

it.each(PLACE_NAMES.map((place) => ({ place })))(
  "C-15 · on $place a lease of 30,000 ends 30 seconds after now, and now is this minute",
  async ({ place }) => {
    const stand = await openStand(place, urls[place]);
    try {
      const beforeMs = Date.now();
      const [claim] = await stand.store.claim([
        {
          id: randomBytes(32).toString("hex"),
          scope: "s",
          label: "l",
          token: "t",
          leaseMs: 30_000,
          runMs: 60_000,
          retentionMs: 3_600_000,
        },
      ]);
      if (claim?.kind !== "won") throw new Error(`not won: ${String(claim?.kind)}`);

      expect(claim.leaseUntilMs - claim.nowMs).toBe(30_000);
      expect(Math.abs(claim.nowMs - beforeMs)).toBeLessThan(60_000);
    } finally {
      await stand.close();
    }
  },
);
