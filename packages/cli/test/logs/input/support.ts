/** Files in a folder of their own, and what is read from them. */

import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { type InputOptions, newReadCounts, openInputs } from "../../../src/logs/input/open.ts";
import type { ReadCounts } from "../../../src/logs/model.ts";

export function folder(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "detect-input-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

export interface Lines {
  readonly lines: readonly string[];
  readonly paths: readonly string[];
  readonly counts: ReadCounts;
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

export async function linesOf(
  paths: readonly string[],
  options: Partial<InputOptions> & { readonly stdin?: Readable } = {},
): Promise<Lines> {
  const counts = newReadCounts();
  const inputs = await openInputs(paths, { signal: new AbortController().signal, counts, ...options });
  const lines: string[] = [];
  for await (const { texts } of inputs.batches()) lines.push(...texts);
  return { lines, counts, paths: inputs.sources.map(({ path }) => path), problems: inputs.problems };
}
