/**
 * Packs the packages and uses them as a stranger would: publint and attw on the tarballs, an install into an empty folder,
 * the command, a guarded handler and the demo under plain Node, a strict compile. Prints what each weighs.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { manifestOf, packages, root } from "./packages.ts";

/** DESIGN: installing the command line stays under 60 MB. */
const CLI_LIMIT_MB = 60;
const MB = 1_000_000;

const wrong: string[] = [];
const check = (right: boolean, sentence: string): void => {
  if (!right) wrong.push(sentence);
};

// What npm says to its scripts (`npm_config_…`) is about this workspace, not about the folders here.
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};

function run(what: string, command: string, args: readonly string[], cwd: string): string {
  const startedMs = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  const took = `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  console.log(`${status === 0 ? "ok" : "FAILED"}  ${what} (${took})`);
  if (status !== 0) wrong.push(`${what}: ${error?.message ?? ""}${stdout}${stderr}`);
  return stdout;
}
const bin = (name: string): string => join(root, "node_modules/.bin", name);

function bytesIn(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

function pack(folder: string, to: string): Packed | undefined {
  const { name, exports } = manifestOf(folder);
  const said = run(
    `npm pack ${name}`,
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", to],
    folder,
  );
  if (said === "") return undefined;
  // npm 10 answers a list, later ones an object by name.
  const packed = Object.values(JSON.parse(said) as Record<string, Packed>)[0];
  if (!packed) return undefined;
  console.log(
    `    ${(packed.size / 1_000).toFixed(0)} kB packed, ${(packed.unpackedSize / 1_000).toFixed(0)} kB unpacked`,
  );
  const paths = packed.files.map(({ path }) => path);
  for (const file of ["LICENSE", "README.md", "package.json"])
    check(paths.includes(file), `${name} is packed without its ${file}.`);
  for (const path of paths) {
    check(!/(^|\/)test\/|\.test(-d)?\./.test(path), `${name} packs ${path}, a test.`);
    check(/^(dist\/|src\/|LICENSE$|README\.md$|package\.json$)/.test(path), `${name} packs ${path}.`);
  }
  const tarball = join(to, packed.filename);
  run(`publint --strict ${name}`, bin("publint"), ["run", "--strict", tarball], root);
  // A package that is a command has nothing to import, and so no types.
  if (Object.values(exports).some((target) => typeof target !== "string"))
    run(
      `attw ${name}`,
      bin("attw"),
      [
        tarball,
        "--profile",
        "esm-only",
        "--exclude-entrypoints",
        "./package.json",
        "--no-emoji",
        "--format",
        "ascii",
      ],
      root,
    );
  return packed;
}

function install(folder: string, tarballs: readonly string[]): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run(
    `npm install ${tarballs.length} package${tarballs.length > 1 ? "s" : ""} into an empty folder`,
    "npm",
    ["install", "--no-audit", "--no-fund", ...tarballs],
    folder,
  );
}

function compile(folder: string, moduleResolution: "nodenext" | "bundler"): void {
  const config = {
    compilerOptions: {
      target: "es2024",
      module: moduleResolution === "bundler" ? "esnext" : "nodenext",
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // Declarations show whether every inferred type has a name that a user can reach.
      declaration: true,
      outDir: `out-${moduleResolution}`,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    },
    files: ["types.ts"],
  };
  const file = `tsconfig.${moduleResolution}.json`;
  writeFileSync(join(folder, file), JSON.stringify(config));
  run(`a user's strict compile, ${moduleResolution}`, bin("tsc"), ["-p", file], folder);
}

const temp = mkdtempSync(join(tmpdir(), "effectively-once-packed-"));
try {
  const packed = packages.map(({ folder }) => pack(folder, temp));
  const tarballs = packed.map((one) => join(temp, one?.filename ?? ""));
  check(
    Object.keys(manifestOf(packages[0]?.folder ?? "").dependencies ?? {}).length === 0,
    "The runtime has dependencies.",
  );

  const alone = join(temp, "runtime-alone");
  install(alone, tarballs.slice(0, 1));
  const installed = readdirSync(join(alone, "node_modules")).filter((name) => !name.startsWith("."));
  check(installed.join() === "@effectively-once", `The runtime alone brings in ${installed.join(", ")}.`);
  cpSync(join(root, "scripts/consumer/handler.mjs"), join(alone, "handler.mjs"));
  run("a guarded handler on this Node", process.execPath, ["handler.mjs"], alone);
  run(
    "a guarded handler on Node 22",
    join(root, "test/node-22/node_modules/.bin/node"),
    ["--disable-warning=ExperimentalWarning", "handler.mjs"],
    alone,
  );

  const all = join(temp, "all");
  install(all, tarballs);
  const megabytes = bytesIn(join(all, "node_modules")) / MB;
  console.log(`    the command line weighs ${megabytes.toFixed(1)} MB installed, of ${CLI_LIMIT_MB}`);
  check(megabytes < CLI_LIMIT_MB, `The command line weighs ${megabytes.toFixed(1)} MB installed.`);
  const command = join(all, "node_modules/.bin/effectively-once");
  check(
    run("effectively-once --help", command, ["--help"], all).includes("Commands:"),
    "--help names no commands.",
  );
  const version = run("effectively-once --version", command, ["--version"], all).trim();
  check(version === manifestOf(packages[2]?.folder ?? "").version, `--version says ${version}.`);
  cpSync(join(root, "scripts/consumer/types.ts"), join(all, "types.ts"));
  compile(all, "nodenext");
  compile(all, "bundler");
  const html = join(all, "demo.html");
  run(
    "the demo, as installed",
    command,
    ["demo", "--seed", "7", "--messages", "30", "--json", "--html", html],
    all,
  );
  check(
    existsSync(html) && readFileSync(html, "utf8").includes("@observablehq/plot"),
    "The demo, as installed, draws no picture, or one without the licences of what it is drawn with.",
  );
} finally {
  rmSync(temp, { recursive: true, force: true });
}
for (const sentence of wrong) console.error(`\n${sentence}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
