/** Statements and reads in batches: every statement has its own outcome, and one that may pass is sent again. */

import { type Clock, type Random, sleep } from "../../ports.ts";
import { codeMeaning, dynamoError, isRefusal, meaningOf, type Place, statementError } from "./errors.ts";
import { KEY_ATTRIBUTE } from "./item.ts";
import type { Statement } from "./statements.ts";
import type { DynamoOperation, DynamoOutput, DynamoTransport, Item } from "./transport.ts";
import type { OnceError } from "../../errors.ts";

/** Limits of one request of the API. */
export const STATEMENTS_PER_REQUEST = 25;
const KEYS_PER_REQUEST = 100;

/** How often what was throttled is sent in one call. The SDK has tried each of them several times itself. */
const TRIES = 4;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 400;

export interface Connection {
  readonly transport: DynamoTransport;
  readonly place: Place;
  readonly clock: Clock;
  readonly random: Random;
}

export type Outcome =
  | { readonly kind: "done" }
  /** Its condition did not hold; `item` is what stood there, where the server said so. */
  | { readonly kind: "refused"; readonly item?: Item | undefined }
  /** Whether it was done is not known. */
  | { readonly kind: "unknown"; readonly error: OnceError }
  | { readonly kind: "error"; readonly error: OnceError };

/** Full jitter around a doubling pause, so that those who were refused together do not come back together. */
export function pause(
  connection: Pick<Connection, "clock" | "random">,
  tries: number,
  signal?: AbortSignal,
): Promise<void> {
  const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  return sleep(connection.clock, ms * (0.5 + connection.random.fraction()), signal);
}

/** The outcome of each statement, in the order given. Never throws. */
export async function execute(
  connection: Connection,
  statements: readonly Statement[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let start = 0; start < statements.length; start += STATEMENTS_PER_REQUEST)
    outcomes.push(
      ...(await inOneRequest(connection, statements.slice(start, start + STATEMENTS_PER_REQUEST))),
    );
  return outcomes;
}

async function inOneRequest(
  connection: Connection,
  statements: readonly Statement[],
): Promise<readonly Outcome[]> {
  const outcomes = new Map<number, Outcome>();
  for (let tries = 1; ; tries += 1) {
    const open = [...statements.keys()].filter((index) => !outcomes.has(index));
    if (open.length === 0) break;
    const answers = await once(
      connection,
      open.flatMap((index) => statements[index] ?? []),
    );
    for (const [position, index] of open.entries()) {
      const answer = answers[position];
      if (answer && (answer.kind !== "again" || tries >= TRIES)) outcomes.set(index, settled(answer));
    }
    if (outcomes.size < statements.length) await pause(connection, tries);
  }
  return statements.flatMap((_statement, index) => outcomes.get(index) ?? []);
}

type Answer = Outcome | { readonly kind: "again"; readonly error: OnceError };

function settled(answer: Answer): Outcome {
  return answer.kind === "again" ? { kind: "error", error: answer.error } : answer;
}

async function once(connection: Connection, statements: readonly Statement[]): Promise<readonly Answer[]> {
  const { transport, place } = connection;
  let output: DynamoOutput;
  try {
    output = await transport.send("BatchExecuteStatement", { Statements: statements });
  } catch (error) {
    const meaning = meaningOf(error);
    // One bad statement may have spoiled the request: each by itself tells which.
    if (meaning === "invalid" && statements.length > 1) return await apart(connection, statements);
    const explained = dynamoError(error, place);
    const kind =
      meaning === "throttled" || meaning === "conflict"
        ? "again"
        : meaning === "unknown"
          ? "unknown"
          : "error";
    return statements.map(() => ({ kind, error: explained }));
  }
  const responses = (output["Responses"] ?? []) as readonly StatementResponse[];
  return statements.map((_statement, index) => answerOf(responses[index], place));
}

