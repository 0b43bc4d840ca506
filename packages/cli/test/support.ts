/** The command line as a user runs it: a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const BIN = join(import.meta.dirname, "../src/bin.ts");

export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly out: string;
    readonly err: string;
  }>;
  /** Waits until stderr has a line that fits. */
  said(pattern: RegExp): Promise<void>;
}

export function effectivelyOnce(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--conditions=@effectively-once/source", BIN, ...args],
    { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let err = "";
  const waiting: { readonly pattern: RegExp; readonly found: () => void }[] = [];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
    for (const { pattern, found } of waiting) if (pattern.test(err)) found();
  });
  return {
    child,
    ended: new Promise((done) => child.once("close", (code, signal) => done({ code, signal, out, err }))),
    said: (pattern) =>
      new Promise((found, failed) => {
        if (pattern.test(err)) return found();
        waiting.push({ pattern, found });
        child.once("close", () => failed(new Error(`ended without saying ${String(pattern)}: ${err}`)));
      }),
  };
}
