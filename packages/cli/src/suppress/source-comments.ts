/** A comment of a file, and the lines that it speaks about. */

export interface SourceComment {
  /** From 1. */
  readonly line: number;
  /** Without its mark. */
  readonly text: string;
  /** It has its line for itself. */
  readonly own: boolean;
  /** In a language with braces: the last line of what begins on a line. */
  readonly blockEnd?: (line: number) => number;
}

const ONLY_COMMENT = /^\s*(?:#|\/\/)/;

/** The line that a comment is about, with the block that begins there. */
export function blockBelow(
  lines: readonly string[],
  { line, own, blockEnd }: SourceComment,
): { readonly from: number; readonly to: number } {
  let from = line;
  // Several comments above one thing are all about it.
  if (own)
    do from += 1;
    while (from < lines.length && ONLY_COMMENT.test(lines[from - 1] ?? ""));
  return { from, to: blockEnd?.(from) ?? indentedEnd(lines, from) };
}

/** YAML: all lines that are indented further; the items of a list may stand as far left as its key. */
function indentedEnd(lines: readonly string[], from: number): number {
  const first = lines[from - 1] ?? "";
  // A blank line below a comment is below nothing.
  if (first.trim() === "") return from;
  const depth = indent(first);
  const list = !first.trimStart().startsWith("- ") && /:\s*(?:[&!#].*)?$/.test(first);
  let to = from;
  for (let at = from + 1; at <= lines.length; at += 1) {
    const one = lines[at - 1] ?? "";
    if (one.trim() === "") continue;
    const inside = indent(one) > depth || (list && indent(one) === depth && /^\s*-(?:\s|$)/.test(one));
    if (!inside && ONLY_COMMENT.test(one)) continue;
    if (!inside) break;
    to = at;
  }
  return to;
}

function indent(line: string): number {
  return line.length - line.trimStart().length;
}
