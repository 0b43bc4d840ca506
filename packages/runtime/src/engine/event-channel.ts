/** Events as messages to the program that runs the handler: `effectively-once dev` prints a verdict per delivery by them. */

import type { OnceEvent } from "../types.ts";

/** `ipc`: each event is also sent to the parent process, in order with the replies that follow it. */
export const EVENTS_VARIABLE = "EFFECTIVELY_ONCE_EVENTS";
/** The `kind` of such a message, among others that a parent may be sent. */
export const EVENT_KIND = "effectively-once-event";

/** `undefined` when nobody listens: no variable, or no parent with a channel. */
export function eventChannel(): ((event: OnceEvent) => void) | undefined {
  const send: ((message: object) => boolean) | undefined = process.send?.bind(process);
  if (process.env[EVENTS_VARIABLE] !== "ipc" || send === undefined) return undefined;
  return (event) => {
    if (process.connected) send({ kind: EVENT_KIND, event: readable(event) });
  };
}

/** Never a payload or a result; of an error its code and sentence, which is what JSON would leave out. */
function readable(event: OnceEvent): object {
  if (!("error" in event) || event.error === undefined) return event;
  const { error } = event;
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return { ...event, error: { code, message: error instanceof Error ? error.message : String(error) } };
}
