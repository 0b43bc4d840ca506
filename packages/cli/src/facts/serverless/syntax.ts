/** `${source(params):address, fallback}`: where variables stand in a text, and what they are made of. */

/** A text in parts: plain, or the inside of a variable. */
export type Part = { readonly text: string } | { readonly inside: string };

export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let plain = "";
  for (let at = 0; at < text.length; at += 1) {
    const end = text.startsWith("${", at) ? closing(text, at + 2) : -1;
    const inside = end === -1 ? "" : text.slice(at + 2, end);
    if (end === -1 || !isVariable(inside)) {
      plain += text.charAt(at);
      continue;
    }
    if (plain !== "") parts.push({ text: plain });
    plain = "";
    parts.push({ inside });
    at = end;
  }
  if (plain !== "") parts.push({ text: plain });
  return parts;
}

/** The `}` that closes a `${`, with others between. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith("${", at)) depth += 1;
    if (text[at] !== "}") continue;
    depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** `${Queue.Arn}`, `${AWS::Region}` and `${stageVariables.x}` are CloudFormation's and others'. */
function isVariable(inside: string): boolean {
  return /^\s*[a-z][\w-]*(\(|:(?!:))/i.test(inside) && !/^\s*AWS::/.test(inside);
}

/** The variable and its fallbacks, at the commas that lie in nothing else. */
export function alternatives(inside: string): readonly string[] {
  const found: string[] = [];
  let quote = "";
  let depth = 0;
  let start = 0;
  for (let at = 0; at < inside.length; at += 1) {
    const char = inside.charAt(at);
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "(" || char === "{") depth += 1;
    else if (char === ")" || char === "}") depth -= 1;
    else if (char === "," && depth === 0) {
      found.push(inside.slice(start, at).trim());
      start = at + 1;
    }
  }
  found.push(inside.slice(start).trim());
  return found;
}

/** A literal fallback: `'dev'`, `10`, `true`, `null`; `undefined`: it is none. */
export function literalOf(text: string): { readonly value: string | number | boolean | null } | undefined {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted) return { value: quoted[2] ?? "" };
  if (text === "true" || text === "false") return { value: text === "true" };
  if (text === "null" || text === "~") return { value: null };
  return text !== "" && Number.isFinite(Number(text)) ? { value: Number(text) } : undefined;
}

export interface Source {
  /** `self`, `opt`, `file`. */
  readonly type: string;
  readonly params: string;
  readonly address: string;
}

export function sourceOf(text: string): Source | undefined {
  const match = /^([a-z][\w-]*)(?:\(((?:[^()]|\([^()]*\))*)\))?(?::(.*))?$/is.exec(text);
  if (!match || (match[2] === undefined && match[3] === undefined)) return undefined;
  return { type: match[1] ?? "", params: (match[2] ?? "").trim(), address: (match[3] ?? "").trim() };
}
