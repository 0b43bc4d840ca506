/** The comments of an HCL file, and where its blocks end: strings, templates in them and heredocs are passed over. */

import type { SourceComment } from "./source-comments.ts";

export function hclComments(text: string): readonly SourceComment[] {
  const scan = new Scan(text);
  scan.code(false);
  const blockEnd = (line: number): number => scan.ends.get(line) ?? line;
  return scan.comments.map((comment) => ({ ...comment, blockEnd }));
}

class Scan {
  readonly comments: SourceComment[] = [];
  /** By the line of what opens first on it, the line where that closes. */
  readonly ends = new Map<number, number>();
  readonly #text: string;
  #at = 0;
  #line = 1;
  #own = true;

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to the end, or within a template up to its closing brace. */
  code(template: boolean): void {
    const open: number[] = [];
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? "";
      const two = this.#text.slice(this.#at, this.#at + 2);
      if (char === "#" || two === "//") this.#comment(char === "#" ? 1 : 2);
      else if (two === "/*") this.#blockComment();
      else if (char === '"') this.#string();
      else if (two === "<<" && this.#heredoc()) continue;
      else if (char === "}" && template && open.length === 0) {
        this.#step(1);
        return;
      } else {
        if (char === "{" || char === "[" || char === "(") open.push(this.#line);
        else if (char === "}" || char === "]" || char === ")") {
          const from = open.pop();
          if (from !== undefined) this.ends.set(from, this.#line);
        }
        this.#step(1);
      }
    }
  }

  #comment(mark: number): void {
    const end = this.#endOfLine();
    const text = this.#text.slice(this.#at + mark, end).trimEnd();
    this.comments.push({ line: this.#line, text, own: this.#own });
    this.#step(end - this.#at);
  }

  #blockComment(): void {
    const close = this.#text.indexOf("*/", this.#at + 2);
    this.#step((close < 0 ? this.#text.length : close + 2) - this.#at);
  }

  #string(): void {
    this.#step(1);
    while (this.#at < this.#text.length) {
      const three = this.#text.slice(this.#at, this.#at + 3);
      if (three.startsWith("\\")) this.#step(2);
      else if (three === "$${" || three === "%%{") this.#step(3);
      else if (three.startsWith("${") || three.startsWith("%{")) {
        this.#step(2);
        this.code(true);
      } else {
        this.#step(1);
        if (three.startsWith('"') || three.startsWith("\n")) return;
      }
    }
  }

  #heredoc(): boolean {
    const start = /^<<-?([\p{L}_][\p{L}\p{N}_-]*)\r?\n/u.exec(this.#text.slice(this.#at, this.#at + 200));
    if (!start) return false;
    this.#step(start[0].length);
    const word = start[1] ?? "";
    while (this.#at < this.#text.length) {
      const end = this.#endOfLine();
      const line = this.#text.slice(this.#at, end);
      this.#step(Math.min(end + 1, this.#text.length) - this.#at);
      if (line.trim() === word) break;
    }
    return true;
  }

  #endOfLine(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end < 0 ? this.#text.length : end;
  }

  #step(count: number): void {
    for (const char of this.#text.slice(this.#at, this.#at + count)) {
      if (char === "\n") {
        this.#line += 1;
        this.#own = true;
      } else if (char.trim() !== "") this.#own = false;
    }
    this.#at += count;
  }
}
