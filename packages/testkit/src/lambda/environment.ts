/** One execution environment: a process that loads the handler once, runs one invocation at a time, and sleeps in between. */

import { type ChildProcess, fork } from "node:child_process";
import { extname, join } from "node:path";
import {
  type FromEnvironment,
  type HandlerError,
  isFromEnvironment,
  markOf,
  type ToEnvironment,
} from "./messages.ts";
import { Output } from "./output.ts";
import { initStartLine, reportLine, startLine } from "./platform-log.ts";
import { type Exit, exitError, type InvokeResult, named, timeoutError } from "./results.ts";
import type { LambdaSettings } from "./settings.ts";

/** The process ended by itself before the handler was called: nothing of the event has run. */
export type NotBegun = { readonly outcome: "not-begun"; readonly error: HandlerError };

const BOOTSTRAP = join(import.meta.dirname, `bootstrap${extname(import.meta.filename)}`);
/** A grandchild may hold the output open after the environment has ended; nobody waits for that. */
const OUTPUT_GRACE_MS = 1_000;

export class Environment {
  /** `undefined` when loaded, or why it could not be. */
  readonly ready: Promise<HandlerError | undefined>;
  /** Resolves when the process has ended and all that it said was read. Never rejects. */
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #settings: LambdaSettings;
  readonly #output: Output | undefined;
  readonly #startedMs = performance.now();
  /** Until the first report has told it. */
  #initMs: number | undefined;
  #running = false;
  #listen: (message: FromEnvironment) => void = () => {};
  #said: HandlerError | undefined;

  constructor(settings: LambdaSettings) {
    this.#settings = settings;
    const { onLog, logFormat = "" } = settings;
    const output = onLog ? "pipe" : "inherit";
    const env = settings.variables();
    this.#child = fork(BOOTSTRAP, [settings.file, settings.exportName, logFormat], {
      execArgv: [...settings.execArgv],
      env,
      stdio: ["ignore", output, output, "ipc"],
    });
    this.#child.on("message", (message) => {
      if (isFromEnvironment(message)) this.#hear(message);
      else settings.onMessage?.(message);
    });
    this.ended = this.#end();
    this.ready = this.#init();
    if (onLog) this.#output = new Output(this.#child, env["AWS_LAMBDA_LOG_STREAM_NAME"] ?? "", onLog);
    if (logFormat) this.#output?.platform(initStartLine(Date.now(), settings.functionName));
  }

  /** `undefined` when the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether the handler has been called and has not ended. */
  get running(): boolean {
    return this.#running;
  }

  /** Between invocations Lambda suspends the environment: timers and promises left running sleep. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }
  thaw(): void {
    this.#child.kill("SIGCONT");
  }
  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(name);
  }

  /** With a log format, the platform's lines stand around those of the handler. */
  async invoke(requestId: string, event: string): Promise<InvokeResult | NotBegun> {
    const output = this.#settings.logFormat ? this.#output : undefined;
    const [fromMs, startedMs] = [Date.now(), performance.now()];
    let begun = false;
    // The reader of its lines may be ahead of the channel that says that it has begun.
    output?.hold();
    const start = (): void => {
      output?.platform(startLine(fromMs, requestId));
      output?.release();
    };
    const result = await this.#invoke(requestId, event, () => {
      begun = true;
      start();
    });
    const durationMs = performance.now() - startedMs;
    const toMs = fromMs + Math.round(durationMs);
    if (result.outcome === "not-begun") {
      output?.release();
      return result;
    }
    if (output) {
      if (!begun) start();
      await Promise.race([output.until(markOf(requestId)), this.ended]);
      const { memoryMb } = this.#settings;
      const initMs = this.#initMs;
      this.#initMs = undefined;
      output.platform(reportLine({ requestId, result, endMs: toMs, durationMs, initMs, memoryMb }));
    }
    return begun ? { ...result, ran: { requestId, fromMs, toMs } } : result;
  }

  async #invoke(requestId: string, event: string, begun: () => void): Promise<InvokeResult | NotBegun> {
    const { timeoutMs, functionArn } = this.#settings;
    let timedOut = false;
    const answered = new Promise<InvokeResult>((resolve) => {
      this.#listen = (said) => {
        if (!("requestId" in said) || said.requestId !== requestId) return;
        if (said.kind === "begun") {
          this.#running = true;
          begun();
        } else if (said.kind === "error") resolve({ outcome: "error", error: said.error });
        else resolve({ outcome: "success", reply: JSON.parse(said.reply) });
      };
    });
    // A frozen process is killed as well; that it answers at the last moment does not save it.
    let kill = () => {};
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    const killed = new Promise<InvokeResult>((resolve) => {
      kill = () => {
        this.signal("SIGKILL");
        void this.ended.then(() => resolve({ outcome: "timeout", error: timeoutError(timeoutMs) }));
      };
    });
    const died = this.ended.then((exit): Promise<InvokeResult> | InvokeResult | NotBegun => {
      if (timedOut) return killed;
      const error = exitError(exit);
      // What somebody kills is a crash wherever it was; what ended by itself while nobody looked is nobody's invocation.
      return this.#running || exit.signal ? { outcome: "crash", error } : { outcome: "not-begun", error };
    });
    const message: ToEnvironment = {
      requestId,
      deadlineAtMs: Date.now() + timeoutMs,
      invokedFunctionArn: functionArn,
      event,
    };
    // A channel that is closed is that of a process that has ended; `died` says so.
    if (this.#child.connected) this.#child.send(message, () => {});
    const result = await Promise.race([answered, killed, died]);
    clearTimeout(timer);
    this.#listen = () => {};
    this.#running = false;
    return timedOut ? killed : result;
  }

  #hear(message: FromEnvironment): void {
    if (message.kind === "fatal") this.#said = message.error;
    this.#listen(message);
  }

  #init(): Promise<HandlerError | undefined> {
    const { initTimeoutMs, file } = this.#settings;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.signal("SIGKILL");
        done(named("Sandbox.Timedout", `${file} was not loaded within ${initTimeoutMs} ms.`));
      }, initTimeoutMs);
      const done = (error: HandlerError | undefined): void => {
        clearTimeout(timer);
        resolve(error);
      };
      this.#listen = (said) => {
        if (said.kind === "ready") {
          this.#initMs = performance.now() - this.#startedMs;
          done(undefined);
        } else if (said.kind === "init-error" || said.kind === "fatal") done(said.error);
      };
      void this.ended.then((exit) => done(exitError(exit)));
    });
  }

  #end(): Promise<Exit> {
    const child = this.#child;
    return new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void =>
        resolve({ code, signal, said: this.#said });
      child.once("close", ended);
      child.once("exit", (code, signal) => {
        setTimeout(() => ended(code, signal), OUTPUT_GRACE_MS).unref();
      });
      child.once("error", (error) => {
        this.#said ??= named("Runtime.StartError", `The environment could not be started: ${error.message}`);
        if (child.pid === undefined) ended(null, null);
      });
    });
  }
}
