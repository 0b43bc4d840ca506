/** The published packages, in the order of their arrows: each needs only those before it. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root: string = resolve(import.meta.dirname, "..");

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

export interface Package {
  readonly name: string;
  readonly folder: string;
}

export const packages: readonly Package[] = ["runtime", "testkit", "cli"].map((room) => {
  const folder = join(root, "packages", room);
  return { name: manifestOf(folder).name, folder };
});
