/** Runs inside each execution environment: loads the handler once, then answers invocations one at a time. */

import { pathToFileURL } from "node:url";
import type { FromEnvironment, ToEnvironment } from "./messages.ts";

const [file = "", name = "handler"] = process.argv.slice(2);

function tell(message: FromEnvironment): void {
  process.send?.(message);
}

function told(error: unknown): { readonly name: string; readonly message: string; readonly stack: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack ?? "" }
    : { name: "Error", message: String(error), stack: "" };
}

type Handler = (event: unknown, context: object) => unknown;

async function load(): Promise<Handler> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const handler = module[name];
  if (typeof handler !== "function")
    throw new Error(`${file} exports no function "${name}". It exports: ${Object.keys(module).join(", ")}.`);
  return handler as Handler;
}

// Without its parent nobody would ever end this process.
process.on("disconnect", () => process.exit(0));

try {
  const handler = await load();
  process.on("message", async (invoke: ToEnvironment) => {
    const context = {
      functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
      functionVersion: "$LATEST",
      invokedFunctionArn: `arn:aws:lambda:${process.env["AWS_REGION"]}:000000000000:function:${process.env["AWS_LAMBDA_FUNCTION_NAME"]}`,
      memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
      awsRequestId: invoke.requestId,
      getRemainingTimeInMillis: () => Math.max(0, invoke.deadlineAtMs - Date.now()),
    };
    try {
      tell({
        kind: "reply",
        requestId: invoke.requestId,
        reply: (await handler(invoke.event, context)) ?? null,
      });
    } catch (error) {
      tell({ kind: "error", requestId: invoke.requestId, error: told(error) });
    }
  });
  tell({ kind: "ready" });
} catch (error) {
  tell({ kind: "init-error", error: told(error) });
}
