/** The one place that prints. People's text and progress go to stderr when stdout carries JSON. */

import { styleText } from "node:util";
import { Progress } from "./progress.ts";

type Style = Parameters<typeof styleText>[0];

export interface OutputOptions {
  readonly format: string;
  readonly noColor: boolean;
}

export class Output {
  readonly json: boolean;
  readonly #progress = new Progress(process.stderr);
  readonly #colored: boolean;

  constructor({ format, noColor }: OutputOptions) {
    this.json = format === "json";
    this.#colored = !noColor && colorOf(this.json ? process.stderr : process.stdout);
  }

  /** The command's answer: one JSON document, or its text. */
  answer(data: object, text: string): void {
    this.#progress.clear();
    process.stdout.write(this.json ? `${JSON.stringify({ schemaVersion: 1, ...data })}\n` : text);
  }

  /** One of many: a JSON object or a line of text on stdout. */
  record(data: object, line: string): void {
    this.answer(data, `${line}\n`);
  }

  /** For people only, on stderr: never part of the answer. */
  note(line: string): void {
    this.#progress.clear();
    process.stderr.write(`${line}\n`);
  }

  warn(line: string): void {
    this.note(`${this.paint("yellow", "warning")}: ${line}`);
  }

  /** Says on stderr that something is still going on, once it takes more than two seconds. */
  during<T>(label: string | (() => string), work: Promise<T>): Promise<T> {
    return this.#progress.during(label, work);
  }

  paint(style: Style, text: string): string {
    return this.#colored ? styleText(style, text, { validateStream: false }) : text;
  }

  end(): void {
    this.#progress.clear();
  }
}

/** https://no-color.org: any value but the empty one. `FORCE_COLOR` is for pipes that end at a terminal. */
function colorOf(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY && TERM !== "dumb";
}
