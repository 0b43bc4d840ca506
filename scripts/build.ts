/**
 * Builds every package to its `dist`, in the order of their arrows, so that each sees the others as a user does: through
 * `exports`. Then compares `exports` and `dist`, both ways, and ends with 1 when they disagree.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { disagreements } from "./exports.ts";
import { packages, root } from "./packages.ts";
import { bundlePage } from "./picture.ts";

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/** `explain` prints the pages of the rules, wherever it is installed. */
function copyPages(cli: string): void {
  const pages = join(root, "docs/rules");
  mkdirSync(join(cli, "dist/rules/pages"), { recursive: true });
  for (const page of readdirSync(pages).filter((name) => /^[A-Z]+\d+\.md$/.test(name)))
    copyFileSync(join(pages, page), join(cli, "dist/rules/pages", page));
}

/** The picture's browser side: what it is made of is needed to build it, not to draw with it. */
async function bundlePicture(cli: string): Promise<void> {
  writeFileSync(join(cli, "dist/picture/page.json"), JSON.stringify(await bundlePage()));
}

let failed = false;
for (const { name, folder } of packages) {
  const startedMs = performance.now();
  // What is left of an earlier build would be packed with this one.
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  const built = spawnSync(process.execPath, [tsc, "-p", join(folder, "tsconfig.build.json")], {
    cwd: root,
    stdio: "inherit",
  });
  if (built.status === 0 && name === "effectively-once") {
    copyPages(folder);
    await bundlePicture(folder);
  }
  const wrong = built.status === 0 ? disagreements(folder) : ["it does not compile"];
  for (const line of wrong) console.error(`${name}: ${line}`);
  failed ||= wrong.length > 0;
  console.log(`${name} ${Math.round(performance.now() - startedMs)} ms`);
}
process.exitCode = failed ? 1 : 0;
