/** Which files and folders to audit: those that were named, or what a folder holds. */

import { statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { type Files, InputProblem } from "../../facts/files.ts";

/** Something that can be audited, as far as its name tells. `asked`: it was named, so that it must be one. */
export type Found = { readonly path: string; readonly asked: boolean } & (
  | { readonly kind: "file" }
  | { readonly kind: "assembly" }
  | { readonly kind: "terraform" }
);

/** Made by tools, or somebody else's: what is in them was made from something that is looked at. */
const SKIPPED = [
  "node_modules",
  ".git",
  ".aws-sam",
  ".serverless",
  ".terraform",
  ".venv",
  "venv",
  "site-packages",
  "__pycache__",
];
const FILES = "**/*.{yaml,yml,json,template,tf}";

export interface Scan {
  readonly found: readonly Found[];
  /** Folders that were searched, for the sentence when nothing was found. */
  readonly searched: readonly string[];
}

/**
 * @param paths files, folders and globs; none: the working directory
 * @throws InputProblem for a path that is not there
 */
export async function find(paths: readonly string[], files: Files, cwd = process.cwd()): Promise<Scan> {
  const found = new Map<string, Found>();
  const searched: string[] = [];
  const add = (one: Found): void => {
    const before = found.get(one.path);
    if (!before || one.asked) found.set(one.path, one);
  };
  for (const path of paths.length === 0 ? ["."] : paths) {
    const kind = kindOf(resolve(cwd, path));
    if (kind === "folder") {
      searched.push(path);
      for (const one of await inFolder(path, files, cwd)) add(one);
    } else if (kind === "file") add(ofFile(path, true));
    else if (isDynamicPattern(path)) {
      const matches = await glob(path.split(sep).join("/"), { cwd, dot: true, ignore: ignored() });
      if (matches.length === 0) throw new InputProblem(`${path} matches no file.`);
      for (const match of matches.toSorted()) add(ofFile(match, true));
    } else throw new InputProblem(`${path} is not there. Give a file, a folder, or a glob in quotes.`);
  }
  return { found: [...found.values()].toSorted(byPath), searched };
}

/** A `.tf` file is a part of its folder's module, and is read with the rest of it. */
function ofFile(path: string, asked: boolean): Found {
  if (path.endsWith(".tf") || path.endsWith(".tf.json"))
    return { kind: "terraform", path: dirname(path), asked };
  return { kind: "file", path, asked };
}

async function inFolder(folder: string, files: Files, cwd: string): Promise<readonly Found[]> {
  if (files.names(resolve(cwd, folder)).includes("manifest.json") && isAssembly(resolve(cwd, folder), files))
    return [{ kind: "assembly", path: folder, asked: true }];
  const names = await glob(FILES, { cwd: resolve(cwd, folder), dot: true, ignore: ignored() });
  const all = names.toSorted().map((name) => join(folder, name));
  const assemblies = all
    .filter((path) => basename(path) === "manifest.json" && isAssembly(resolve(cwd, dirname(path)), files))
    .map(dirname)
    // An assembly within one is read through the outer one.
    .filter((path, _, every) => !every.some((other) => other !== path && isWithin(path, other)));
  const rest = all.filter((path) => !assemblies.some((assembly) => isWithin(path, assembly)));
  const found = new Map<string, Found>();
  for (const path of assemblies) found.set(path, { kind: "assembly", path, asked: false });
  for (const path of rest) {
    const one = ofFile(path, false);
    found.set(one.path, one);
  }
  return [...found.values()];
}

function ignored(): string[] {
  return SKIPPED.map((name) => `**/${name}/**`);
}

function isAssembly(folder: string, files: Files): boolean {
  const text = files.text(join(folder, "manifest.json"));
  return text !== undefined && /"aws:cloudformation:stack"|"cdk:|"artifacts"/.test(text);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith("..");
}

function kindOf(path: string): "file" | "folder" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

function byPath(left: Found, right: Found): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}
