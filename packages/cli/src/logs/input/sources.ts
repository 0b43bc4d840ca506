/** Which files are meant by the paths that were given: files, folders, globs, and `-` for standard input. */

import { realpathSync, statSync } from "node:fs";
import { basename, dirname, sep } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { Usage } from "../../usage.ts";

/** One file, or standard input. */
export interface Source {
  /** As it is to be named to people; `-` is standard input. */
  readonly path: string;
  /** `undefined`: it cannot be known before it has been read. */
  readonly bytes: number | undefined;
  /** What stands for the log stream of lines that name none. */
  readonly stream: string;
}

/** A part of an export to S3: `…/<task>/<log stream, with dashes>/000000.gz`. */
const EXPORT_PART = /^\d{6}(\.gz)?$/;
/** Written by CloudWatch Logs to try its permission, before an export. */
const WRITE_TEST = "aws-logs-write-test";

/**
 * In a fixed order, each file once however often it was named.
 *
 * @throws Usage for a path where nothing is, and for a folder or glob without any file
 */
export async function sourcesOf(paths: readonly string[]): Promise<readonly Source[]> {
  if (paths.length === 0)
    throw new Usage("no logs were named. Give files, folders or globs, or - for standard input.");
  const sources = new Map<string, Source>();
  for (const path of paths) {
    if (path === "-") sources.set("-", { path, bytes: undefined, stream: "-" });
    else for (const file of await filesOf(path)) addFile(sources, file);
  }
  return [...sources.values()];
}

function addFile(sources: Map<string, Source>, file: string): void {
  try {
    const stats = statSync(file);
    const real = realpathSync(file);
    if (!sources.has(real))
      sources.set(real, {
        path: file,
        bytes: stats.isFile() ? stats.size : undefined,
        stream: streamOf(file),
      });
  } catch {
    // What became of it is said when it is opened.
    sources.set(file, { path: file, bytes: 0, stream: streamOf(file) });
  }
}

/** Parts of one stream's export belong together. */
function streamOf(file: string): string {
  return EXPORT_PART.test(basename(file)) ? dirname(file) : file;
}

async function filesOf(path: string): Promise<readonly string[]> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    const within = await glob("**/*", { cwd: path, dot: false, expandDirectories: false });
    return someOf(
      within.map((name) => (path.endsWith("/") || path.endsWith(sep) ? path + name : `${path}/${name}`)),
      `the folder ${path} holds no files`,
    );
  }
  // A name with brackets may be a file's own: log streams' names have some.
  if (stats !== undefined) return [path];
  if (!isDynamicPattern(path))
    throw new Usage(`${path} does not exist. Give files, folders or globs, or - for standard input.`);
  const absolute = path.startsWith("/");
  const found = await glob(path, { dot: false, expandDirectories: false, absolute });
  return someOf(found, `no file matches ${path}`);
}

function someOf(files: readonly string[], otherwise: string): readonly string[] {
  const logs = files.filter((file) => basename(file) !== WRITE_TEST);
  if (logs.length === 0)
    throw new Usage(`${otherwise}. Give files, folders or globs, or - for standard input.`);
  return logs.toSorted(byName.compare);
}

/** `part-2` before `part-10`. */
const byName = new Intl.Collator("en", { numeric: true });
