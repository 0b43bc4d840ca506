/** What a call is given, read without running it: literals, and names of variables of the environment. */

import type { Place } from "../value.ts";
import { type Source, placeIn } from "./sources.ts";

export interface Call {
  readonly source: Source;
  /** From its name to its closing parenthesis. */
  readonly start: number;
  readonly end: number;
  /** Where its arguments begin and end. */
  readonly inside: readonly [number, number];
}

export interface Argument {
  /** The expression, as it stands in the source. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Calls of a name, whatever it is a member of; type arguments may stand between. */
export function callsOf(source: Source, name: string): readonly Call[] {
  const pattern = new RegExp(String.raw`(?<![\w$])${name}\s*(?:<[^()]*?>)?\s*\(`, "gu");
  return [...source.code.matchAll(pattern)].flatMap((match): readonly Call[] => {
    if (isDefinition(source, match.index)) return [];
    const open = match.index + match[0].length;
    const close = closing(source.code, open);
    return [{ source, start: match.index, end: close + 1, inside: [open, close] }];
  });
}

/** A property of the object that it is given, or in Python an argument with a name. */
export function argument({ source, inside }: Call, name: string): Argument | undefined {
  const [from, to] = inside;
  const separator = source.language === "python" ? "=(?!=)" : ":";
  const keyed = new RegExp(String.raw`(?<![\w$.])${name}\s*${separator}\s*`, "u");
  const code = source.code.slice(from, to);
  const match = keyed.exec(code);
  if (match !== null) return expressionAt(source, from + match.index + match[0].length, to);
  // `{ name }` is short for `{ name: name }`.
  const short = new RegExp(String.raw`(?<=[{,]\s*)${name}(?=\s*[,}])`, "u").exec(code);
  if (short === null || source.language === "python") return undefined;
  const start = from + short.index;
  return { text: name, start, end: start + name.length };
}

/** Whether the call mentions the name at all. */
export function mentions({ source, inside }: Call, name: string): boolean {
  return new RegExp(String.raw`(?<![\w$])${name}(?![\w$])`, "u").test(source.code.slice(...inside));
}

export function placeOfCode(source: Source, { start, end }: Argument | Call): Place {
  return placeIn(source, start, end);
}

/** `60 * 60 * 24`, `86_400`; a name, when the file gives it such a value. `undefined`: it takes more than that to know it. */
export function numberOf(source: Source, text: string): number | undefined {
  const computed = computedNumber(text);
  if (computed !== undefined || !isName(text)) return computed;
  const value = constantOf(source, text);
  return value === undefined ? undefined : computedNumber(value);
}

/** `Number(process.env.SECONDS)`, `int(os.environ["SECONDS"])`: the variable's name. */
export function numericVariableOf(source: Source, text: string): string | undefined {
  const inside = /^(?:Number|(?:Number\.)?parse(?:Int|Float)|int|float)\s*\((.*)\)$/su.exec(text)?.[1];
  const found = inside === undefined ? undefined : textOf(source, inside.replace(/,\s*10\s*$/u, "").trim());
  return found?.kind === "variable" ? found.name : undefined;
}

export type Text =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "variable"; readonly name: string };

/** A literal, or a variable of the environment: directly, or by a name that the file gives it. */
export function textOf(source: Source, expression: string): Text | undefined {
  const direct = literalOrVariable(expression);
  if (direct !== undefined || !isName(expression)) return direct;
  const taken = destructured(source, expression);
  if (taken !== undefined) return taken;
  const value = constantOf(source, expression);
  return value === undefined ? undefined : literalOrVariable(value);
}

function literalOrVariable(expression: string): Text | undefined {
  const literal = /^(["'`])([^"'`$\\]*)\1$/u.exec(expression)?.[2];
  if (literal !== undefined) return { kind: "literal", text: literal };
  const name =
    /^(?:process\.)?env(?:\.(\w+)|\[\s*["'](\w+)["']\s*\])(?:!|\s*(?:\?\?|\|\|).*|\s+as\s.*)?$/su.exec(
      expression,
    ) ?? /^os\.(?:environ(?:\.get)?|getenv)\s*[[(]\s*["'](\w+)["']/u.exec(expression);
  const variable = name?.[1] ?? name?.[2];
  return variable === undefined ? undefined : { kind: "variable", name: variable };
}

/** `const { TABLE, OTHER: name = "" } = process.env` */
function destructured({ uncommented }: Source, name: string): Text | undefined {
  for (const [, inside = ""] of uncommented.matchAll(/\{([^{}]*)\}\s*=\s*process\.env\b/gu))
    for (const part of inside.split(",")) {
      const [, key, alias = key] = /^\s*(\w+)\s*(?::\s*(\w+))?/u.exec(part) ?? [];
      if (key !== undefined && alias === name) return { kind: "variable", name: key };
    }
  return undefined;
}

function constantOf(source: Source, name: string): string | undefined {
  const assigned = new RegExp(String.raw`(?<![\w$.])${name}\s*(?::\s*[\w.]+\s*)?=(?![=>])\s*`, "gu");
  const [only, ...more] = [...source.code.matchAll(assigned)];
  // With two of them it takes running the code to know which.
  if (only === undefined || more.length > 0) return undefined;
  return expressionAt(source, only.index + only[0].length, source.code.length, true).text;
}

function computedNumber(text: string): number | undefined {
  if (!/^[\d_\s*+().]+$/u.test(text)) return undefined;
  const terms = text
    .replaceAll("_", "")
    .replaceAll(/[()\s]/gu, " ")
    .split("+");
  // Parentheses around sums would need more than this.
  if (/\([^)]*\+/u.test(text)) return undefined;
  const sum = terms.reduce(
    (total, term) => total + term.split("*").reduce((product, factor) => product * asNumber(factor), 1),
    0,
  );
  return Number.isFinite(sum) ? sum : undefined;
}

function asNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function isName(text: string): boolean {
  return /^[A-Za-z_$][\w$]*$/u.test(text);
}

function isDefinition({ code }: Source, at: number): boolean {
  return /(?:\bfunction|\bdef|\bclass)\s+$/u.test(code.slice(Math.max(0, at - 24), at));
}

/** @param ofLine it also ends with its line, where no bracket is open */
function expressionAt({ code, text }: Source, start: number, to: number, ofLine = false): Argument {
  let depth = 0;
  let at = start;
  for (; at < to; at += 1) {
    const character = code[at] ?? "";
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) {
      if (depth === 0) break;
      depth -= 1;
    }
    if (depth === 0 && (character === "," || character === ";" || (ofLine && character === "\n"))) break;
  }
  const found = text.slice(start, at);
  // A comment may follow the value.
  const value = found.replace(/\s*(?:\/\/|\/\*|#).*$/su, (tail) =>
    code.slice(at - tail.length, at).trim() === "" ? "" : tail,
  );
  const trimmed = value.trimEnd();
  return { text: trimmed, start, end: start + trimmed.length };
}

function closing(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; at += 1) {
    const character = code[at] ?? "";
    if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}
