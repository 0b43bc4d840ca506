/**
 * Compiles every snippet of the documents and of TSDoc against the packages' public faces, and checks that the commands,
 * options, npm scripts and files which the documents name are there. A wrong one is named by its own file and line.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { manifestOf, packages, root } from "./packages.ts";
import {
  examplesIn,
  moduleOf,
  namesIn,
  type PublicName,
  shellIn,
  type Snippet,
  snippetsIn,
} from "./snippets/find.ts";

const wrong: string[] = [];
const read = (file: string): string => readFileSync(join(root, file), "utf8");

function files(...patterns: readonly string[]): readonly string[] {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...patterns], {
    cwd: root,
    encoding: "utf8",
  });
  if (listed.status !== 0) throw new Error(`git cannot list the files: ${listed.stderr}`);
  return listed.stdout.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
}

/** Names that examples use of other packages. */
const OTHERS: Readonly<Record<string, string>> = {
  Pool: "pg",
  DynamoDBClient: "@aws-sdk/client-dynamodb",
  SQSClient: "@aws-sdk/client-sqs",
  Logger: "@aws-lambda-powertools/logger",
  Metrics: "@aws-lambda-powertools/metrics",
  pino: "pino",
  trace: "@opentelemetry/api",
  expect: "vitest",
  test: "vitest",
};

/** Every name that a user can import; a package's root before its rooms. */
function faces(): ReadonlyMap<string, PublicName> {
  const found = new Map<string, PublicName>(
    Object.entries(OTHERS).map(([name, from]) => [name, { from, type: false }]),
  );
  for (const { name, folder } of packages)
    for (const [subpath, target] of Object.entries(manifestOf(folder).exports)) {
      const source = typeof target === "string" ? undefined : target["@effectively-once/source"];
      if (source === undefined) continue;
      for (const one of namesIn(readFileSync(join(folder, source), "utf8")))
        if (!found.has(one.name)) found.set(one.name, { from: join(name, subpath), type: one.type });
    }
  return found;
}

function compile(snippets: readonly Snippet[]): void {
  const folder = join(root, ".cache/snippets");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const known = faces();
  const origin = new Map<string, string>();
  for (const snippet of snippets) {
    const name = `${snippet.file.replaceAll("/", "__")}.L${snippet.line}.ts`;
    writeFileSync(join(folder, name), moduleOf(snippet, known));
    origin.set(name, snippet.file);
  }
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: {
      noEmit: true,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      isolatedDeclarations: false,
      declaration: false,
      moduleDetection: "force",
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    files: ["../../docs/snippets.d.ts", ...origin.keys()],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(
    join(root, "node_modules/.bin/tsc"),
    ["-p", folder, "--pretty", "false"],
    { cwd: root, encoding: "utf8" },
  );
  if (status === 0) return;
  wrong.push(
    stdout
      .trimEnd()
      .replaceAll(/^\S*?([^/\s]+\.L\d+\.ts)\((\d+),\d+\)/gm, (all, name: string, line: string) => {
        const file = origin.get(name);
        return file === undefined ? all : `${file}:${line}`;
      }),
  );
}

const bin = join(root, "packages/cli/src/bin.ts");
const helps = new Map<string, string>();
function help(...args: readonly string[]): string {
  const asked = args.join(" ");
  const said =
    helps.get(asked) ??
    spawnSync(process.execPath, ["--conditions=@effectively-once/source", bin, ...args, "--help"], {
      encoding: "utf8",
    }).stdout;
  helps.set(asked, said);
  return said;
}

/** What a reader would type must be there, or be said to come later in the same line. */
function checkShell(file: string, text: string): void {
  const commands = [...(help().split("Commands:")[1] ?? "").matchAll(/^ {2}([a-z]+) /gm)].map(
    ([, name]) => name,
  );
  const lines = text.split("\n");
  for (const { line, text: code } of shellIn(text)) {
    const at = `${file}:${line}`;
    const [, where] = / (?:-w|--workspace) (\S+)/.exec(code) ?? [];
    const scripts = manifestOf(join(root, where ?? ""))["scripts"] ?? {};
    for (const [, script = ""] of code.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g))
      if (!Object.hasOwn(scripts, script)) wrong.push(`${at}: there is no npm script "${script}".`);
    for (const [, command = "", rest = ""] of code.matchAll(
      /(?<![\w@/-])effectively-once ([a-z]+)\b([^|&;#]*)/g,
    )) {
      if (/\blater\b/.test(lines[line - 1] ?? "")) continue;
      if (!commands.includes(command))
        wrong.push(`${at}: there is no command "effectively-once ${command}".`);
      else
        for (const [option] of rest.matchAll(/--[a-z-]+/g))
          if (!help(command).includes(option))
            wrong.push(`${at}: "effectively-once ${command}" has no ${option}.`);
    }
  }
}

function checkLinks(file: string, text: string): void {
  for (const [index, line] of text.split("\n").entries())
    for (const [, target = ""] of line.matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g))
      if (!existsSync(join(root, dirname(file), target)))
        wrong.push(`${file}:${index + 1}: the link goes to ${target}, which is not there.`);
}

const snippets: Snippet[] = [];
// What is written from the sources is no snippet.
for (const file of files("*.md", ":!docs/api")) {
  const text = read(file);
  const found = snippetsIn(file, text);
  snippets.push(...found.snippets);
  wrong.push(...found.wrong);
  checkShell(file, text);
  checkLinks(file, text);
}
for (const file of files("packages/*/src/**/*.ts", "packages/*/src/*.ts"))
  snippets.push(...examplesIn(file, read(file)));
compile(snippets);
for (const sentence of wrong) console.error(sentence);
console.log(`${snippets.length} snippets${wrong.length > 0 ? "" : ", all well"}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
