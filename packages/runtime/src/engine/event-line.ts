/** An event as one line of JSON, for a program that runs the handler: `effectively-once dev` prints a verdict per delivery by it. */

import type { OnceEvent } from "../types.ts";

/** `stderr`: each event is also written there, behind `EVENT_MARK`. */
export const EVENTS_VARIABLE = "EFFECTIVELY_ONCE_EVENTS";
/** What the lines are told apart by from what a handler writes itself. */
export const EVENT_MARK = "effectively-once-event ";

/** Never a payload or a result; of an error its code and sentence. */
export function eventLine(event: OnceEvent): string {
  const { error } = event;
  const said =
    error === undefined
      ? undefined
      : {
          code: error instanceof Error && "code" in error ? String(error.code) : undefined,
          message: error instanceof Error ? error.message : String(error),
        };
  return EVENT_MARK + JSON.stringify({ ...event, error: said });
}
