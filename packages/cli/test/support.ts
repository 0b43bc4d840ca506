/** The command line as a user runs it: a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { vi } from "vitest";
import type { Answer, Command } from "../src/command.ts";
import { main } from "../src/main.ts";
import { readCall } from "../src/options.ts";

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

/** What a command answers, without a process of its own. */
export function answerOf(command: Command, ...args: readonly string[]): Promise<Answer> {
  const asked = {
    name: "setup",
    command,
    args,
    commands: ["setup"],
    interrupted: new AbortController().signal,
  };
  return command.run(readCall(asked));
}

/** All that a call prints, and its exit code, without a process of its own. */
export async function called(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const hear =
    (name: "out" | "err") =>
    (text: unknown): true => {
      said[name] += String(text);
      return true;
    };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(hear("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(hear("err")),
  ];
  try {
    const code = await main(args, new AbortController().signal);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

export function effectivelyOnce(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
  /** What stands on its stdin. */
  input?: string,
): Run {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--conditions=@effectively-once/source", BIN, ...args],
    {
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  child.stdin.end(input);
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
