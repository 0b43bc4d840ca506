/** Finds the handler in its file. What is wrong with it gets the name that Lambda gives to it. */

import { pathToFileURL } from "node:url";

export type Handler = (event: unknown, context: object) => unknown;

class LoadError extends Error {
  constructor(name: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = name;
    if (cause instanceof Error && cause.stack !== undefined) this.stack = cause.stack;
  }
}

export async function loadHandler(file: string, name: string): Promise<Handler> {
  const module = await load(file);
  // As in Lambda: a dotted name goes into nested objects, and the default export is looked into last.
  const found = nested(module, name) ?? nested(module["default"], name);
  if (typeof found !== "function") {
    const is =
      found === undefined ? "exports no" : `exports as "${name}" no function but ${typeof found}, and no`;
    throw new LoadError(
      "Runtime.HandlerNotFound",
      `${file} ${is} function "${name}". It exports: ${Object.keys(module).join(", ") || "nothing"}. Name the handler as file#export.`,
    );
  }
  if (found.length >= 3)
    throw new LoadError(
      "Runtime.CallbackHandlerDeprecated",
      `"${name}" takes a callback as its third argument, which Lambda's Node.js 24 has removed. Make it an async function of (event, context).`,
    );
  return found as Handler;
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    const said = String(cause);
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?tsx?$/.test(file))
      throw new LoadError(
        "Runtime.ImportModuleError",
        `${said}. Node ${process.version} does not run TypeScript by itself: use Node 22.18 or later, name the built file, or pass a loader in execArgv.`,
        cause,
      );
    if (
      code === "ERR_MODULE_NOT_FOUND" ||
      code === "MODULE_NOT_FOUND" ||
      code === "ERR_UNKNOWN_FILE_EXTENSION"
    )
      throw new LoadError("Runtime.ImportModuleError", said, cause);
    if (cause instanceof SyntaxError) throw new LoadError("Runtime.UserCodeSyntaxError", said, cause);
    throw cause;
  }
}

function nested(from: unknown, name: string): unknown {
  let found: unknown = from;
  for (const part of name.split(".")) {
    if ((typeof found !== "object" && typeof found !== "function") || found === null) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}
