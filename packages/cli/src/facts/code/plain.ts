/** Source text without what is not code: comments and the insides of strings are blanks, and every character keeps its place. */

export type SourceLanguage = "script" | "python";

export interface Plain {
  /** Without comments and without the insides of strings. */
  readonly code: string;
  /** Without comments alone. */
  readonly uncommented: string;
  /** Strings that have no parts to be filled in, without their quotes. */
  readonly strings: readonly { readonly start: number; readonly text: string }[];
}

export function plain(text: string, language: SourceLanguage): Plain {
  const blanks = new Blanks(text);
  if (language === "python") readPython(text, blanks);
  else readScript(text, 0, blanks, false);
  return blanks.done();
}

class Blanks {
  readonly #text: string;
  readonly #code: string[];
  readonly #uncommented: string[];
  readonly #strings: { start: number; text: string }[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#code = text.split("");
    this.#uncommented = text.split("");
  }

  comment(start: number, end: number): void {
    blank(this.#code, start, end);
    blank(this.#uncommented, start, end);
  }

  string(start: number, end: number, isWhole: boolean): void {
    blank(this.#code, start, end);
    if (isWhole) this.#strings.push({ start, text: this.#text.slice(start, end) });
  }

  done(): Plain {
    return { code: this.#code.join(""), uncommented: this.#uncommented.join(""), strings: this.#strings };
  }
}

function blank(characters: string[], start: number, end: number): void {
  for (let at = start; at < end; at += 1) if (characters[at] !== "\n") characters[at] = " ";
}

/** @returns where it ended: at the text's end, or after the brace that closes a template's part */
function readScript(text: string, from: number, blanks: Blanks, inTemplate: boolean): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at];
    const two = text.slice(at, at + 2);
    if (two === "//") at = commentTo(blanks, at, endOf(text, "\n", at));
    else if (two === "/*") at = commentTo(blanks, at, endOf(text, "*/", at + 2) + 2);
    else if (character === '"' || character === "'") at = quoted(text, at, character, blanks);
    else if (character === "`") at = template(text, at + 1, blanks);
    else if (character === "/" && isRegexAt(text, at)) at = regex(text, at, blanks);
    else {
      if (character === "{") depth += 1;
      if (character === "}" && inTemplate && depth === 0) return at + 1;
      if (character === "}") depth -= 1;
      at += 1;
    }
  }
  return at;
}

function readPython(text: string, blanks: Blanks): void {
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === "#") at = commentTo(blanks, at, endOf(text, "\n", at));
    else if (character === '"' || character === "'") {
      const triple = character.repeat(3);
      at = text.startsWith(triple, at)
        ? tripled(text, at, triple, blanks)
        : quoted(text, at, character, blanks);
    } else at += 1;
  }
}

function commentTo(blanks: Blanks, start: number, end: number): number {
  blanks.comment(start, end);
  return end;
}

function endOf(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}

/** An unclosed one ends with its line. */
function quoted(text: string, start: number, quote: string, blanks: Blanks): number {
  let at = start + 1;
  while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
  const end = Math.min(at, text.length);
  blanks.string(start + 1, end, !/[fF]/u.test(text[start - 1] ?? ""));
  return end + 1;
}

function tripled(text: string, start: number, triple: string, blanks: Blanks): number {
  const end = endOf(text, triple, start + 3);
  blanks.string(start + 3, end, false);
  return end + 3;
}

function template(text: string, start: number, blanks: Blanks): number {
  let at = start;
  let piece = start;
  while (at < text.length && text[at] !== "`") {
    if (text[at] === "\\") at += 2;
    else if (text.startsWith("${", at)) {
      blanks.string(piece, at, false);
      at = readScript(text, at + 2, blanks, true);
      piece = at;
    } else at += 1;
  }
  const end = Math.min(at, text.length);
  blanks.string(piece, end, piece === start);
  return end + 1;
}

/** A slash after a value divides; anywhere else it begins an expression. */
function isRegexAt(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd();
  if (before === "") return true;
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/u.test(before))
    return true;
  return /[=(,:;[!&|?{}+\-*%~^<>]$/u.test(before);
}

function regex(text: string, start: number, blanks: Blanks): number {
  let at = start + 1;
  let inClass = false;
  while (at < text.length && text[at] !== "\n" && (inClass || text[at] !== "/")) {
    if (text[at] === "[") inClass = true;
    if (text[at] === "]") inClass = false;
    at += text[at] === "\\" ? 2 : 1;
  }
  // No slash in its line: it was a division.
  if (text[at] !== "/") return start + 1;
  blanks.string(start + 1, at, false);
  return at + 1;
}
