/** What was there before: lines that are given twice, and keys that a handler names in line after line. */

import { type Line, type Said, type Unplaced } from "./line.ts";
import { Recent } from "./recent.ts";
import type { StreamState } from "./stream-state.ts";

export class Seen {
  /** Files of overlapping spans of time may be far apart. */
  readonly #ids = new Recent(100_000);
  readonly #lines = new Recent(10_000);
  readonly #mentions = new Recent(10_000);

  /** Whether the line is another one again, which CloudWatch has delivered twice. Of lines that say nothing it is not asked. */
  repeated(
    { stream, eventId, text }: Line,
    requestId: string | undefined,
    atMs: number | undefined,
    said: readonly Said[],
  ): boolean {
    if (eventId !== undefined) return this.#ids.has(eventId);
    const [first] = said as readonly Unplaced[];
    if (first === undefined) return false;
    // Without an instant of its own only a start that is running already is one for sure: Lambda retries a request later.
    if (atMs === undefined) return first.kind === "started" && stream.isRunning(first.requestId ?? "");
    const request = first.requestId ?? requestId ?? "";
    const what = `${first.messageId ?? ""} ${first.key ?? ""} ${first.verdict ?? ""} ${first.by ?? ""}`;
    return this.#lines.has(`${first.kind} ${atMs} ${request} ${what} ${text.length} ${stream.name}`);
  }

  /** Handlers name a key in many lines: all of one run of a request are one mention of a delivery. */
  isNew({ kind, requestId, key = "", messageId = "" }: Unplaced, stream: StreamState): boolean {
    if (kind !== "delivery" || requestId === undefined) return true;
    const what = `${key}\n${messageId}`;
    return stream.isNew(requestId, what) ?? !this.#mentions.has(`${stream.name}\n${requestId}\n${what}`);
  }

  /** What an event has named is not new where a line of its handler names it. */
  mentioned({ kind, requestId, key = "", messageId = "" }: Unplaced, stream: StreamState): void {
    if (kind !== "delivery" || requestId === undefined) return;
    for (const what of [`${key}\n${messageId}`, `${key}\n`, `\n${messageId}`]) stream.isNew(requestId, what);
  }
}
