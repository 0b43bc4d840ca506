/** One line on its way to entries: what is known of it before it is looked into, and what is known of its stream. */

import type { Entry } from "../model.ts";
import type { StreamState } from "./stream-state.ts";

/** A line, of which more and more is taken off and known. Changed in place: there are millions. */
export interface Line {
  text: string;
  stream: StreamState;
  function: string | undefined;
  /** Its own instant, or that of what it was wrapped in. */
  atMs: number | undefined;
  /** Whether that says more than the second. */
  fine: boolean;
  /** CloudWatch's id of the log event. */
  eventId: string | undefined;
  /** Whether lines of its stream come in any order. */
  unordered: boolean;
  /** Whether it names no request, so that it is of the one that is running. */
  joined: boolean;
}

/** What a line has come to: an entry without what all entries have. */
export type Said = {
  [Kind in Entry["kind"]]: Omit<Extract<Entry, { kind: Kind }>, "atMs" | "stream" | "function"> & {
    /** Where the line itself says better than what it was wrapped in. */
    readonly atMs?: number;
  };
}[Entry["kind"]];

/** The same while it is being made an entry, in place. */
export interface Unplaced {
  kind: Entry["kind"];
  atMs?: number;
  stream?: string;
  function?: string;
  requestId?: string;
  joined?: boolean;
  readonly key?: string;
  readonly messageId?: string;
  readonly verdict?: string;
  readonly by?: string;
}

/** What is finer says better. */
export function timed(
  line: Line,
  { atMs, fine }: { readonly atMs: number | undefined; readonly fine: boolean },
): void {
  if (line.atMs !== undefined && (line.fine || !fine)) return;
  line.atMs = atMs;
  line.fine = fine;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
