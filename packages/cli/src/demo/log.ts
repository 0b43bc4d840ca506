/** What one side's functions have logged, as `aws logs tail` gives the log of a function on AWS. */

import type { LogLine } from "@effectively-once/testkit/lambda";

interface Kept {
  readonly atMs: number;
  readonly text: string;
}

export class SideLog {
  readonly #lines: Kept[] = [];
  /** Processes that have written a line of their own in the invocation that they run. */
  readonly #spoken = new Set<number>();
  #begun = false;

  /** What warms the environments up is no delivery: lines are kept from here on. */
  begin(): void {
    this.#begun = true;
  }

  hear({ stream, text, pid, logStream }: LogLine): void {
    if (stream === "platform") this.#spoken.delete(pid);
    else this.#spoken.add(pid);
    if (!this.#begun) return;
    const atMs = instantOf(text) ?? Date.now();
    this.#lines.push({ atMs, text: `${awsInstant(atMs)} ${logStream} ${text}` });
  }

  hasSpoken(pid: number): boolean {
    return this.#spoken.has(pid);
  }

  /** By their instants: CloudWatch Logs takes them out of lines of JSON, and reads them back in their order. */
  lines(): readonly string[] {
    return this.#lines.toSorted((left, right) => left.atMs - right.atMs).map(({ text }) => text);
  }
}

function instantOf(text: string): number | undefined {
  try {
    const { time, timestamp } = JSON.parse(text) as { readonly time?: string; readonly timestamp?: string };
    const atMs = Date.parse(time ?? timestamp ?? "");
    return Number.isNaN(atMs) ? undefined : atMs;
  } catch {
    return undefined;
  }
}

/** As the AWS CLI writes it. */
function awsInstant(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "000+00:00");
}
