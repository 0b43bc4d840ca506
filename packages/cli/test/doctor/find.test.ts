/** What is audited when nothing, a folder, a file or a glob is named. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { find } from "../../src/commands/doctor/find.ts";
import { disk } from "../../src/facts/files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-find-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      path.endsWith("manifest.json") ? '{ "artifacts": {} }' : "Resources: {}\n",
    );
  }
}

async function found(...paths: readonly string[]): Promise<readonly string[]> {
  const { found } = await find(paths, disk, folder);
  return found.map(({ kind, path, asked }) => `${kind} ${path}${asked ? " asked" : ""}`);
}

describe("without paths", () => {
  it("takes every file of the working directory that may be a template, and a folder of Terraform once", async () => {
    write(
      "template.yaml",
      "infra/queue.yml",
      "infra/main.tf",
      "infra/vars.tf",
      "stack.json",
      "x.template",
      "src/a.ts",
    );

    expect(await found()).toEqual([
      "terraform infra",
      "file infra/queue.yml",
      "file stack.json",
      "file template.yaml",
      "file x.template",
    ]);
  });

  it("leaves out what tools have made and what is somebody else's", async () => {
    write(
      "node_modules/a/template.yaml",
      ".aws-sam/build/template.yaml",
      "infra/.terraform/modules/m/main.tf",
      ".serverless/cloudformation-template-update-stack.json",
      "template.yaml",
    );

    expect(await found()).toEqual(["file template.yaml"]);
  });

  it("reads an assembly of CDK as one, with what lies within it", async () => {
    write(
      "cdk.out/manifest.json",
      "cdk.out/App.template.json",
      "cdk.out/assembly-App-Stage/manifest.json",
      "cdk.out/assembly-App-Stage/X.template.json",
      "other.yaml",
    );

    expect(await found()).toEqual(["assembly cdk.out", "file other.yaml"]);
  });
});

describe("with paths", () => {
  it("what is named is asked for, also where a scan would leave it out", async () => {
    write(".aws-sam/build/template.yaml", "other.yaml");

    expect(await found(".aws-sam/build/template.yaml")).toEqual(["file .aws-sam/build/template.yaml asked"]);
  });

  it("a glob takes what fits, and one .tf file its whole folder", async () => {
    write("a/one.yaml", "b/two.yaml", "b/main.tf");

    expect(await found("*/*.yaml", "b/main.tf")).toEqual([
      "file a/one.yaml asked",
      "terraform b asked",
      "file b/two.yaml asked",
    ]);
  });

  it("an assembly's folder is taken as one", async () => {
    write("cdk.out/manifest.json", "cdk.out/App.template.json");

    expect(await found("cdk.out")).toEqual(["assembly cdk.out asked"]);
  });

  it.each([
    ["a file that is not there", "nowhere.yaml", /nowhere\.yaml is not there\. Give a file, a folder/],
    ["a glob that fits nothing", "x/*.yaml", /x\/\*\.yaml matches no file/],
  ])("%s is refused by its name", async (_, path, sentence) => {
    await expect(find([path], disk, folder)).rejects.toThrow(sentence);
  });
});
