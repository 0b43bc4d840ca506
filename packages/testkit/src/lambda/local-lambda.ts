/** A Lambda function on this machine: one process per execution environment, warm reuse, frozen between invocations, killed at the timeout. */

import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { extname, join, resolve } from "node:path";
import type { FromEnvironment, HandlerError } from "./messages.ts";

export interface LocalLambdaOptions {
  /** `path/to/file.ts#export`; the export is `handler` when none is named. */
  readonly handler: string;
  /** The function's timeout. The environment is killed then, as Lambda does. */
  readonly timeoutMs: number;
  /** @default "local" */
  readonly functionName?: string;
  /** How many environments there are at most; one more invocation is throttled. @default 10 */
  readonly maxConcurrency?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export type InvokeResult =
  | { readonly outcome: "success"; readonly reply: unknown }
  | { readonly outcome: "error" | "init-error"; readonly error: HandlerError }
  /** `timeout`: killed at the function's timeout. `crash`: the process died by itself or by somebody's hand. */
  | { readonly outcome: "timeout" | "crash" | "throttled" };

export interface LocalLambda {
  invoke(event: unknown): Promise<InvokeResult>;
  /** Process ids of the environments that are running an invocation now: what a test kills or freezes. */
  running(): readonly number[];
  shutdown(): Promise<void>;
}

interface Environment {
  readonly child: ChildProcess;
  readonly ready: Promise<FromEnvironment>;
}

const OWN = import.meta.filename;

/**
 * Starts nothing until the first `invoke`. Every process it starts is ended by `shutdown`, and by the end of this process.
 *
 * @example
 * const lambda = localLambda({ handler: "src/orders.ts#handler", timeoutMs: 5_000 });
 * const result = await lambda.invoke({ Records: [] });
 * await lambda.shutdown();
 */
export function localLambda(options: LocalLambdaOptions): LocalLambda {
  const [file = "", name = "handler"] = options.handler.split("#");
  const max = options.maxConcurrency ?? 10;
  const all = new Set<Environment>();
  const idle: Environment[] = [];
  const busy = new Set<Environment>();
  // A stopped child does not notice that its parent is gone.
  const killAll = () => {
    for (const { child } of all) child.kill("SIGKILL");
  };
  process.on("exit", killAll);

  function start(): Environment {
    const child = fork(join(import.meta.dirname, `bootstrap${extname(OWN)}`), [resolve(file), name], {
      execArgv: [
        "--disable-warning=ExperimentalWarning",
        ...(extname(OWN) === ".ts" ? ["--conditions=@effectively-once/source"] : []),
      ],
      env: {
        ...process.env,
        AWS_LAMBDA_FUNCTION_NAME: options.functionName ?? "local",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_REGION: "eu-west-1",
        ...options.env,
      },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ready = new Promise<FromEnvironment>((done) => {
      child.once("message", (message) => done(message as FromEnvironment));
      child.once("exit", () =>
        done({
          kind: "init-error",
          error: { name: "Error", message: "the process ended while it loaded", stack: "" },
        }),
      );
    });
    const environment = { child, ready };
    all.add(environment);
    child.once("exit", () => {
      all.delete(environment);
      busy.delete(environment);
      const index = idle.indexOf(environment);
      if (index >= 0) idle.splice(index, 1);
    });
    return environment;
  }

  async function invoke(event: unknown): Promise<InvokeResult> {
    if (busy.size >= max) return { outcome: "throttled" };
    const environment = idle.pop() ?? start();
    busy.add(environment);
    environment.child.kill("SIGCONT");
    const first = await environment.ready;
    if (first.kind === "init-error") {
      environment.child.kill("SIGKILL");
      return { outcome: "init-error", error: first.error };
    }
    const result = await run(environment.child, event, options.timeoutMs);
    busy.delete(environment);
    if (result.outcome === "success" || result.outcome === "error") {
      // Between invocations Lambda suspends the environment: timers and promises left running sleep.
      environment.child.kill("SIGSTOP");
      idle.push(environment);
    }
    return result;
  }

  return {
    invoke,
    running: () => [...busy].flatMap(({ child }) => child.pid ?? []),
    async shutdown() {
      process.off("exit", killAll);
      const gone = [...all].map(({ child }) => new Promise((done) => child.once("exit", done)));
      killAll();
      await Promise.all(gone);
    },
  };
}

function run(child: ChildProcess, event: unknown, timeoutMs: number): Promise<InvokeResult> {
  const requestId = randomUUID();
  return new Promise((done) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    const end = (result: InvokeResult) => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      done(result);
    };
    const onExit = () => end({ outcome: timedOut ? "timeout" : "crash" });
    const onMessage = (message: unknown) => {
      const said = message as FromEnvironment;
      if (!("requestId" in said) || said.requestId !== requestId) return;
      end(
        said.kind === "reply"
          ? { outcome: "success", reply: said.reply }
          : { outcome: "error", error: said.error },
      );
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.send({ requestId, deadlineAtMs: Date.now() + timeoutMs, event }, (error) => error && onExit());
  });
}
