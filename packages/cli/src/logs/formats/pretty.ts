/** Records that are spread over several lines: JSON that was pretty-printed, and objects as Node shows them. */

import { own } from "./own.ts";

const MOST_LINES = 20_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** What a line has ended. */
export interface Whole {
  readonly text: string | undefined;
  readonly cut: boolean;
  /** Set: the line itself is none of the record's. */
  readonly again?: true;
}

export class Pretty {
  #lines: string[] = [];
  #characters = 0;
  #heading: string | undefined;

  get open(): boolean {
    return this.#lines.length > 0;
  }

  /** Between two batches: what it keeps is to be a copy. */
  letGo(): void {
    if (this.#heading !== undefined) this.#heading = own(this.#heading);
    this.#lines = this.#lines.map(own);
  }

  /** A line after which only a record can come that says no more itself: the time and stream of `aws logs tail`. */
  heading(text: string): void {
    this.#heading = text.length < 200 ? text : undefined;
  }

  /** Whether a record begins with this line, which ends in a brace. */
  begins(text: string): boolean {
    // Code that is logged ends so too: what follows tells.
    const first = text === "{" && this.#heading !== undefined ? `${this.#heading} {` : text;
    this.#heading = undefined;
    if (text !== "{" && !/^\d{4}-\d\d-\d\d|message [a-z-]+ \{$/.test(text)) return false;
    this.#lines = [first];
    this.#characters = first.length;
    return true;
  }

  /** @returns `undefined`: it goes on */
  add(text: string): Whole | undefined {
    if (text === "}") {
      const whole = [...this.#lines, text].join("\n");
      this.#close();
      return { text: whole, cut: false };
    }
    // All that is within is indented.
    const within = text.startsWith(" ") || text.startsWith("\t");
    this.#characters += text.length;
    if (within && this.#lines.length < MOST_LINES && this.#characters < MOST_CHARACTERS) {
      this.#lines.push(text);
      return undefined;
    }
    const [first] = this.#lines;
    this.#close();
    return { text: first === "{" ? undefined : first, cut: true, again: true };
  }

  #close(): void {
    this.#lines = [];
    this.#characters = 0;
  }
}
