/** Where the stores decide: the conditions in SQL, PartiQL and in the code around them. */

export interface Region {
  readonly store: "postgres" | "dynamodb" | "sqlite";
  readonly file: string;
  /** The region begins with this text and ends before that one; each is there once, the second one after the first. */
  readonly from: string;
  readonly to: string;
  readonly language: "sql" | "ts";
}

const STORES = "packages/runtime/src/stores";
const region =
  (store: Region["store"]) =>
  (file: string, language: Region["language"], from: string, to: string): Region => ({
    store,
    file: `${STORES}/${store}/${file}`,
    language,
    from,
    to,
  });
const postgres = region("postgres");
const dynamodb = region("dynamodb");
const sqlite = region("sqlite");

export const REGIONS: readonly Region[] = [
  postgres("claim.ts", "sql", "const expired = (now", "/** Whether a request wins"),
  postgres("claim.ts", "sql", "return `(r.version <=", "/** The row proposed"),
  postgres("claim.ts", "sql", "`${column} = CASE WHEN ${expired", "return `WITH cfg AS"),
  postgres("claim.ts", "sql", "WHERE r.id IS NULL OR", "ORDER BY a.id COLLATE"),
  postgres("claim.ts", "sql", "CASE r.state WHEN 'released'", '${unlessExpired("first_attempt'),
  postgres("claim.ts", "sql", "SELECT seen.*, cfg.now_ms, false", "export interface ClaimPlace"),
  postgres("claim.ts", "ts", 'if (row["won"] === true)', "const { verdict, fence"),
  postgres("claim.ts", "ts", 'if (answer.kind === "won") return undefined', "/** Writes `heldAt`"),
  postgres("claim.ts", "sql", "FROM locked l JOIN asked a ON", "RETURNING r.id`"),
  postgres("write.ts", "sql", "const OWN =", "/** `of`: the row"),
  postgres("write.ts", "sql", "=> `CASE WHEN ${of}.open", "interface Change"),
  postgres("write.ts", "sql", "held_at_ms = CASE WHEN n.open", "release: {"),
  postgres("write.ts", "sql", 'where: "l.token = a.token', "set: `state = 'released'"),
  postgres("write.ts", "sql", "CASE WHEN c.key IS NULL OR", "/** The rows that were not changed"),
  postgres("write.ts", "sql", "FOR UPDATE OF r", "),\n  changed AS"),
  postgres("write.ts", "sql", "WHERE r.id = l.id AND", "RETURNING r.id"),
  postgres("write.ts", "sql", "CASE WHEN c.id IS NULL THEN", "AS refused"),
  postgres("write.ts", "ts", "return row !== undefined &&", "export async function write"),
  postgres("write.ts", "ts", "if (row.refused === undefined)", "const judged ="),
  postgres("settle.ts", "sql", "WHERE r.id = $1 FOR UPDATE", "for (let tries"),
  postgres("settle.ts", "ts", "if (!record || !isMine", "function unsettled"),
  postgres("transact.ts", "ts", "if (!(await fencedWrite", "progress.sent = undefined"),
  postgres("operate.ts", "sql", "WHERE id > $1 AND", "ORDER BY id LIMIT $5"),
  dynamodb("statements.ts", "sql", '`WHERE "${KEY_ATTRIBUTE}" = ? AND', "Parameters: [...set"),
  dynamodb("statements.ts", "sql", '"#rev = :seenRev AND', "ExpressionAttributeNames"),
  dynamodb("claim.ts", "ts", 'if (judged.answer.kind !== "won"', "export function decideLate"),
  dynamodb("claim.ts", "ts", "if (!found) return judged", "/** A claim that was written by"),
  dynamodb("claim.ts", "ts", "if (written.token !== asked.token)", "function judged("),
  dynamodb("commit.ts", "ts", 'if (!seen || !write) return { kind: "fenced" };', "function stepOf"),
  dynamodb("commit.ts", "ts", "return names.some(", "export async function look"),
  dynamodb("commit.ts", "ts", "if (known || !record)", "catch {\n      // Asked again"),
  dynamodb("transact.ts", "ts", "if (limit.over) return lost ?", "function newSent"),
  dynamodb("write.ts", "ts", "if (lost && (unknowns", "if (lost) await pause"),
  dynamodb("write.ts", "ts", "if (job.leases && now.epoch", 'case "refused"'),
  dynamodb("write.ts", "ts", "if (record.result === undefined ||", "return { ...record, result"),
  dynamodb("commit-answer.ts", "ts", "const maybeDone = triesOf", "function reasonsOf"),
  sqlite("transact.ts", "ts", "if (!fencedWrite(", "await committed("),
  sqlite("transact.ts", "ts", 'if (record && !("complete" in change)', "const item ="),
  sqlite("transact.ts", "ts", "return write !== undefined;", "/** What the store itself"),
  sqlite("write.ts", "ts", "if (!write) answers.set", "const open = requests"),
  sqlite(
    "write.ts",
    "ts",
    "if (write) writeRecord(db, table, write);\n        return claim",
    "for (const [index, request]",
  ),
  sqlite("write.ts", "ts", "if (next) writeRecord", "return written;"),
];

const CONFORMANCE = "packages/testkit/test/conformance";
const TESTS = "packages/runtime/test/stores";

export interface Check {
  readonly project: "unit" | "services";
  readonly files: readonly string[];
}

/** What must fail for a mutant of a store, quickest first: the conformance suite alone catches most, in a few seconds. */
export const CHECKS: Readonly<Record<Region["store"], readonly Check[]>> = {
  postgres: [
    { project: "services", files: [`${CONFORMANCE}/postgres.services.test.ts`] },
    {
      project: "services",
      files: ["postgres", "postgres-settle", "postgres-handler"].map(
        (name) => `${TESTS}/${name}.services.test.ts`,
      ),
    },
  ],
  dynamodb: [
    {
      project: "unit",
      files: ["dynamodb-decides", "dynamodb-parts"].map((name) => `${TESTS}/${name}.test.ts`),
    },
    { project: "services", files: [`${CONFORMANCE}/dynamodb.services.test.ts`] },
    {
      project: "services",
      files: ["", "-faults", "-transact", "-clock", "-engine", "-powertools", "-history"].map(
        (part) => `${TESTS}/dynamodb${part}.services.test.ts`,
      ),
    },
  ],
  sqlite: [
    { project: "unit", files: [`${CONFORMANCE}/sqlite.test.ts`] },
    { project: "unit", files: [`${TESTS}/sqlite.test.ts`] },
  ],
};
