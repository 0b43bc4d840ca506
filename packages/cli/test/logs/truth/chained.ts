/** Deliveries that came through files, readers and fold, beside what is true of them. */

import type { Folded } from "../../../src/logs/fold/folded.ts";
import { judge } from "../../../src/logs/judge.ts";
import type { Context, Judged } from "../../../src/logs/model.ts";
import type { Settings, Truth } from "./definition.ts";
import { right, rightOrUnknown, type Told, untold } from "./judged.ts";

function idOf(requestId: string | undefined, startMs: number, messageId: string | undefined): string {
  return `${requestId} ${startMs} ${messageId}`;
}

function truthId({ requestId, atMs, messageId = "" }: Truth): string {
  return idOf(requestId, atMs - 2, messageId);
}

/** The same of what was judged. Readers make a message id for an event that has none. */
function judgedId({ delivery }: Judged): string {
  const { invocation, receiveCount, messageId, atMs, told } = delivery;
  const isMade = receiveCount === undefined && told === undefined;
  return idOf(invocation?.requestId, invocation?.startMs ?? atMs - 2, isMade ? "" : messageId);
}

/** Message ids of which the queue gave a receive twice. */
function givenTwice(truths: readonly Truth[]): ReadonlySet<string | undefined> {
  return new Set(truths.flatMap(({ cause, messageId }) => (cause === "queue-duplicate" ? [messageId] : [])));
}

/** Whatever the logs do not tell may be unknown: what a message waited before its second receive, for one. */
export function isToldRight(one: Told, settings: Settings, { functions, complete }: Context): boolean {
  const known = (functions?.get("/aws/lambda/orders") ?? functions?.get("orders"))?.partialResponses;
  return untold(one, settings) || !known || !complete
    ? one.judged !== undefined && rightOrUnknown(one, true)
    : right(one);
}

export interface Beside {
  /** Each truth once, in the order in which they are told; last what stands in no line, with nothing said. */
  readonly all: readonly Told[];
  /** Deliveries that are none. */
  readonly madeUp: readonly Judged[];
  /** Deliveries that were given more than once: beside their truth, too. */
  readonly again: readonly Judged[];
}

/** Judges what was put together, and puts each delivery beside what is true of it. */
export async function beside(folded: Folded, truths: readonly Truth[]): Promise<Beside> {
  const found = finder(truths);
  const twice = givenTwice(truths);
  const open = new Set(truths);
  const all: Told[] = [];
  const [madeUp, again]: [Judged[], Judged[]] = [[], []];
  const put = (truth: Truth, judged: Judged | undefined): void =>
    void all.push({ truth, twice: twice.has(truth.messageId), judged });
  for await (const group of folded.groups())
    for (const one of judge(group, folded.context)) {
      const truth = found(one, open);
      if (!truth) madeUp.push(one);
      else {
        if (!open.delete(truth)) again.push(one);
        put(truth, one);
      }
    }
  for (const truth of open) put(truth, undefined);
  return { all, madeUp, again };
}

/** Which truth is meant: by the exact names of it, else by what is left of them, where lines are lost. */
function finder(truths: readonly Truth[]): (judged: Judged, open: ReadonlySet<Truth>) => Truth | undefined {
  const exact = new Map(truths.map((truth) => [truthId(truth), truth]));
  const byRequest = Map.groupBy(truths, ({ requestId }) => requestId);
  const byMessage = Map.groupBy(truths, ({ messageId }) => messageId);
  const byPicture = Map.groupBy(byMessage.get(undefined) ?? [], ({ key }) => key);
  return (judged, open) => {
    const known = exact.get(judgedId(judged));
    if (known) return known;
    const { invocation, messageId, atMs, undated } = judged.delivery;
    // Events have no message ids: readers make one, of the names that are in them.
    const made = /\|(order-\d+)\./.exec(messageId ?? "")?.[1];
    const ofMessage = made === undefined ? byMessage.get(messageId) : byPicture.get(made);
    const all =
      invocation === undefined
        ? (ofMessage ?? [])
        : (byRequest.get(invocation.requestId) ?? []).filter(
            (truth) => truth.messageId === undefined || truth.messageId === messageId,
          );
    const before = all.filter((truth) => truth.atMs - 2 <= atMs);
    // Of a failure alone nobody knows when it came: it is one of which nothing else was said.
    const one = undated
      ? before.findLast((truth) => open.has(truth))
      : before.find((truth) => truth.atMs === atMs);
    return one ?? before.at(-1);
  };
}
