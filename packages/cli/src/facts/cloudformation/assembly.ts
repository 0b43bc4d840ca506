/** What `cdk synth` leaves behind: the templates of all stacks, with the paths of the constructs that made them. */

import { basename, join } from "node:path";
import type { Facts } from "../model.ts";
import { type Files, InputProblem } from "../files.ts";
import { Exports, type StackFile } from "./exports.ts";
import { factsOf } from "./read.ts";

const MAX_ASSEMBLIES = 100;

/**
 * Reads each stack of a `cdk.out`, and of the assemblies of its stages. Without a manifest: each template of the folder.
 *
 * @throws InputProblem for a folder without either, or one that cannot be read
 */
export function readAssembly(folder: string, files: Files): readonly Facts[] {
  const templates = templatesOf(folder, files, new Set());
  if (templates.length === 0)
    throw new InputProblem(
      `${folder} has neither a manifest.json with stacks nor a *.template.json: run cdk synth first.`,
    );
  const stacks = templates.map((path): StackFile => {
    const text = files.text(path);
    if (text === undefined)
      throw new InputProblem(
        `${path} is not there, though the manifest of ${folder} names it: run cdk synth again.`,
      );
    return { path, text, prefix: `${basename(path).replace(/(?:\.template)?\.json$/, "")}/` };
  });
  return stacks.map(({ path, text }) =>
    factsOf(path, text, files, { language: "cdk", exports: new Exports(stacks, files) }),
  );
}

interface Artifact {
  readonly type?: unknown;
  readonly properties?: { readonly templateFile?: unknown; readonly directoryName?: unknown };
}

function templatesOf(folder: string, files: Files, seen: Set<string>): readonly string[] {
  if (seen.has(folder) || seen.size > MAX_ASSEMBLIES) return [];
  seen.add(folder);
  const text = files.text(join(folder, "manifest.json"));
  if (text === undefined) return loose(folder, files);
  return artifactsOf(join(folder, "manifest.json"), text).flatMap(({ type, properties }) => {
    if (type === "aws:cloudformation:stack" && typeof properties?.templateFile === "string")
      return [join(folder, properties.templateFile)];
    if (type === "cdk:cloud-assembly" && typeof properties?.directoryName === "string")
      return templatesOf(join(folder, properties.directoryName), files, seen);
    return [];
  });
}

/** Nested templates are read with the stack that they are nested in. */
function loose(folder: string, files: Files): readonly string[] {
  return files
    .names(folder)
    .filter((name) => name.endsWith(".template.json") && !name.endsWith(".nested.template.json"))
    .map((name) => join(folder, name));
}

function artifactsOf(file: string, text: string): readonly Artifact[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new InputProblem(`${file} cannot be read as JSON: ${(error as Error).message}.`);
  }
  const { artifacts } = (manifest ?? {}) as { readonly artifacts?: Readonly<Record<string, Artifact>> };
  return Object.values(artifacts ?? {});
}
