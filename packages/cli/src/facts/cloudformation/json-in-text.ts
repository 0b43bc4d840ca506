/** JSON that is written in a text, with references in it: a redrive policy, the input of a schedule. */

import { hole, literal, type Part, type TextResult } from "./result.ts";

/** @returns the values at its keys; `undefined` for a text that is no JSON object */
export function jsonInText(text: TextResult): ReadonlyMap<string, TextResult> | undefined {
  let json = "";
  let isQuoted = false;
  const holes: Part[] = [];
  for (const part of text.parts) {
    if (typeof part === "string") {
      for (let at = part.indexOf('"'); at !== -1; at = part.indexOf('"', at + 1))
        if (part[at - 1] !== "\\") isQuoted = !isQuoted;
      json += part;
      continue;
    }
    const mark = `\\u0000${holes.push(part) - 1}\\u0000`;
    json += isQuoted ? mark : `"${mark}"`;
  }
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null) return undefined;
  return new Map(
    Object.entries(read).map(([key, value]) => {
      // Every second piece is the number of a reference.
      const parts = String(value)
        .split("\u0000")
        .map((piece, index) => (index % 2 === 0 ? piece : (holes[Number(piece)] ?? "")))
        .filter((part) => part !== "");
      const [only] = parts;
      const made =
        parts.length === 1 && typeof only === "object" ? hole(only, text.node) : literal("", text.node);
      return [key, { ...text, ...made, parts: parts as readonly Part[] }];
    }),
  );
}
