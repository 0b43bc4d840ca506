/** A copy of the workspace that may be broken: its sources are its own, everything installed is linked. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