async function apart(connection: Connection, statements: readonly Statement[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const statement of statements) answers.push(...(await once(connection, [statement])));
  return answers;
}

interface StatementResponse {
  readonly Error?: {
    readonly Code?: string | undefined;
    readonly Message?: string | undefined;
    readonly Item?: Item | undefined;
  };
}

function answerOf(response: StatementResponse | undefined, place: Place): Answer {
  if (!response)
    return {
      kind: "unknown",
      error: statementError("InternalServerError", "no answer to the statement", place),
    };
  const { Error: failure } = response;
  if (!failure) return { kind: "done" };
  const { Code: code = "InternalServerError", Message: message = "" } = failure;
  if (isRefusal(code)) return { kind: "refused", item: failure.Item };
  const error = statementError(code, message, place, failure);
  switch (codeMeaning(code)) {
    case "throttled":
    case "conflict":
      return { kind: "again", error };
    case "unknown":
      return { kind: "unknown", error };
    default:
      return { kind: "error", error };
  }
}

/** Items by id, as they are at this moment and not some seconds ago (D-08). Throws an `OnceError`. */
export async function read(
  connection: Connection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const { table } = connection.place;
  const found = new Map<string, Item>();
  const unique = [...new Set(ids)];
  for (let start = 0; start < unique.length; start += KEYS_PER_REQUEST) {
    const part = unique.slice(start, start + KEYS_PER_REQUEST);
    const keys = part.map((id) => ({ [KEY_ATTRIBUTE]: { S: id } }));
    for (const item of (await batchGet(connection, new Map([[table, keys]]))).get(table) ?? []) {
      const id = item[KEY_ATTRIBUTE];
      if (id && "S" in id) found.set(id.S, item);
    }
  }
  return found;
}

/** Items of one or several tables, by table; at most a hundred keys in all. Throws an `OnceError`. */
export async function batchGet(
  connection: Connection,
  wanted: ReadonlyMap<string, readonly Item[]>,
): Promise<ReadonlyMap<string, readonly Item[]>> {
  const { place } = connection;
  const found = new Map<string, Item[]>();
  let keys = wanted;
  for (let tries = 1; ; tries += 1) {
    const output = await ask(connection, "BatchGetItem", {
      RequestItems: Object.fromEntries(
        [...keys].map(([table, Keys]) => [table, { Keys, ConsistentRead: true }]),
      ),
    });
    const responses = (output["Responses"] ?? {}) as Readonly<Record<string, readonly Item[]>>;
    for (const [table, items] of Object.entries(responses))
      found.set(table, [...(found.get(table) ?? []), ...items]);
    // What did not fit into one answer, or was throttled, comes back as keys.
    const left = output["UnprocessedKeys"] as
      | Readonly<Record<string, { readonly Keys?: readonly Item[] }>>
      | undefined;
    const open = new Map(Object.entries(left ?? {}).map(([table, { Keys = [] }]) => [table, Keys]));
    if (count(open) === 0) return found;
    // An answer that brought something is progress and costs no try: sixteen megabytes are one answer's limit.
    const stuck = count(open) === count(keys);
    if (stuck && tries >= TRIES) throw statementError("ThrottlingError", "keys stayed unprocessed", place);
    if (stuck) await pause(connection, tries);
    else tries -= 1;
    keys = open;
  }
}

function count(keys: ReadonlyMap<string, readonly Item[]>): number {
  return [...keys.values()].reduce((sum, some) => sum + some.length, 0);
}

/** A request that only looks, or that may be sent twice: again while it is throttled. Throws an `OnceError`. */
export async function ask(
  connection: Connection,
  operation: DynamoOperation,
  input: object,
): Promise<DynamoOutput> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await connection.transport.send(operation, input);
    } catch (error) {
      const meaning = meaningOf(error);
      const passes = meaning === "throttled" || meaning === "conflict";
      if (!passes || tries >= TRIES) throw dynamoError(error, connection.place);
    }
    await pause(connection, tries);
  }
}
