/** What the documents show of the doctor is what it prints; what the hooks call is what it takes. */

import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { doctor as command } from "../../src/commands/doctor/command.ts";
import { COMMON_OPTIONS } from "../../src/option-tables.ts";
import { called, effectivelyOnce } from "../support.ts";
import { sam, workspace } from "./support.ts";

const { folder, write, read } = workspace();
const ROOT = join(import.meta.dirname, "../../../..");
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

it("README's template has README's finding, and --fix --dry-run shows README's lines", async () => {
  const [, template = ""] = /```yaml\n# template\.yaml\n([\s\S]*?)```/.exec(text("README.md")) ?? [];
  const [, diff = ""] = /```diff\n([\s\S]*?)```/.exec(text("README.md")) ?? [];
  const path = write("readme/template.yaml", template);

  expect((await called("doctor", path, "--no-color")).out).toMatch(
    /^error DUP002 visibility-below-timeout-plus-window: Orders → Charge$[\s\S]*60 < 60 \+ 5/m,
  );
  const { out, code } = await effectivelyOnce(
    ["doctor", "template.yaml", "--fix", "--dry-run", "--no-color"],
    {},
    join(folder, "readme"),
  ).ended;
  expect(out.startsWith(diff)).toBe(true);
  expect(code).toBe(0);
});

it("the configuration in the documents is one that it takes", async () => {
  const [, config = ""] =
    /```json\n(\{\n {2}"doctor": \{\n {4}"ruleProfile"[\s\S]*?)```/.exec(text("docs/doctor.md")) ?? [];
  const path = write("documented/template.yaml", sam());

  const { code, err } = await called(
    "doctor",
    path,
    "--config",
    write("documented/effectively-once.config.json", config),
  );

  expect(err).not.toMatch(/no setting|is one of/);
  expect(code).toBe(0);
});

it("the GitHub Action passes its inputs on: annotations, a summary, SARIF, exit code", () => {
  const { runs, inputs } = parse(text("action.yml")) as {
    runs: { steps: { run: string; env: Record<string, string> }[] };
    inputs: Record<string, { default: string }>;
  };
  const [step] = runs.steps;
  // Every input reaches the script as a variable, none as text of it.
  expect(
    Object.values(step?.env ?? {})
      .map((value) => /inputs\.([\w-]+)/.exec(value)?.[1])
      .toSorted(),
  ).toEqual(Object.keys(inputs).toSorted());
  expect(step?.run).not.toContain("${{");
  const shim = write(
    "bin/npx",
    `#!/bin/sh\nshift 2\nexec "${process.execPath}" --disable-warning=ExperimentalWarning --conditions=@effectively-once/source "${join(ROOT, "packages/cli/src/bin.ts")}" "$@"\n`,
  );
  chmodSync(shim, 0o755);
  write("action/template.yaml", sam({ timeout: 60, visibility: 60 }));

  const run = spawnSync("bash", ["-e", "-c", step?.run ?? "false"], {
    cwd: join(folder, "action"),
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      PATHS: "template.yaml",
      FAIL_ON: "warning",
      RULE_PROFILE: "recommended",
      BASELINE: "",
      SARIF: "doctor.sarif",
      VERSION: "latest",
      GITHUB_STEP_SUMMARY: join(folder, "action/summary.md"),
    },
  });

  expect(run.stdout).toMatch(/^::warning file=template\.yaml,line=\d+.*DUP003/m);
  expect(read("action/summary.md")).toContain("DUP003");
  expect(JSON.parse(read("action/doctor.sarif"))).toMatchObject({ version: "2.1.0" });
  expect(run.status).toBe(1);
});

it("the pre-commit hook calls a command and options that there are", () => {
  const [hook] = parse(text(".pre-commit-hooks.yaml")) as {
    entry: string;
    files: string;
    pass_filenames: boolean;
  }[];

  expect(hook?.entry).toBe("npx --yes effectively-once doctor");
  expect(hook?.pass_filenames).toBe(false);
  for (const file of ["template.yaml", "infra/main.tf", "cdk.out/App.template.json"])
    expect(new RegExp(hook?.files ?? "").test(file)).toBe(true);
});

it("--help names every option, and no other", () => {
  const named = [...command.help.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name ?? "");
  const taken = Object.keys({ ...COMMON_OPTIONS, ...command.options });

  expect(taken.filter((name) => !named.includes(name))).toEqual([]);
  expect([...new Set(named)].filter((name) => !taken.includes(name))).toEqual([]);
});
