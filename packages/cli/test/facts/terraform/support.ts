/** Terraform in a test: files by their paths, and what came of one setting. */

import { readTerraformFolder } from "../../../src/facts/terraform/folder.ts";
import type { Files } from "../../../src/facts/files.ts";
import type { Fact, Facts } from "../../../src/facts/model.ts";
import type { Answer, Value } from "../../../src/facts/value.ts";

export function filesOf(texts: Readonly<Record<string, string>>): Files {
  return {
    text: (path) => texts[path],
    names: (folder) =>
      [
        ...new Set(
          Object.keys(texts)
            .filter((path) => path.startsWith(`${folder}/`))
            .map((path) => path.slice(folder.length + 1).split("/")[0] ?? ""),
        ),
      ].toSorted(),
  };
}

/** One text is `infra/main.tf`; otherwise files by their path below `infra`. */
export async function factsOf(texts: string | Readonly<Record<string, string>>): Promise<Facts> {
  const files = typeof texts === "string" ? { "main.tf": texts } : texts;
  return await readTerraformFolder(
    "infra",
    filesOf(Object.fromEntries(Object.entries(files).map(([path, text]) => [`infra/${path}`, text]))),
  );
}

export function byId<T extends Fact>(facts: readonly T[], id: string): T {
  const found = facts.find((fact) => fact.id === id);
  if (!found) throw new Error(`there is no ${id} among ${facts.map((fact) => fact.id).join(", ")}`);
  return found;
}

/** The only answer there is. */
export function only<T>(value: Value<T>): Answer<T> {
  const [one, ...others] = value.cases;
  if (!one || others.length > 0)
    throw new Error(`it has ${value.cases.length} cases: ${JSON.stringify(value)}`);
  return one.answer;
}

/** A known value as such; one that is not known by its reason. */
export function said<T>(value: Value<T>): T | string {
  const answer = only(value);
  return answer.known ? answer.value : `? ${answer.reason}`;
}

/** Each case by its world. */
export function cases<T>(
  value: Value<T>,
): readonly (readonly [Readonly<Record<string, string>>, T | string])[] {
  return value.cases.map(({ when, answer }) => [when, answer.known ? answer.value : `? ${answer.reason}`]);
}
