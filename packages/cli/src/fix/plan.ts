/** From findings to edits. What cannot be changed without touching something else is skipped, with the reason. */

import { isDeepStrictEqual } from "node:util";
import { disk, type Files } from "../facts/files.ts";
import type { Finding } from "../rules/check-all.ts";
import { applyEdits, type Edit } from "./edit.ts";
import { draftHcl, ownAddress, sameButHcl } from "./hcl.ts";
import { draftJson, sameButJson } from "./json.ts";
import type { Draft, Drafted, Wish } from "./wish.ts";
import { draftYaml, sameButYaml } from "./yaml.ts";

export interface Plan {
  /** By file and place. */
  readonly edits: readonly Edit[];
  readonly skipped: readonly { readonly finding: Finding; readonly reason: string }[];
}

/**
 * All fixes of a finding are made, or none: one of two halves can be worse than what was there. Of two numbers for one
 * setting the one that goes further wins, when both go the same way.
 */
export async function planFixes(findings: readonly Finding[], files: Files = disk): Promise<Plan> {
  const skipped: { finding: Finding; reason: string }[] = [];
  let left = findings.filter(({ fixes = [] }) => fixes.length > 0);
  for (;;) {
    const { wishes, refused } = merged(left);
    const drafts: { readonly file: string; readonly draft: Draft }[] = [];
    for (const [file, own] of Map.groupBy(wishes, (wish) => wish.file)) {
      const drafted = await draftFile(file, own, files);
      for (const [wish, reason] of drafted.refused) refused.set(wish, reason);
      drafts.push(...drafted.drafts.map((draft) => ({ file, draft })));
    }
    if (refused.size === 0) return { edits: sortedEdits(drafts), skipped };
    // Without those, others may be drafted in another way: again from the start.
    const dropped = new Map<Finding, string>();
    for (const [wish, reason] of refused)
      for (const finding of wish.findings)
        if (!dropped.has(finding)) dropped.set(finding, `${wish.pointer} stays as it is: ${reason}.`);
    skipped.push(...[...dropped].map(([finding, reason]) => ({ finding, reason })));
    left = left.filter((finding) => !dropped.has(finding));
  }
}

function merged(findings: readonly Finding[]): {
  readonly wishes: readonly Wish[];
  readonly refused: Map<Wish, string>;
} {
  const single = findings.flatMap((finding) =>
    (finding.fixes ?? []).map((fix): Wish => ({ ...fix, findings: [finding] })),
  );
  const refused = new Map<Wish, string>();
  const wishes = [
    ...Map.groupBy(single, ({ file, pointer }) =>
      JSON.stringify([file, isHcl(file) ? ownAddress(pointer) : pointer]),
    ).values(),
  ].map((same) => {
    const [first, ...rest] = same as [Wish, ...Wish[]];
    const all = { ...first, findings: [...new Set(same.flatMap((wish) => wish.findings))] };
    if (rest.every(({ to }) => isDeepStrictEqual(to, first.to))) return all;
    const to = furthest(same);
    const wish = to === undefined ? all : { ...all, to };
    if (to === undefined)
      refused.set(
        wish,
        `${same.map((one) => `${one.findings[0]?.rule.id ?? ""} wants ${JSON.stringify(one.to)}`).join(", ")}`,
      );
    return wish;
  });
  return { wishes: wishes.filter((wish) => !refused.has(wish)), refused };
}

/** `undefined`: they contradict each other. */
function furthest(wishes: readonly Wish[]): number | undefined {
  const numbers = wishes.map(({ to }) => to).filter((to) => typeof to === "number");
  if (numbers.length < wishes.length) return undefined;
  const lowers = wishes.map(({ from, to }) => typeof from === "number" && Number(to) < from);
  if (lowers.every(Boolean)) return Math.min(...numbers);
  return lowers.some(Boolean) ? undefined : Math.max(...numbers);
}

async function draftFile(file: string, wishes: readonly Wish[], files: Files): Promise<Drafted> {
  const none = (reason: string): Drafted => ({
    drafts: [],
    refused: new Map(wishes.map((wish) => [wish, reason])),
  });
  const language = wishes[0]?.findings[0]?.facts.language;
  if (language === "cdk") return none("the template is made from CDK code, and the change belongs there");
  if (language === "terraform-plan")
    return none("a plan is made from configuration, and the change belongs there");
  if (language === "live") return none("it is in an account, and only definitions are edited");
  const text = files.text(file);
  if (text === undefined) return none("the file is not there");
  const editor = editorOf(file, text);
  if (editor === undefined) return none("files of this kind are not edited");
  const drafted = await editor.draft(text, wishes);
  const done = [...new Set(drafted.drafts.flatMap((draft) => draft.wishes))];
  if (done.length === 0 || (await proven(text, drafted.drafts, done, editor))) return drafted;
  return none("it cannot be written without a change of something else");
}

interface Editor {
  draft(text: string, wishes: readonly Wish[]): Drafted | Promise<Drafted>;
  same(before: string, after: string, wishes: readonly Wish[]): boolean | Promise<boolean>;
}

/** Whether the new text means what the old one did, but for what was wished. */
async function proven(
  text: string,
  drafts: readonly Draft[],
  wishes: readonly Wish[],
  { same }: Editor,
): Promise<boolean> {
  try {
    return await same(text, applyEdits(text, drafts), wishes);
  } catch {
    // Two edits overlap, or the new text cannot be read.
    return false;
  }
}

function isHcl(file: string): boolean {
  return /\.(?:tf|tofu)$/i.test(file);
}

function editorOf(file: string, text: string): Editor | undefined {
  if (isHcl(file)) return { draft: draftHcl, same: sameButHcl };
  if (/\.(?:tf|tofu)\.json$/i.test(file)) return undefined;
  if (/\.json$/i.test(file) || /^\s*\{/.test(text)) return { draft: draftJson, same: sameButJson };
  return { draft: draftYaml, same: sameButYaml };
}

function sortedEdits(drafts: readonly { readonly file: string; readonly draft: Draft }[]): readonly Edit[] {
  return drafts
    .map(({ file, draft: { start, end, text, wishes } }) => {
      const [finding, ...also] = [...new Set(wishes.flatMap((wish) => wish.findings))] as [
        Finding,
        ...Finding[],
      ];
      return { file, start, end, text, finding, ...(also.length > 0 ? { also } : {}) };
    })
    .toSorted(
      (left, right) =>
        (left.file < right.file ? -1 : left.file > right.file ? 1 : 0) ||
        left.start - right.start ||
        left.end - right.end,
    );
}
