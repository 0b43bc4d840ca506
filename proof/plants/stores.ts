/** Faults of the stores. */

import { one, type Plant } from "./plant.ts";

const STORES = "packages/runtime/src/stores";
const POSTGRES = ["packages/testkit/test/conformance/postgres.services.test.ts"];
const DYNAMODB = ["packages/testkit/test/conformance/dynamodb.services.test.ts"];

export const STORE_PLANTS: readonly Plant[] = [
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
