/** The line of the source that a finding is about, with carets below it, as compilers show it. */

import { type Files, InputProblem } from "../facts/files.ts";
import type { Place } from "../facts/value.ts";
import { cells, harmless } from "../cells.ts";

/** Reads each file once, and only when a line of it is shown. */
export class Sources {
  readonly #files: Files;
  readonly #lines = new Map<string, readonly string[]>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** `undefined`: the file is gone, or is shorter by now. */
  line(file: string, line: number): string | undefined {
    let lines = this.#lines.get(file);
    if (lines === undefined) {
      lines = this.#read(file).split(/\r?\n/);
      this.#lines.set(file, lines);
    }
    return lines[line - 1];
  }

  #read(file: string): string {
    try {
      return this.#files.text(file) ?? "";
    } catch (error) {
      if (error instanceof InputProblem) return "";
      throw error;
    }
  }
}

export interface Excerpt {
  readonly number: string;
  readonly text: string;
  /** Spaces before the carets, which stand below `text`. */
  readonly indent: string;
  readonly carets: string;
}

/** What of a line fits beside its number: all of it, or what is around the caret. */
export function excerpt(place: Place, sources: Sources, width: number): Excerpt | undefined {
  const line = sources.line(place.file, place.line);
  if (line === undefined || line.trim() === "") return undefined;
  const from = Math.min(place.column - 1, line.length);
  const to =
    place.endLine === place.line ? Math.min(place.endColumn - 1, line.length) : line.trimEnd().length;
  const parts = [line.slice(0, from), line.slice(from, Math.max(to, from)), line.slice(Math.max(to, from))];
  const [before = "", marked = "", after = ""] = parts.map(harmless);
  const number = String(place.line);
  const room = Math.max(20, width - number.length - 4);
  if (cells(before + marked + after) <= room) return drawn(number, before, marked, after);
  const kept = cutTo(marked, Math.max(8, room - 12), "start");
  const rest = room - cells(kept) - 2;
  const left = cutTo(before, Math.max(4, Math.floor(rest / 2)), "end");
  const right = cutTo(after, Math.max(0, rest - cells(left)), "start");
  const start = `${left === before ? "" : "…"}${left}`;
  return drawn(number, start, kept, `${right}${right === after && kept === marked ? "" : "…"}`);
}

function drawn(number: string, before: string, marked: string, after: string): Excerpt {
  return {
    number,
    text: `${before}${marked}${after}`.trimEnd(),
    indent: " ".repeat(cells(before)),
    carets: "^".repeat(Math.max(1, cells(marked))),
  };
}

/** At most so many columns from the start or the end of it. */
function cutTo(text: string, columns: number, keep: "start" | "end"): string {
  const chars = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  if (keep === "end") chars.reverse();
  let kept = "";
  for (const char of chars) {
    if (cells(kept + char) > columns) break;
    kept = keep === "end" ? char + kept : kept + char;
  }
  return kept;
}
