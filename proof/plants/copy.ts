/** Copies of the workspace that may be broken: their sources are their own, everything installed is linked. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whenInterrupted } from "../ending.ts";

export const ROOT: string = join(import.meta.dirname, "../..");
const OWN = "@effectively-once";

export function copyWorkspace(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-plants-"));
  const skipped = new Set(["node_modules", ".git", "dist", "coverage", "docs"]);
  for (const name of readdirSync(ROOT))
    if (!skipped.has(name))
      cpSync(join(ROOT, name), join(folder, name), {
        recursive: true,
        filter: (path) => !/[/\\](node_modules|dist)([/\\]|$)/.test(path.slice(ROOT.length)),
      });
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, OWN), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (name !== OWN && !name.startsWith(".vi"))
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  // The links of a workspace are relative, so the same link leads to the copy's own packages.
  for (const name of readdirSync(join(ROOT, "node_modules", OWN)))
    symlinkSync(readlinkSync(join(ROOT, "node_modules", OWN, name)), join(modules, OWN, name));
  const removed = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const taken = whenInterrupted(removed);
  return { folder, remove: () => (taken(), removed()) };
}

/** Each item in one of as many copies as go side by side; `first` is done in one of them before its first item. */
export async function inCopies<Item>(
  parallel: number,
  items: readonly Item[],
  work: (folder: string, item: Item) => Promise<void>,
  first: (folder: string) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  async function lane(isFirst: boolean): Promise<void> {
    const { folder, remove } = copyWorkspace();
    try {
      if (isFirst) await first(folder);
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(folder, item);
    } finally {
      remove();
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, index) => lane(index === 0)));
}
