/** Plans and applies fixes of a text, for tests that look at the text. */

import type { Facts } from "../../src/facts/model.ts";
import { applyEdits } from "../../src/fix/edit.ts";
import { type Plan, planFixes } from "../../src/fix/plan.ts";
import type { Finding } from "../../src/rules/check-all.ts";
import type { Fix } from "../../src/rules/rule.ts";
import { facts, finding } from "../report/facts.ts";

export type Wanted = Omit<Fix, "file">;

/** Of what is missing, `from` does not matter. */
export function wish(pointer: string, to: unknown, from: unknown = 30): Wanted {
  return { pointer, to, from };
}

export function findingOf(file: string, ...fixes: readonly Wanted[]): Finding {
  return finding("DUP001", { fixes: fixes.map((fix) => ({ file, ...fix })) });
}

export function findingIn(language: Facts["language"], file: string, ...fixes: readonly Wanted[]): Finding {
  return finding("DUP001", { fixes: fixes.map((fix) => ({ file, ...fix })) }, facts({ language }));
}

export function planned(
  texts: Readonly<Record<string, string>>,
  ...findings: readonly Finding[]
): Promise<Plan> {
  return planFixes(findings, { text: (file) => texts[file], names: () => [] });
}

/** Each wish is one of a finding of its own. */
export async function fixedIn(file: string, text: string, ...wishes: readonly Wanted[]): Promise<string> {
  const plan = await planned({ [file]: text }, ...wishes.map((one) => findingOf(file, one)));
  if (plan.skipped.length > 0) throw new Error(plan.skipped.map(({ reason }) => reason).join(" "));
  return applyEdits(text, plan.edits);
}

export function fixed(text: string, ...wishes: readonly Wanted[]): Promise<string> {
  return fixedIn("template.yaml", text, ...wishes);
}

export async function reasonsIn(file: string, text: string, ...wishes: readonly Wanted[]): Promise<string> {
  const plan = await planned({ [file]: text }, ...wishes.map((one) => findingOf(file, one)));
  if (plan.edits.length > 0) throw new Error(`it was edited: ${applyEdits(text, plan.edits)}`);
  return plan.skipped.map(({ reason }) => reason).join(" ");
}

export function reasons(text: string, ...wishes: readonly Wanted[]): Promise<string> {
  return reasonsIn("template.yaml", text, ...wishes);
}
