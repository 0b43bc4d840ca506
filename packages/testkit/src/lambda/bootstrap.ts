/** Runs inside each execution environment: loads the handler once, then answers invocations one at a time. */

import { jsonConsole } from "./json-console.ts";
import { type Handler, loadHandler } from "./load-handler.ts";
import { type FromEnvironment, type HandlerError, markOf, type ToEnvironment } from "./messages.ts";
import { MAX_REPLY_BYTES, named } from "./results.ts";

const [file = "", name = "handler", logFormat = ""] = process.argv.slice(2);
let running = false;

// Kept before a handler can replace them.
const streams = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream));
const log = logFormat === "json" ? jsonConsole((line) => void streams[0]?.(line)) : undefined;

/** All that was written before the reply is to be told from what comes after it. */
async function marked(requestId: string): Promise<void> {
  if (!log) return;
  const mark = `${markOf(requestId)}\n`;
  await Promise.all(streams.map((write) => new Promise<void>((resolve) => write(mark, () => resolve()))));
}

function tell(message: FromEnvironment, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
}

/** As Lambda tells it: `errorType` is the error's name, or the type of what was thrown instead of an error. */
function told(error: unknown): HandlerError {
  try {
    if (error instanceof Error)
      return { name: String(error.name), message: String(error.message), stack: String(error.stack ?? "") };
    return named(typeof error, String(error));
  } catch {
    return named("handled", "What was thrown could not be read: its name, message or stack throws itself.");
  }
}

function end(error: HandlerError, exitCode: number): void {
  log?.failed(error);
  tell({ kind: "fatal", error }, () => process.exit(exitCode));
}

// Without its parent nobody would ever end this process.
process.on("disconnect", () => process.exit(0));
// Exit codes as Lambda's runtime client has them.
process.on("uncaughtException", (error) => end(told(error), 129));
process.on("unhandledRejection", (reason) => {
  const { message, stack } = told(reason);
  end({ name: "Runtime.UnhandledPromiseRejection", message, stack }, 128);
});
process.on("beforeExit", () => {
  if (!running) return;
  const message =
    "Nothing is left to do and the handler's promise is not settled, so it never will be. Look for a promise that is not resolved.";
  end(named("Runtime.NodeJsExit", message), 13);
});

function contextOf({ requestId, deadlineAtMs, invokedFunctionArn }: ToEnvironment): object {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: env["AWS_LAMBDA_FUNCTION_VERSION"],
    invokedFunctionArn,
    memoryLimitInMB: env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    awsRequestId: requestId,
    logGroupName: env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: env["AWS_LAMBDA_LOG_STREAM_NAME"],
    identity: undefined,
    clientContext: undefined,
    getRemainingTimeInMillis: () => deadlineAtMs - Date.now(),
  };
}

async function run(handler: Handler, invoke: ToEnvironment): Promise<FromEnvironment> {
  const { requestId } = invoke;
  let reply: string | undefined;
  let value: unknown;
  try {
    value = await handler(JSON.parse(invoke.event), contextOf(invoke));
  } catch (error) {
    return { kind: "error", requestId, error: told(error) };
  }
  try {
    reply = JSON.stringify(value === undefined ? null : value);
    if (reply === undefined) throw new TypeError(`it is a ${typeof value}`);
  } catch (error) {
    const message = `Unable to stringify response body: ${told(error).message}`;
    return { kind: "error", requestId, error: named("Runtime.JSONStringifyError", message) };
  }
  if (Buffer.byteLength(reply) > MAX_REPLY_BYTES) {
    const message = `Response payload size exceeded maximum allowed payload size (${MAX_REPLY_BYTES} bytes).`;
    return { kind: "error", requestId, error: named("Function.ResponseSizeTooLarge", message) };
  }
  return { kind: "reply", requestId, reply };
}

try {
  // Only what the handler's file does keeps the process alive while it loads.
  process.channel?.unref();
  const handler = await loadHandler(file, name);
  process.channel?.ref();
  process.on("message", async (invoke: ToEnvironment) => {
    tell({ kind: "begun", requestId: invoke.requestId });
    running = true;
    if (log) log.requestId = invoke.requestId;
    // Only the handler's own work keeps the process alive while it runs, as in Lambda.
    process.channel?.unref();
    const ended = await run(handler, invoke);
    process.channel?.ref();
    running = false;
    if (ended.kind === "error") log?.failed(ended.error);
    await marked(invoke.requestId);
    tell(ended);
  });
  tell({ kind: "ready" });
} catch (error) {
  tell({ kind: "init-error", error: told(error) });
}
