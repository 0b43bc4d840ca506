/** `--send`: one JSON document is one message, JSON lines are one each. */

import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { Usage } from "../../usage.ts";

export interface Outgoing {
  readonly bodies: readonly string[];
  /** Lines that are no JSON: said, and not sent. */
  readonly bad: readonly { readonly line: number; readonly reason: string }[];
}

/** @throws Usage for a file that cannot be read or holds nothing that can be sent. */
export function messagesIn(file: string): Outgoing {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new Usage(`--send ${file} cannot be read: ${(error as Error).message}.`);
  }
  const whole = parsed(text);
  const found =
    whole.ok && ![".jsonl", ".ndjson"].includes(extname(file))
      ? { bodies: [JSON.stringify(whole.value)], bad: [] }
      : linesOf(text);
  if (found.bodies.length > 0) return found;
  const [first] = found.bad;
  throw new Usage(
    first === undefined
      ? `--send ${file} is empty. It is one JSON document, or one on each line.`
      : `--send ${file} holds no JSON: line ${first.line}: ${first.reason}. It is one JSON document, or one on each line.`,
  );
}

function linesOf(text: string): Outgoing {
  const bodies: string[] = [];
  const bad: { line: number; reason: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const one = parsed(line);
    if (one.ok) bodies.push(line.trim());
    else bad.push({ line: index + 1, reason: one.reason });
  }
  return { bodies, bad };
}

function parsed(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}
