/**
 * JSONPath, as far as it names members: `$.a.b[0]['c']`, `[*]`, `..name`. No filters, no slices. A string that holds JSON is
 * read as what it holds, on the way; one that holds JSON in base64, as Kinesis' `data`, too.
 */

import { Usage } from "../../usage.ts";

type Segment =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "anywhere"; readonly name: string };

export interface Path {
  readonly segments: readonly Segment[];
}

const NAME = /[\p{L}_$@][\p{L}\p{N}_$@-]*/uy;
const INDEX = /\[\s*(-?\d+)\s*\]/y;
const ALL = /\[\s*\*\s*\]|\.\*/y;
const QUOTED = /\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/y;
/** So deep no event is, and no string within a string. */
const MAX_DEPTH = 32;

/** @throws Usage that points at what is not understood; `option` names it to people */
export function parsePath(option: string, text: string): Path {
  const segments: Segment[] = [];
  let at = 1;
  const match = (pattern: RegExp, from: number): RegExpExecArray | null => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const all = match(ALL, at);
    const index = match(INDEX, at);
    const quoted = match(QUOTED, at);
    const found = all ?? index ?? quoted;
    if (all) segments.push({ kind: "all" });
    else if (index) segments.push({ kind: "index", index: Number(index[1]) });
    else if (quoted)
      segments.push({ kind: "name", name: (quoted[1] ?? quoted[2] ?? "").replaceAll(/\\(.)/g, "$1") });
    if (found) {
      at += found[0].length;
      continue;
    }
    const dots = text.startsWith("..", at) ? 2 : text.startsWith(".", at) ? 1 : 0;
    const name = dots > 0 ? match(NAME, at + dots) : null;
    if (!name) throw notUnderstood(option, text, at);
    segments.push({ kind: dots === 2 ? "anywhere" : "name", name: name[0] });
    at += dots + name[0].length;
  }
  if (segments.length === 0) throw notUnderstood(option, text, 1);
  return { segments };
}

function notUnderstood(option: string, text: string, at: number): Usage {
  const rest = at >= text.length ? "its end" : `"${text.slice(at, at + 12)}"`;
  return new Usage(
    `${option} ${text} is not understood at character ${at + 1}, ${rest}. A path is made of .name, ['name'], [0], [*] and ..name, as in $.body.orderId.`,
  );
}

/** Without `Records[*]` or the like: what is left applies to each record of an event. `undefined`: it does not begin so. */
export function withinRecord({ segments }: Path): Path | undefined {
  const [first, second, ...rest] = segments;
  const records = first?.kind === "name" && first.name === "Records";
  return records && (second?.kind === "all" || second?.kind === "index") && rest.length > 0
    ? { segments: rest }
    : undefined;
}

/** A member's name that any record in which the path finds something contains; `undefined`: there is none to rely on. */
export function needleOf({ segments }: Path): string | undefined {
  const names = segments.flatMap((one) => (one.kind === "name" || one.kind === "anywhere" ? [one.name] : []));
  // Others may be written with escapes, and what is within base64 cannot be seen.
  return names.some((name) => name === "data") ? undefined : names.findLast((name) => /^[\w-]+$/.test(name));
}

/** All texts and numbers that it leads to, in order, as texts. */
export function valuesAt({ segments }: Path, root: unknown): readonly string[] {
  const found: string[] = [];
  walk(root, segments, 0, 0, found);
  return found;
}

function walk(
  value: unknown,
  segments: readonly Segment[],
  at: number,
  depth: number,
  found: string[],
): void {
  const segment = segments[at];
  if (segment === undefined) {
    if (typeof value === "string" && value !== "") found.push(value);
    else if (typeof value === "number" && Number.isFinite(value)) found.push(String(value));
    return;
  }
  if (depth > MAX_DEPTH) return;
  const here = typeof value === "string" ? held(value) : value;
  if (typeof here !== "object" || here === null) return;
  const go = (next: unknown): void => walk(next, segments, at + 1, depth + 1, found);
  switch (segment.kind) {
    case "name":
      if (Object.hasOwn(here, segment.name)) go((here as Record<string, unknown>)[segment.name]);
      return;
    case "index":
      if (Array.isArray(here)) go(here.at(segment.index));
      return;
    case "all":
      for (const one of Object.values(here)) go(one);
      return;
    case "anywhere":
      if (Object.hasOwn(here, segment.name)) go((here as Record<string, unknown>)[segment.name]);
      for (const one of Object.values(here)) walk(one, segments, at, depth + 1, found);
  }
}

/** What a string holds, when that is JSON. */
function held(text: string): unknown {
  const json = /^\s*[[{]/.test(text) ? text : decoded(text);
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** `{"` and `[{` in base64. */
function decoded(text: string): string | undefined {
  return /^(?:e[yw]|W[3yz])[A-Za-z0-9+/]*={0,2}$/.test(text)
    ? Buffer.from(text, "base64").toString("utf8")
    : undefined;
}
