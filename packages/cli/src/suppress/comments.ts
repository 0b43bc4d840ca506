/** Suppressions in the comments of a definition: `# effectively-once-ignore DUP003: the handler is repeatable`. */

import { blockBelow, type SourceComment } from "./source-comments.ts";
import { hclComments } from "./hcl-comments.ts";
import { yamlComments } from "./yaml-comments.ts";

/** One comment that suppresses, for one rule. */
export interface IgnoreComment {
  readonly file: string;
  /** Where the comment stands. */
  readonly line: number;
  /** As it is written: `DUP003`. */
  readonly rule: string;
  /** Without one the suppression does not hold. */
  readonly reason?: string;
  /** The lines that it is about; `undefined`: the whole file. */
  readonly lines?: { readonly from: number; readonly to: number };
  /** Why it cannot hold, though it has a reason. */
  readonly wrong?: string;
}

const MARK = /^\s*effectively-once-ignore(-file)?(?![\w-])\s*(.*)$/;

/**
 * The suppressions in a file. A comment on a line of its own is about what follows, one at the end of a line about that
 * line; what begins a block there (a resource, a map) is meant with all that is in it. JSON has no comments.
 */
export function ignoreComments(file: string, text: string): readonly IgnoreComment[] {
  // Most files have none, and need no reading.
  if (!text.includes("effectively-once-ignore")) return [];
  const lines = text.split(/\r?\n/);
  return commentsOf(file, text).flatMap((comment) => {
    const [, whole, rest = ""] = MARK.exec(comment.text) ?? [];
    if (!MARK.test(comment.text)) return [];
    const { rules, reason } = parts(rest);
    const about = whole === undefined ? { lines: blockBelow(lines, comment) } : headProblem(lines, comment);
    return rules.map((rule) => ({
      file,
      line: comment.line,
      rule,
      ...(reason === "" ? {} : { reason }),
      ...about,
    }));
  });
}

function commentsOf(file: string, text: string): readonly SourceComment[] {
  if (/\.json$/i.test(file) || /^\s*[{[]/.test(text)) return [];
  return /\.(?:tf|tofu|hcl|tfvars)$/i.test(file) ? hclComments(text) : yamlComments(text);
}

/** `DUP003, DUP004: reason`. Without an id it names no rule, and is said to be wrong under an empty one. */
function parts(rest: string): { readonly rules: readonly string[]; readonly reason: string } {
  const colon = rest.indexOf(":");
  const ids = (colon < 0 ? rest : rest.slice(0, colon)).split(/[\s,]+/).filter((id) => id !== "");
  return { rules: ids.length > 0 ? ids : [""], reason: colon < 0 ? "" : rest.slice(colon + 1).trim() };
}

function headProblem(lines: readonly string[], { line, own }: SourceComment): { readonly wrong?: string } {
  const above = lines.slice(0, line - 1);
  if (own && above.every((one) => /^\s*(?:#.*|\/\/.*|---.*|%.*)?$/.test(one))) return {};
  return { wrong: "effectively-once-ignore-file stands at the head of the file, above everything else" };
}
