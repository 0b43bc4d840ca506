/** The handler in processes of its own, and anew when a file beside it changes. */

import { type FSWatcher, watch } from "node:fs";
import { dirname, sep } from "node:path";
import { EVENT_KIND, EVENTS_VARIABLE } from "@effectively-once/runtime/schema";
import { type InvokeResult, type LocalLambda, localLambda } from "@effectively-once/testkit/lambda";
import type { DevSettings } from "./settings.ts";

/** What a guarded handler says of a delivery. */
export interface Told {
  readonly kind: string;
  readonly messageId?: string;
  readonly verdict?: string;
  readonly origin?: string;
  readonly ending?: string;
  readonly key?: string;
  readonly attempt?: number;
  readonly error?: { readonly code?: string; readonly message: string };
}

export interface DevFunction {
  invoke(event: unknown): Promise<InvokeResult>;
  /** The last word of the handler's guard on a message. */
  told(messageId: string): Told | undefined;
  close(): Promise<void>;
}

export interface FunctionOptions {
  readonly settings: DevSettings;
  readonly region: string | undefined;
  /** Besides the template's. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (text: string) => void;
  readonly onWarning: (told: Told) => void;
  readonly onReload: (file: string) => void;
}

const SETTLE_MS = 150;
const IGNORED = ["node_modules", ".git", "dist"];

export function startFunction(options: FunctionOptions): DevFunction {
  const { settings, env } = options;
  const told = new Map<string, Told>();
  const make = (): LocalLambda =>
    localLambda({
      handler: settings.handler,
      timeoutMs: settings.timeoutSeconds * 1_000,
      memoryMb: settings.memoryMb,
      functionName: "dev",
      ...(options.region === undefined ? {} : { region: options.region }),
      env: { ...env, ...settings.env, [EVENTS_VARIABLE]: "ipc" },
      onLog: ({ text }) => options.onLine(text),
      onMessage: (message) => {
        const event = eventIn(message);
        if (event?.kind === "warning") options.onWarning(event);
        else if (event?.messageId !== undefined) told.set(event.messageId, event);
      },
    });
  let current = { lambda: make(), running: 0, old: false };
  const ending = new Set<Promise<void>>();

  function endIfIdle(one: typeof current): void {
    if (!one.old || one.running > 0) return;
    const gone = one.lambda.shutdown().finally(() => ending.delete(gone));
    ending.add(gone);
  }

  const watcher = watching(settings.handler, (file) => {
    const before = current;
    before.old = true;
    current = { lambda: make(), running: 0, old: false };
    options.onReload(file);
    endIfIdle(before);
  });
  return {
    async invoke(event) {
      const one = current;
      one.running += 1;
      try {
        return await one.lambda.invoke(event);
      } finally {
        one.running -= 1;
        // What was in flight when a file changed has ended in the old code.
        endIfIdle(one);
      }
    },
    told: (messageId) => {
      const found = told.get(messageId);
      told.delete(messageId);
      return found;
    },
    async close() {
      watcher?.close();
      current.old = true;
      await current.lambda.shutdown();
      await Promise.all(ending);
    },
  };
}

function eventIn(message: unknown): Told | undefined {
  const { kind, event } = (message ?? {}) as { readonly kind?: unknown; readonly event?: Told };
  return kind === EVENT_KIND ? event : undefined;
}

/** Editors write a file in several steps: one change is what settles. */
function watching(handler: string, changed: (file: string) => void): FSWatcher | undefined {
  let timer: NodeJS.Timeout | undefined;
  try {
    const watcher = watch(dirname(handler.split("#")[0] ?? "."), { recursive: true }, (_kind, file) => {
      if (file === null || !/\.(m?[jt]s|json)$/.test(file)) return;
      if (file.split(sep).some((part) => IGNORED.includes(part))) return;
      clearTimeout(timer);
      timer = setTimeout(() => changed(file), SETTLE_MS);
    });
    watcher.on("error", () => {});
    return watcher;
  } catch {
    // A folder that is not there is named when the handler is loaded.
    return undefined;
  }
}
