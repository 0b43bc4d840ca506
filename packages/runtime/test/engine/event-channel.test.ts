/** Events to the program that runs the handler. */

import { afterEach, expect, it, vi } from "vitest";
import { eventChannel, EVENT_KIND, EVENTS_VARIABLE } from "../../src/engine/event-channel.ts";
import { OnceError } from "../../src/errors.ts";
import type { OnceEvent } from "../../src/types.ts";

const { send, connected } = process;
afterEach(() => {
  vi.unstubAllEnvs();
  Object.assign(process, { send, connected });
});

const warning: OnceEvent = { kind: "warning", scope: "s", error: new OnceError("busy", "later") };
const unguarded: OnceEvent = {
  kind: "unguarded-effect",
  scope: "s",
  key: "k",
  messageId: "m",
  correlationId: "c",
  effect: "PutItem",
};

function channel(variable: string, hasParent = true) {
  const sent: unknown[] = [];
  vi.stubEnv(EVENTS_VARIABLE, variable);
  Object.assign(process, {
    send: hasParent ? (message: unknown) => sent.push(message) : undefined,
    connected: true,
  });
  return { tell: eventChannel(), sent };
}

it("there is one only where the variable asks for it and a parent listens", () => {
  expect(channel("").tell).toBeUndefined();
  expect(channel("ipc", false).tell).toBeUndefined();
  expect(channel("ipc").tell).toBeTypeOf("function");
});

it("an error goes as its code and its sentence, anything else as it is; after the parent has gone nothing is sent", () => {
  const { tell, sent } = channel("ipc");
  tell?.(warning);
  tell?.(unguarded);
  tell?.({ kind: "delivery", scope: "s", error: new TypeError("no") } as OnceEvent);
  tell?.({ kind: "delivery", scope: "s", error: "text" } as OnceEvent);
  tell?.({ kind: "delivery", scope: "s", error: undefined } as OnceEvent);
  Object.assign(process, { connected: false });
  tell?.(unguarded);

  expect(sent).toEqual([
    { kind: EVENT_KIND, event: { kind: "warning", scope: "s", error: { code: "busy", message: "later" } } },
    { kind: EVENT_KIND, event: unguarded },
    { kind: EVENT_KIND, event: { kind: "delivery", scope: "s", error: { code: undefined, message: "no" } } },
    {
      kind: EVENT_KIND,
      event: { kind: "delivery", scope: "s", error: { code: undefined, message: "text" } },
    },
    { kind: EVENT_KIND, event: { kind: "delivery", scope: "s", error: undefined } },
  ]);
});
