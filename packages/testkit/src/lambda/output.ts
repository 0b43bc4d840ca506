/** What an environment writes, line by line: told apart by invocation, and with the lines of the platform in between. */

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { LogLine } from "./settings.ts";

const STREAMS = ["stdout", "stderr"] as const;
type Stream = (typeof STREAMS)[number];

export class Output {
  readonly #onLine: (line: LogLine) => void;
  readonly #of: Pick<LogLine, "logStream"> & { readonly pid: number };
  /** Which streams have said a mark. */
  readonly #marks = new Map<string, Set<Stream>>();
  readonly #waiting = new Map<string, () => void>();
  readonly #open = new Set<Stream>();
  /** Lines of an invocation of which it is not known yet whether it has begun. */
  #held: LogLine[] | undefined;

  constructor(child: ChildProcess, logStream: string, onLine: (line: LogLine) => void) {
    this.#onLine = onLine;
    this.#of = { logStream, pid: child.pid ?? 0 };
    for (const stream of STREAMS) {
      const input = child[stream];
      if (!input) continue;
      this.#open.add(stream);
      const lines = createInterface({ input });
      lines.on("line", (text) => this.#hear(stream, text));
      lines.on("close", () => {
        this.#open.delete(stream);
        for (const mark of this.#waiting.keys()) this.#look(mark);
      });
    }
  }

  /** Until `release`, what comes in is kept: a start is to stand before it. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.#onLine(line);
  }

  platform(text: string): void {
    this.#onLine({ ...this.#of, stream: "platform", text });
  }

  /** Resolves when all that was written before the mark has been passed on, or nothing more can come. */
  until(mark: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(mark, resolve);
      this.#look(mark);
    });
  }

  #hear(stream: Stream, text: string): void {
    const at = text.endsWith("\u0000") ? text.lastIndexOf("\u0000", text.length - 2) : -1;
    // What was written without a line end stands before the mark.
    const said = at < 0 ? text : text.slice(0, at);
    if (at < 0 || said !== "") {
      const line: LogLine = { ...this.#of, stream, text: said };
      if (this.#held) this.#held.push(line);
      else this.#onLine(line);
    }
    if (at < 0) return;
    const mark = text.slice(at);
    this.#marks.set(mark, (this.#marks.get(mark) ?? new Set()).add(stream));
    this.#look(mark);
  }

  #look(mark: string): void {
    const said = this.#marks.get(mark);
    const waits = this.#waiting.get(mark);
    if (!waits || ![...this.#open].every((stream) => said?.has(stream))) return;
    this.#marks.delete(mark);
    this.#waiting.delete(mark);
    waits();
  }
}
