/** What every clone must have right before anything runs: metadata, licences, and no trace of where it was made. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestOf, packages } from "../scripts/packages.ts";

const root = resolve(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

function tracked(): readonly string[] {
  const listed = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" });
  expect(listed.status, listed.stderr).toBe(0);
  return listed.stdout.split("\n").filter((file) => file !== "");
}

describe("the lockfile", () => {
  const { packages: locked } = JSON.parse(read("package-lock.json")) as {
    readonly packages: Readonly<
      Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>
    >;
  };

  it("names no host, so that it installs from whichever registry a machine has", () => {
    const hosts = Object.entries(locked).filter(([, { resolved }]) => resolved?.includes(":"));
    expect(hosts).toEqual([]);
  });

  it("pins what it installs by its content", () => {
    const unpinned = Object.entries(locked)
      .filter(
        ([path, { integrity, link }]) => path.includes("node_modules/") && !link && integrity === undefined,
      )
      .map(([path]) => path);
    expect(unpinned).toEqual([]);
  });
});

it("no tracked file names a folder of somebody's machine", () => {
  const folders = ["home", "Users", "root", "tmp", "work", "mnt"].join("|");
  const pattern = new RegExp(`(^|[\\s"'\`(=:])/(${folders})/[\\w.-]`);
  const named = tracked().flatMap((file) =>
    read(file)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(named).toEqual([]);
});

it("every development dependency is of one exact version", () => {
  const { devDependencies } = JSON.parse(read("package.json")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const loose = Object.entries(devDependencies).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

describe.each(packages.map(({ name, folder }) => ({ name, folder, manifest: manifestOf(folder) })))(
  "$name",
  ({ name, folder, manifest }) => {
    it("says what a registry and a bundler ask", () => {
      expect(manifest).toMatchObject({ license: "MIT", type: "module", engines: { node: ">=22" } });
      expect(manifest["description"]).toMatch(/\.$/);
      expect(manifest["private"]).toBeUndefined();
      expect(manifest["scripts"]).toBeUndefined();
      expect(manifest["files"]).toContain("dist");
    });

    it("carries the licence, and a page of its own", () => {
      expect(readFileSync(join(folder, "LICENSE"), "utf8")).toBe(read("LICENSE"));
      expect(readFileSync(join(folder, "README.md"), "utf8")).toMatch(`# ${name}\n`);
    });

    it("has the version of the workspace, and asks for its siblings in just that one", () => {
      const { version } = JSON.parse(read("package.json")) as { readonly version: string };
      expect(manifest.version).toBe(version);
      const siblings = Object.entries(manifest.dependencies ?? {}).filter(([dependency]) =>
        packages.some((one) => one.name === dependency),
      );
      expect(siblings.filter(([, range]) => range !== version)).toEqual([]);
    });
  },
);

it("what is imported has no side effects, so that a bundler drops what a function does not use", () => {
  for (const { folder } of packages.slice(0, 2)) expect(manifestOf(folder)["sideEffects"]).toBe(false);
});

it("the runtime has no dependencies, and all its peers are optional", () => {
  const [runtime] = packages;
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifestOf(
    runtime?.folder ?? "",
  );
  expect({ dependencies, optionalDependencies }).toEqual({});
  const optional = Object.fromEntries(
    Object.keys(peerDependencies ?? {}).map((name) => [name, { optional: true }]),
  );
  expect(peerDependenciesMeta).toEqual(optional);
});

it("the compiler is as strict as promised", () => {
  const { compilerOptions } = JSON.parse(read("tsconfig.base.json")) as { readonly compilerOptions: object };
  expect(compilerOptions).toMatchObject({
    strict: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    noPropertyAccessFromIndexSignature: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    isolatedDeclarations: true,
    stripInternal: true,
  });
});
