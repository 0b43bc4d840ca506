/** Whether what a package says it exports is what was built, and the other way round. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestOf } from "./packages.ts";

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));

/** One sentence per disagreement; none when all is well. */
export function disagreements(folder: string): readonly string[] {
  const { exports, bin = {} } = manifestOf(folder);
  const wrong: string[] = [];
  const exported = new Set<string>();
  const missing = (target: string): boolean => !existsSync(join(folder, target));
  for (const [subpath, target] of Object.entries(exports)) {
    const says = `exports["${subpath}"]`;
    if (typeof target === "string") {
      if (missing(target)) wrong.push(`${says} names ${target}, which is not there.`);
      continue;
    }
    const stem = /^\.\/dist\/(.+)\.js$/.exec(target["default"] ?? "")?.[1];
    // The order matters: a resolver takes the first condition that it knows, and `default` is known to all.
    const want = {
      "@effectively-once/source": `./src/${stem}.ts`,
      types: `./dist/${stem}.d.ts`,
      default: `./dist/${stem}.js`,
    };
    if (JSON.stringify(target) !== JSON.stringify(want))
      wrong.push(`${says} is ${JSON.stringify(target)}; write ${JSON.stringify(want)}.`);
    for (const file of Object.values(want))
      if (missing(file)) wrong.push(`${says} names ${file}, which is not there.`);
    exported.add(`${stem}.js`);
  }
  for (const target of Object.values(bin))
    if (missing(target) || !readFileSync(join(folder, target), "utf8").startsWith("#!/usr/bin/env node\n"))
      wrong.push(`bin names ${target}, which is not there or does not start with #!/usr/bin/env node.`);

  const built = filesIn(join(folder, "dist")).filter((file) => file.endsWith(".js"));
  const sources = filesIn(join(folder, "src")).filter((file) => /(?<!\.test|\.test-d)\.ts$/.test(file));
  for (const file of built) {
    if (/(^|\/)index\.js$/.test(file) && !exported.has(file))
      wrong.push(`dist/${file} is built, and exports does not name it: an index.ts is a face.`);
    if (!sources.includes(file.replace(/\.js$/, ".ts"))) wrong.push(`dist/${file} has no source.`);
  }
  for (const file of sources)
    if (!built.includes(file.replace(/\.ts$/, ".js"))) wrong.push(`src/${file} was not built.`);
  for (const file of filesIn(join(folder, "dist")).filter((one) => one.endsWith(".d.ts")))
    if (readFileSync(join(folder, "dist", file), "utf8").includes("@internal"))
      wrong.push(`dist/${file} shows what is marked @internal.`);
  return wrong;
}
