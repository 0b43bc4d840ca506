/** Makes the table of records, or finds that it is there. */

import { type ErrorCode, isOnceError, type OnceError } from "@effectively-once/runtime";
import type { Store } from "@effectively-once/runtime/store";
import type { Answer } from "../../command.ts";
import { openStore } from "../../open-store.ts";
import type { Call } from "../../options.ts";
import type { StoreUrl } from "../../store-url.ts";

export async function make(call: Call, url: StoreUrl): Promise<Answer> {
  const { store, close } = await openStore(url, call.aws());
  try {
    return await call.output.during(`setting up ${url.shown}`, call.untilInterrupted(work(store, url)));
  } finally {
    // What was interrupted is given up: the process ends, and with it its connections.
    if (!call.interrupted.aborted) await close();
  }
}

async function work(store: Store<unknown>, url: StoreUrl): Promise<Answer> {
  const before = await problem(store);
  if (before === undefined) return answer(url, "found", []);
  // Whatever was found wanting: `setup` mends it, or says by itself why it cannot.
  await store.setup();
  // Who may make a table need not be who uses it, so that what is missing for that is no failure of this.
  const after = await problem(store);
  return answer(url, ACTIONS[before.code] ?? "found", after === undefined ? [] : [after.message]);
}

/** What the store's own check says, unless nothing can be made because nothing answers. */
async function problem(store: Store<unknown>): Promise<OnceError | undefined> {
  try {
    await store.check();
    return undefined;
  } catch (error) {
    if (isOnceError(error, "table-missing", "table-mismatch", "store-permission")) return error;
    throw error;
  }
}

type Action = "created" | "updated" | "found";
const ACTIONS: Partial<Record<ErrorCode, Action>> = {
  "table-missing": "created",
  "table-mismatch": "updated",
};
const SAYS: Record<Action, string> = {
  created: "the table of records was created",
  updated: "the table of records was there, and what it lacked was added",
  found: "the table of records was there; nothing to do",
};

function answer(url: StoreUrl, action: Action, warnings: readonly string[]): Answer {
  const lines = [`${url.shown}: ${SAYS[action]}`, ...warnings.map((warning) => `warning: ${warning}`)];
  return {
    exitCode: 0,
    data: { store: url.kind, storeUrl: url.shown, action, warnings },
    text: `${lines.join("\n")}\n`,
  };
}
