/** What takes longer than two seconds says so: one line that replaces itself on a terminal, a line now and then elsewhere. */

const QUIET_MS = 2_000;
const TERMINAL_EVERY_MS = 500;
const ELSEWHERE_EVERY_MS = 10_000;

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #stream: ProgressStream;
  #shown = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** @param label a function is asked again for each line: what is being done just now */
  async during<T>(label: string | (() => string), work: Promise<T>): Promise<T> {
    const startedMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const show = (): void => {
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      const line = `${typeof label === "string" ? label : label()}: ${seconds} s`;
      this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
      this.#shown = true;
      timer = setTimeout(show, this.#stream.isTTY ? TERMINAL_EVERY_MS : ELSEWHERE_EVERY_MS);
    };
    timer = setTimeout(show, QUIET_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.clear();
    }
  }

  /** Before anything else is written. */
  clear(): void {
    if (this.#shown && this.#stream.isTTY) this.#stream.write("\r\x1b[K");
    this.#shown = false;
  }
}
