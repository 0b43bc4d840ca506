/** Plain data before and after: whether an edit changed what it was to change, and nothing else. */

import { isDeepStrictEqual } from "node:util";
import { isMap } from "./wish.ts";

/** Writes a value into plain data, and the maps and lists on the way that are not there. */
export function put(data: unknown, path: readonly string[], value: unknown): void {
  let at = data as Record<string, unknown>;
  for (const [index, segment] of path.slice(0, -1).entries()) {
    at[segment] ??= /^(?:-|0)$/.test(path[index + 1] ?? "") ? [] : {};
    at = at[segment] as Record<string, unknown>;
  }
  const last = path.at(-1) ?? "";
  if (!Array.isArray(at)) at[last] = value;
  else if (last === "-") at.push(value);
  else at[Number(last)] = value;
}

/** A number that was written in quotes stays so, and means the same to AWS. */
export function meansTheSame(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(loose(left), loose(right));
}

function loose(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loose);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, loose(one)]));
  return typeof value === "number" ? String(value) : value;
}
