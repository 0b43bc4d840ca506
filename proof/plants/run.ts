/** Plants one fault at a time in a copy of the workspace, and runs the checks that must find it. */

import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { whenInterrupted } from "../ending.ts";
import type { Edit, Plant } from "./plant.ts";

export interface Checked {
  readonly passed: number;
  /** The first test that failed, as "file › name". */
  readonly failed: string | undefined;
}

/** @throws Error when the place is not there exactly once: the code has moved on, and the plant must follow. */
export function edited(text: string, { file, find, put }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(
      `${file}: the place of a planted fault is there ${parts.length - 1} times, expected once. Look for what has become of: ${find}`,
    );
  return parts.join(put);
}

/** Applies the plant, runs its checks, and takes it back. */
export async function tryPlant(folder: string, plant: Plant, env: NodeJS.ProcessEnv): Promise<Checked> {
  const before = new Map<string, string>();
  try {
    for (const edit of plant.edits) {
      const path = join(folder, edit.file);
      const text = readFileSync(path, "utf8");
      if (!before.has(path)) before.set(path, text);
      writeFileSync(path, edited(text, edit));
    }
    return await check(folder, plant.project, plant.checks, env, true);
  } finally {
    for (const [path, text] of before) writeFileSync(path, text);
  }
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export async function check(
  folder: string,
  project: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  bail: boolean,
): Promise<Checked> {
  const report = join(folder, "report.json");
  rmSync(report, { force: true });
  // A check that a loaded machine has failed passes when it is run again; a fault fails it three times.
  const { said } = await node(
    folder,
    [
      "node_modules/vitest/vitest.mjs",
      ...["run", "--project", project, "--reporter", "json", "--outputFile", report, "--retry", "2"],
      ...(bail ? ["--bail", "1"] : []),
      ...files,
    ],
    env,
  );
  let read: Report;
  try {
    read = JSON.parse(readFileSync(report, "utf8")) as Report;
  } catch (cause) {
    throw new Error(`The checks did not run: ${said.slice(-2_000)}`, { cause });
  }
  const file = read.testResults.find((one) => one.status === "failed");
  const test = file?.assertionResults.find((one) => one.status === "failed");
  const short = file?.name.slice(folder.length + 1);
  return {
    passed: read.numPassedTests,
    failed:
      file &&
      `${short} › ${test?.fullName ?? (file.message?.split("\n")[0] || "an unhandled error, or it did not load")}`,
  };
}

/** A fault may make a test wait for ever: that is found too, but by the clock. */
const LIMIT_MS = 900_000;

function node(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    const closed = new Promise<void>((done) => child.once("close", () => done()));
    const taken = whenInterrupted(() => (child.kill("SIGTERM"), closed));
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (said += text.toString()));
    child.once("error", reject);
    child.once("close", () => {
      taken();
      clearTimeout(timer);
      resolve({ said });
    });
  });
}
