/**
 * The public face of each package, as its declarations say it, without their comments: kept in `docs/api`, so that a change of it
 * is seen in a diff. `npm run api`; with `--check` only compares.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { manifestOf, packages, root } from "./packages.ts";
import { namesIn } from "./snippets/find.ts";

const FOLDER = join(root, "docs/api");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/** Only what others import: the command line has no module that they could. */
const PUBLISHED = packages.filter(({ folder }) => basename(folder) !== "cli");

export function reports(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, folder } of PUBLISHED) {
    const out = mkdtempSync(join(tmpdir(), "effectively-once-api-"));
    try {
      const built = spawnSync(
        process.execPath,
        [
          tsc,
          "-p",
          join(folder, "tsconfig.build.json"),
          "--outDir",
          out,
          "--emitDeclarationOnly",
          "--sourceMap",
          "false",
          "--declarationMap",
          "false",
          // From the sources of the others: nothing need be built before.
          "--customConditions",
          "@effectively-once/source",
          "--rootDir",
          join(folder, "src"),
          "--noCheck",
        ],
        { cwd: root, encoding: "utf8" },
      );
      if (built.status !== 0 && built.status !== 2) throw new Error(`tsc: ${built.stdout}${built.stderr}`);
      found.set(join(FOLDER, `${basename(folder)}.md`), report(name, folder, out));
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return found;
}

function report(name: string, folder: string, out: string): string {
  const sections: string[] = [];
  for (const [subpath, target] of Object.entries(manifestOf(folder).exports)) {
    const source = typeof target === "string" ? undefined : target["@effectively-once/source"];
    if (source === undefined) continue;
    const file = join(out, source.replace("./src/", "").replace(/\.ts$/, ".d.ts"));
    const lines = facesOf(file).toSorted();
    sections.push(`## ${join(name, subpath)}\n\n\`\`\`ts\n${lines.join("\n")}\n\`\`\`\n`);
  }
  return `# ${name}: what others import\n\nWritten by \`npm run api\`; a test holds it to the sources.\n\n${sections.join("\n")}`;
}

/** The declarations that a module exports, those of other files followed. */
function facesOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  const own = declarations(text);
  const faces: string[] = [...own.values()];
  for (const [, list = "", from = ""] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm)) {
    const theirs = declarations(
      readFileSync(join(dirname(file), from.replace(/\.(ts|js)$/, ".d.ts")), "utf8"),
    );
    for (const { name } of namesIn(`export {${list}}`))
      faces.push(theirs.get(name) ?? `export { ${name} } from "${from}";`);
  }
  return faces;
}

/** By name, each on one line: from `export` to the next line that begins another statement. */
function declarations(text: string): ReadonlyMap<string, string> {
  const bare = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const found = new Map<string, string>();
  for (const part of bare.split(/^(?=(?:export|import|declare|interface|type|const|class|function)\b)/m)) {
    const name = /^export (?:declare )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/.exec(
      part,
    )?.[1];
    if (name === undefined) continue;
    const line = part.trim().replaceAll(/\s+/g, " ");
    const known = found.get(name);
    found.set(name, known === undefined ? line : `${known}\n${line}`);
  }
  return found;
}

export function stale(): readonly string[] {
  return [...reports()].flatMap(([file, text]) => {
    try {
      return readFileSync(file, "utf8") === text ? [] : [file];
    } catch {
      return [file];
    }
  });
}

if (import.meta.main) {
  if (!process.argv.includes("--check")) {
    mkdirSync(FOLDER, { recursive: true });
    for (const [file, text] of reports()) writeFileSync(file, text);
  }
  const wrong = stale();
  for (const file of wrong) console.error(`${file} is not what the sources say. Run: npm run api`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
