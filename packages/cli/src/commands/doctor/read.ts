/** From what was found to facts: which reader takes which file, and what becomes of a file that none takes. */

import { join } from "node:path";
import { readAssembly } from "../../facts/cloudformation/assembly.ts";
import { isTemplate, readCloudFormation } from "../../facts/cloudformation/read.ts";
import { readCode } from "../../facts/code/read.ts";
import { type Files, InputProblem } from "../../facts/files.ts";
import type { Facts } from "../../facts/model.ts";
import { isServerless, readServerless } from "../../facts/serverless/read.ts";
import { isPlan, readTerraformPlan } from "../../facts/terraform/plan.ts";
import { readTerraformFolder } from "../../facts/terraform/folder.ts";
import type { Found } from "./find.ts";

/** A file that was to be audited and could not be. */
export interface Problem {
  readonly file: string;
  readonly message: string;
}

export interface Read {
  readonly facts: readonly Facts[];
  readonly problems: readonly Problem[];
}

export interface Reading {
  readonly files: Files;
  readonly interrupted: AbortSignal;
  /** Asked now and then, so that Ctrl-C is heard while files are read. */
  readonly pause: () => Promise<void>;
}

const NOT_ONE =
  "is neither a CloudFormation, SAM or CDK template, a Terraform plan (`terraform show -json`), nor a Serverless Framework file";

export async function readAll(found: readonly Found[], reading: Reading): Promise<Read> {
  const facts: Facts[] = [];
  const problems: Problem[] = [];
  for (const one of found) {
    reading.interrupted.throwIfAborted();
    const read = await readFound(one, reading.files);
    facts.push(...read.facts);
    problems.push(...read.problems);
    await reading.pause();
  }
  return { facts: withoutNested(facts), problems };
}

/** One input; what is wrong with it is its problem, and nobody else's. */
export async function readFound(one: Found, files: Files): Promise<Read> {
  try {
    const read = await readOne(one, files);
    return { facts: read.map((facts) => readCode(facts, files)), problems: [] };
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    return { facts: [], problems: [{ file: one.path, message: error.message }] };
  }
}

async function readOne(found: Found, files: Files): Promise<readonly Facts[]> {
  if (found.kind === "assembly") return readAssembly(found.path, files);
  if (found.kind === "terraform") {
    const facts = await readTerraformFolder(found.path, files);
    return [facts];
  }
  const text = textOf(found, files);
  if (text === undefined) return [];
  return readText(found.path, text, files, found.asked);
}

/**
 * @param asked it was named, so that a file that is no template is a mistake
 * @throws InputProblem
 */
export function readText(path: string, text: string, files: Files, asked: boolean): readonly Facts[] {
  if (isServerless(path)) return [readServerless(path, text, files)];
  if (isPlan(text)) return [readTerraformPlan(path, text)];
  if (isTemplate(text)) return [readCloudFormation(path, text, files)];
  if (asked) throw new InputProblem(`${path} ${NOT_ONE}.`);
  return [];
}

/** A file that nobody named and that is binary or too large is not a template. */
function textOf({ path, asked }: Found, files: Files): string | undefined {
  try {
    return files.text(path);
  } catch (error) {
    if (asked || !(error instanceof InputProblem)) throw error;
    return undefined;
  }
}

/** A nested stack is read through its parent, with the parameters that it is given; alone it would be told twice. */
export function withoutNested(facts: readonly Facts[]): readonly Facts[] {
  const nested = new Set<string>();
  for (const one of facts)
    for (const fact of [...one.functions, ...one.queues, ...one.mappings]) {
      const file = fact.place?.file;
      if (file !== undefined && join(file) !== join(one.file)) nested.add(join(file));
    }
  return facts.filter(({ file }) => !nested.has(join(file)));
}
