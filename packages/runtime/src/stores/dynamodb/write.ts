/**
 * The one way in which records change: the state machine says what becomes of the record as it is known, and the write
 * is conditional on that very revision. What was refused is judged again by the item that stood there.
 */

import { OnceError } from "../../errors.ts";
import { sleep } from "../../ports.ts";
import type { StoredRecord } from "../../store.ts";
import type { ServerClock } from "./clock.ts";
import { dynamoError } from "./errors.ts";
import { fromItem, itemBytes, MAX_ITEM_BYTES, toItem } from "./item.ts";
import type { Known } from "./known.ts";
import { type Connection, execute, type Outcome, pause, read } from "./send.ts";
import { insert, type Statement, update } from "./statements.ts";
import type { Item } from "./transport.ts";

export interface Records extends Connection {
  readonly now: ServerClock;
  readonly known: Known;
}

/** What became of a request, and the record to put in place of the one it was judged by. */
export interface Judged<Answer> {
  readonly answer: Answer;
  readonly write?: StoredRecord | undefined;
}

export interface Job<Request, Answer> {
  /** The record as far as it is known without asking; `"absent"` tries an insert first, `undefined` reads first. */
  readonly start: (request: Request) => StoredRecord | "absent" | undefined;
  readonly judge: (record: StoredRecord | undefined, request: Request, nowMs: number) => Judged<Answer>;
  readonly failed: (error: OnceError) => Answer;
  /** What is written carries a lease, and one by a wrong clock must be written again before it is answered. */
  readonly leases?: ((written: StoredRecord, request: Request, nowMs: number) => Judged<Answer>) | undefined;
}

/** Two batches of ten that beat, remember and complete at once settle well within this. */
const ROUNDS = 16;
/** Whether a write was done is asked of the record; a server that does not answer three times is left alone. */
const UNKNOWNS = 3;

type Seen =
  | { readonly kind: "unread" }
  | { readonly kind: "seen"; readonly record: StoredRecord | undefined }
  /** Written by this call, by a clock that was found to be wrong. */
  | { readonly kind: "mended"; readonly record: StoredRecord };

interface Open<Request, Answer> {
  readonly request: Request;
  seen: Seen;
  answer: Answer | undefined;
}

/** The answer to each request, in the order asked. One request never holds a key twice. Throws only what `job.failed` throws. */
export async function change<Request extends { readonly id: string }, Answer>(
  records: Records,
  requests: readonly Request[],
  job: Job<Request, Answer>,
): Promise<readonly Answer[]> {
  const all = requests.map((request): Open<Request, Answer> => {
    const start = job.start(request);
    if (start === undefined) return { request, seen: { kind: "unread" }, answer: undefined };
    const record = start === "absent" ? undefined : start;
    return { request, seen: { kind: "seen", record }, answer: undefined };
  });
  let unknowns = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const open = all.filter((one) => one.answer === undefined);
    if (open.length === 0) break;
    await readUnread(records, open, job);
    const lost = await writeOnce(
      records,
      open.filter((one) => one.answer === undefined),
      job,
    );
    if (lost && (unknowns += 1) >= UNKNOWNS) {
      for (const one of open) one.answer ??= job.failed(lost);
      break;
    }
    if (lost) await pause(records, unknowns);
    // Those who were refused together must not come back together.
    else if (round > 2) await sleep(records.clock, records.random.fraction() * 4 * round);
  }
  return all.map((one) => one.answer ?? job.failed(contended()));
}

async function readUnread<Request extends { readonly id: string }, Answer>(
  records: Records,
  open: readonly Open<Request, Answer>[],
  job: Job<Request, Answer>,
): Promise<void> {
  const unread = open.filter((one) => one.seen.kind === "unread");
  if (unread.length === 0) return;
  try {
    const items = await read(
      records,
      unread.map((one) => one.request.id),
    );
    for (const one of unread) look(one, items.get(one.request.id), job);
  } catch (error) {
    for (const one of unread) one.answer = job.failed(dynamoError(error, records.place));
  }
}

function look<Request, Answer>(
  one: Open<Request, Answer>,
  item: Item | undefined,
  job: Job<Request, Answer>,
): void {
  try {
    one.seen = { kind: "seen", record: item && fromItem(item) };
  } catch (error) {
    one.answer = job.failed(error as OnceError);
  }
}

interface Planned<Request, Answer> {
  readonly one: Open<Request, Answer>;
  readonly answer: Answer;
  readonly write: StoredRecord;
  readonly statement: Statement;
  readonly epoch: number;
}

/** Judges and writes; answers the error when what became of a write is not known. */
async function writeOnce<Request extends { readonly id: string }, Answer>(
  records: Records,
  open: readonly Open<Request, Answer>[],
  job: Job<Request, Answer>,
): Promise<OnceError | undefined> {
  const planned = open.flatMap((one) => plan(records, one, job) ?? []);
  const outcomes = await execute(
    records,
    planned.map(({ statement }) => statement),
  );
  let lost: OnceError | undefined;
  for (const [index, step] of planned.entries()) {
    const outcome = outcomes[index];
    if (outcome) lost = conclude(records, step, outcome, job) ?? lost;
  }
  return lost;
}

function plan<Request extends { readonly id: string }, Answer>(
  records: Records,
  one: Open<Request, Answer>,
  job: Job<Request, Answer>,
): Planned<Request, Answer> | undefined {
  const { seen, request } = one;
  if (seen.kind === "unread") return undefined;
  const { epoch } = records.now;
  const nowMs = records.now.nowMs();
  const { answer, write } =
    seen.kind === "mended" && job.leases
      ? job.leases(seen.record, request, nowMs)
      : job.judge(seen.record, request, nowMs);
  if (!write) {
    one.answer = answer;
    return undefined;
  }
  const { table } = records.place;
  const statement = seen.record ? update(table, seen.record, write) : insert(table, write);
  return { one, answer, write, statement, epoch };
}

function conclude<Request extends { readonly id: string }, Answer>(
  records: Records,
  { one, answer, write, epoch }: Planned<Request, Answer>,
  outcome: Outcome,
  job: Job<Request, Answer>,
): OnceError | undefined {
  const { now, known } = records;
  switch (outcome.kind) {
    case "done":
      known.put(write);
      if (job.leases && now.epoch !== epoch) one.seen = { kind: "mended", record: write };
      else one.answer = answer;
      return undefined;
    case "refused":
      known.forget(write.id);
      if (outcome.item) look(one, outcome.item, job);
      else one.seen = { kind: "unread" };
      return undefined;
    case "unknown":
      known.forget(write.id);
      one.seen = { kind: "unread" };
      return outcome.error;
    case "error":
      known.forget(write.id);
      one.answer = job.failed(outcome.error);
      return undefined;
  }
}

/** The record with its result, or without one that would not fit into the item (F-11). */
export function withoutOversize(record: StoredRecord): StoredRecord {
  if (record.result === undefined || itemBytes(toItem(record)) <= MAX_ITEM_BYTES) return record;
  return { ...record, result: undefined };
}

function contended(): OnceError {
  return new OnceError("store-error", "The record changed each time it was read. The message comes again.", {
    retryable: true,
  });
}
