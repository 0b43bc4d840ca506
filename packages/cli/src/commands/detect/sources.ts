/** The logs that were named: files and standard input, or log groups of an account. */

import { newReadCounts, type InputProgress } from "../../logs/input/open.ts";
import { readFiles } from "../../logs/input/read.ts";
import type { Entry, ReadCounts } from "../../logs/model.ts";
import type { ReadProblem } from "../../logs/report/report.ts";
import { bytes } from "../../logs/report/words.ts";
import type { Call } from "../../options.ts";
import { Usage } from "../../usage.ts";
import type { DetectSettings } from "./settings.ts";

export interface OpenLogs {
  readonly counts: ReadCounts;
  /** How many files, streams of standard input or log groups. */
  readonly sources: () => number;
  /** Complete when all entries were read. */
  readonly problems: readonly ReadProblem[];
  /** What is being read just now, for people. */
  readonly progress: () => string;
  /** Once. */
  entries(): AsyncIterable<readonly Entry[]>;
}

/** @throws Usage for what is not there */
export async function openLogs(call: Call, settings: DetectSettings): Promise<OpenLogs> {
  return settings.logGroups.length > 0 ? groups() : await files(call, settings);
}

async function files({ interrupted }: Call, { paths, asked }: DetectSettings): Promise<OpenLogs> {
  const counts = newReadCounts();
  let progress: InputProgress = { readBytes: 0, knownBytes: undefined };
  const onProgress = (now: InputProgress): void => void (progress = now);
  const reading = await readFiles(paths, asked, { signal: interrupted, counts, onProgress });
  const problems: ReadProblem[] = [];
  return {
    counts,
    sources: () => paths.length,
    problems,
    progress: () => `reading ${progressText(progress)}`,
    async *entries() {
      yield* reading.entries();
      problems.push(...reading.problems.map(({ path, reason }) => ({ source: path, reason })));
    },
  };
}

function groups(): OpenLogs {
  throw new Usage(
    "--log-group is not there yet. Export the log group, or pipe aws logs filter-log-events into detect -.",
  );
}

/** `120 MB of 1 GB, 12 %`. */
export function progressText({ readBytes, knownBytes }: InputProgress): string {
  if (knownBytes === undefined || knownBytes === 0) return bytes(readBytes);
  const share = Math.min(100, Math.floor((readBytes / knownBytes) * 100));
  return `${bytes(readBytes)} of ${bytes(knownBytes)}, ${share} %`;
}
