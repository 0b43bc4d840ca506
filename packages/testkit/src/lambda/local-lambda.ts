/** A Lambda function on this machine: one process per execution environment, warm reuse, frozen between invocations, killed at the timeout. */

import { randomUUID } from "node:crypto";
import { Environment } from "./environment.ts";
import { eventTooLarge, type InvokeResult, MAX_EVENT_BYTES, throttledError } from "./results.ts";
import { type LocalLambdaOptions, settingsOf } from "./settings.ts";

export interface LocalLambda {
  /**
   * Runs the handler with what JSON makes of `event` (`{}` when there is none), in an idle environment or in a new one.
   * What goes wrong in the function is in the result, not thrown.
   *
   * @throws TypeError when JSON cannot hold the event; Error after `shutdown`.
   */
  invoke(event: unknown): Promise<InvokeResult>;
  /** Process ids of the environments whose handler is running now: what a test kills or freezes. */
  running(): readonly number[];
  /** Ends every environment. Invocations in flight end as `crash`. */
  shutdown(): Promise<void>;
}

/** A stopped child does not notice that its parent is gone. */
const living = new Set<Environment>();
let guarding = false;

function guard(): void {
  if (guarding) return;
  guarding = true;
  process.on("exit", () => {
    for (const environment of living) environment.signal("SIGKILL");
  });
}

/**
 * Starts nothing until the first `invoke`. Every process it starts is ended by `shutdown`, and by the end of this
 * process unless that is itself killed.
 *
 * As in Lambda's Node.js 24: the context, the environment variables and the names of errors; an uncaught exception or
 * an unhandled rejection ends the environment; results go through JSON; event and reply have at most 6 MB.
 *
 * @example
 * const lambda = localLambda({ handler: "src/orders.ts#handler", timeoutMs: 5_000, memoryMb: 256 });
 * const result = await lambda.invoke({ Records: [] });
 * await lambda.shutdown();
 */
export function localLambda(options: LocalLambdaOptions): LocalLambda {
  const settings = settingsOf(options);
  const all = new Set<Environment>();
  const idle: Environment[] = [];
  const busy = new Set<Environment>();
  let closed = false;

  function start(): Environment {
    guard();
    const environment = new Environment(settings);
    all.add(environment);
    living.add(environment);
    void environment.ended.then(() => {
      all.delete(environment);
      living.delete(environment);
      const index = idle.indexOf(environment);
      if (index >= 0) idle.splice(index, 1);
    });
    return environment;
  }

  /** `undefined`: a warm environment had ended by itself; another one is to be taken. */
  async function runOn(warm: Environment | undefined, event: string): Promise<InvokeResult | undefined> {
    const environment = warm ?? start();
    busy.add(environment);
    try {
      environment.thaw();
      const failed = await environment.ready;
      if (failed) {
        environment.signal("SIGKILL");
        return { outcome: "init-error", error: failed };
      }
      const result = await environment.invoke(randomUUID(), event);
      if (result.outcome === "not-begun")
        return warm && !closed ? undefined : { outcome: "crash", error: result.error };
      if (result.outcome === "success" || result.outcome === "error") {
        environment.freeze();
        idle.push(environment);
      }
      return result;
    } finally {
      busy.delete(environment);
    }
  }

  return {
    async invoke(event) {
      if (closed) throw new Error("This local Lambda was shut down. Make another one with localLambda().");
      const json = JSON.stringify(event === undefined ? {} : event);
      if (json === undefined)
        throw new TypeError(`An event is what JSON can hold, got a ${typeof event}. Pass plain data.`);
      const bytes = Buffer.byteLength(json);
      if (bytes > MAX_EVENT_BYTES) return { outcome: "too-large", error: eventTooLarge(bytes) };
      if (busy.size >= settings.maxConcurrency)
        return { outcome: "throttled", error: throttledError(settings.maxConcurrency) };
      for (;;) {
        const result = await runOn(idle.pop(), json);
        if (result) return result;
      }
    },
    running: () => [...busy].flatMap(({ running, pid }) => (running ? (pid ?? []) : [])),
    async shutdown() {
      closed = true;
      const ending = [...all];
      if (settings.shutdownMs > 0)
        for (const environment of ending) {
          environment.signal("SIGTERM");
          environment.thaw();
        }
      const late = setTimeout(() => {
        for (const environment of ending) environment.signal("SIGKILL");
      }, settings.shutdownMs);
      if (settings.shutdownMs === 0) for (const environment of ending) environment.signal("SIGKILL");
      await Promise.all(ending.map(({ ended }) => ended));
      clearTimeout(late);
    },
  };
}
