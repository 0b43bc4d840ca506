/** The files that a handler is made of, as far as they are here: its own, and those that it imports by a relative path. */

import { basename, dirname, join, normalize } from "node:path";
import { type Files, InputProblem } from "../files.ts";
import type { FunctionFact } from "../model.ts";
import type { Place } from "../value.ts";
import { type Plain, type SourceLanguage, plain } from "./plain.ts";

export interface Source extends Plain {
  readonly path: string;
  readonly text: string;
  readonly language: SourceLanguage;
  /** Relative ones, as they are written. */
  readonly imports: readonly string[];
}

const SCRIPT_ENDINGS = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
/** A handler's own file, what it imports, and what that imports. */
const MAX_DEPTH = 2;
const MAX_FILES = 24;
/** A bundle of all dependencies is no source that a person would look into. */
const MAX_CHARACTERS = 400_000;

/** Reads each file once, whichever functions it belongs to. */
export class Sources {
  readonly #files: Files;
  readonly #read = new Map<string, Source | undefined>();
  readonly #folders = new Map<string, ReadonlySet<string>>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** The handler's file first. `[]`: it is not here. */
  of({ root, handler }: NonNullable<FunctionFact["code"]>): readonly Source[] {
    const first = this.#first(candidates(root, handler));
    if (first === undefined) return [];
    const all = new Map([[first.path, first]]);
    let level = [first];
    for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
      const next: Source[] = [];
      for (const source of level)
        for (const name of source.imports) {
          if (all.size >= MAX_FILES) return [...all.values()];
          const found = this.#first(resolved(source, name, root));
          if (found === undefined || all.has(found.path)) continue;
          all.set(found.path, found);
          next.push(found);
        }
      level = next;
    }
    return [...all.values()];
  }

  #first(paths: readonly string[]): Source | undefined {
    for (const path of paths) {
      const source = this.#source(normalize(path));
      if (source !== undefined) return source;
    }
    return undefined;
  }

  #source(path: string): Source | undefined {
    if (this.#read.has(path)) return this.#read.get(path);
    const source = this.#parse(path);
    this.#read.set(path, source);
    return source;
  }

  #parse(path: string): Source | undefined {
    const language = languageOf(path);
    if (language === undefined || !this.#isThere(path)) return undefined;
    const text = this.#text(path);
    if (text === undefined || text.length > MAX_CHARACTERS) return undefined;
    const parts = plain(text, language);
    return { path, text, language, ...parts, imports: importsOf(parts, language) };
  }

  /** A folder is looked through once: most of the names that a file could have are not there. */
  #isThere(path: string): boolean {
    const folder = dirname(path);
    const names = this.#folders.get(folder) ?? new Set(this.#files.names(folder));
    this.#folders.set(folder, names);
    return names.has(basename(path));
  }

  /** What cannot be read was not seen: that a sign is missing proves nothing. */
  #text(path: string): string | undefined {
    try {
      return this.#files.text(path);
    } catch (error) {
      if (error instanceof InputProblem) return undefined;
      throw error;
    }
  }
}

/** Of some characters of a source. */
export function placeIn({ path, text }: Source, start: number, end: number): Place {
  const from = positionOf(text, start);
  const to = positionOf(text, end);
  return {
    file: path,
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    start,
    end,
  };
}

function positionOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

/** `src/orders.handler`, `app.lambda_handler`, `pkg.app.handler` in Python; also a file of its own, with or without an export. */
function candidates(root: string, handler: string): readonly string[] {
  const module = handler.replace(/[.#][^./#]*$/u, "");
  const paths = [root, join(root, handler), join(root, handler.replace(/#.*$/u, ""))];
  for (const name of new Set([module, handler])) {
    const base = join(root, name);
    for (const ending of SCRIPT_ENDINGS) paths.push(`${base}${ending}`);
    paths.push(`${base}.py`, `${join(root, name.replaceAll(".", "/"))}.py`);
    for (const ending of SCRIPT_ENDINGS)
      paths.push(join(base, `index${ending}`), join(root, "src", `${name}${ending}`));
  }
  return paths;
}

/** TypeScript is imported by the name that it has when built, too. */
function resolved({ path, language }: Source, name: string, root: string): readonly string[] {
  if (language === "python") {
    const dots = /^\.*/u.exec(name)?.[0].length ?? 0;
    const folder = dots === 0 ? root : join(dirname(path), ...Array.from({ length: dots - 1 }, () => ".."));
    const module = name.slice(dots).replaceAll(".", "/");
    const besides = dots === 0 ? [`${join(dirname(path), module)}.py`] : [];
    return [`${join(folder, module)}.py`, ...besides, join(folder, module, "__init__.py")];
  }
  const base = join(dirname(path), name);
  const built = base.replace(/\.([mc]?)js$/u, ".$1ts");
  return [
    base,
    built,
    ...SCRIPT_ENDINGS.map((ending) => `${base}${ending}`),
    ...SCRIPT_ENDINGS.map((ending) => join(base, `index${ending}`)),
  ];
}

function importsOf({ uncommented, code }: Plain, language: SourceLanguage): readonly string[] {
  if (language === "python") {
    const lines = code.matchAll(
      /^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([\w, \t]+)|import[ \t]+([\w.]+))/gmu,
    );
    return [...lines].flatMap(([, from, names = "", whole]) => {
      if (whole !== undefined) return [whole];
      if (from === undefined) return [];
      // `from . import a, b` names modules, `from .a import b` mostly does not.
      const modules = /^\.+$/u.test(from) ? names.split(",").map((name) => `${from}${name.trim()}`) : [from];
      return modules;
    });
  }
  const matches = uncommented.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'](\.{1,2}\/[^"'\n]*)["']/gu);
  return [...matches].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

function languageOf(path: string): SourceLanguage | undefined {
  if (path.endsWith(".py")) return "python";
  return SCRIPT_ENDINGS.some((ending) => path.endsWith(ending)) ? "script" : undefined;
}
