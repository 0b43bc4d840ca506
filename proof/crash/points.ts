/** The matrix as data: where a process is killed, what kind of effect it was making, and what must come of it. */

export const KINDS = ["keyed", "repeatable", "plain", "transact", "commit"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * In the order in which an attempt meets them. "Sent" is: the store has done it, and the process has not seen the answer.
 * A `commit` has no memory of its own, so its memory is that of a `keyed` step made before it.
 */
export const POINTS = {
  "before-claim": "received, the claim not sent",
  "claim-sent": "the claim written, its answer not seen",
  "after-claim": "the claim answered, the handler not begun",
  "before-effect": "in the effect, nothing applied (a plain intent is written)",
  "in-effect": "the effect applied, its reply not seen (rows: in the open transaction)",
  "before-memory": "the effect done, its memory not sent",
  "memory-sent": "the memory written, its answer not seen (transact: COMMIT)",
  "after-memory": "the memory answered, the handler not gone on",
  "before-complete": "the handler done, the completion not sent",
  "complete-sent": "the completion written, its answer not seen (commit: COMMIT)",
  "after-complete": "the completion answered, nothing returned",
  "before-delete": "the reply returned, the message not deleted",
} as const;
export type Point = keyof typeof POINTS;
export const POINT_NAMES = Object.keys(POINTS) as readonly Point[];

export interface Found {
  /** Of the delivery that follows on the kill. */
  readonly verdict: string;
  /** Of the one after that. */
  readonly last: string;
  /** Calls of the side that is called; with a key, all with the same one. */
  readonly calls: number;
  readonly keys: number;
  readonly rows: number;
  /** Messages reported by the delivery that follows on the kill: not acknowledged. */
  readonly reported: number;
}

const REPEATS: readonly Point[] = ["in-effect", "before-memory"];
const DONE: readonly Point[] = ["complete-sent", "after-complete", "before-delete"];

export function expected(point: Point, kind: Kind): Found {
  const held = kind === "plain" && (point === "before-effect" || REPEATS.includes(point));
  const verdict = held
    ? "in-doubt"
    : point === "before-claim"
      ? "first"
      : DONE.includes(point)
        ? "duplicate"
        : "takeover";
  return {
    verdict,
    last: held ? "in-doubt" : "duplicate",
    calls: callsOf(point, kind),
    keys: kind === "keyed" || kind === "commit" ? 1 : 0,
    rows: kind === "transact" || kind === "commit" ? 1 : 0,
    reported: held ? 1 : 0,
  };
}

function callsOf(point: Point, kind: Kind): number {
  if (kind === "transact") return 0;
  if (kind === "plain") return point === "before-effect" ? 0 : 1;
  if (kind === "commit") return point === "before-memory" ? 2 : 1;
  return REPEATS.includes(point) ? 2 : 1;
}

/** What a cell of the table says of what was found. */
export function inWords({ verdict, calls, keys, rows, reported }: Found): string {
  if (reported > 0) return `held, ${calls} made`;
  const once = rows > 0 ? `${rows} row` : "";
  const made = calls > 0 ? `${calls} call${calls > 1 ? "s" : ""}${keys > 0 ? `, ${keys} key` : ""}` : "";
  return `${[once, made].filter(Boolean).join(", ")}; ${verdict}`;
}
