/** The logs that were named: files and standard input, or log groups of an account. */

import { openGroups } from "../../logs/cloudwatch/groups.ts";
import { marksOf } from "../../logs/formats/prefilter.ts";
import { EntryReader } from "../../logs/formats/reader.ts";
import {
  type Batch,
  type InputProblem,
  type InputProgress,
  newReadCounts,
  openInputs,
} from "../../logs/input/open.ts";
import { expressionsOf } from "../../logs/keys/expressions.ts";
import type { Entry, ReadCounts } from "../../logs/model.ts";
import type { ReadProblem } from "../../logs/report/report.ts";
import { bytes, counted } from "../../logs/words.ts";
import type { Call } from "../../options.ts";
import { DEFAULT_SPAN_MS, type DetectSettings } from "./settings.ts";

export interface OpenLogs {
  readonly counts: ReadCounts;
  /** How many files, streams of standard input or log groups. */
  readonly sources: number;
  /** Complete when all entries were read. */
  readonly problems: readonly ReadProblem[];
  /** What is being read just now, for people. */
  readonly progress: () => string;
  /** Once. */
  entries(): AsyncIterable<readonly Entry[]>;
}

/** @throws Usage for what is not there */
export async function openLogs(call: Call, settings: DetectSettings): Promise<OpenLogs> {
  return settings.logGroups.length > 0 ? groups(call, settings) : await files(call, settings);
}

async function files({ interrupted }: Call, { paths, asked }: DetectSettings): Promise<OpenLogs> {
  const counts = newReadCounts();
  let progress: InputProgress = { readBytes: 0, knownBytes: undefined };
  const onProgress = (now: InputProgress): void => void (progress = now);
  const reader = new EntryReader(counts, expressionsOf(asked));
  const inputs = await openInputs(paths, { signal: interrupted, counts, onProgress });
  return {
    counts,
    sources: inputs.sources.length,
    progress: () => `reading ${progressText(progress)}`,
    ...readBy(reader, inputs),
  };
}

function groups(call: Call, { logGroups, through, sinceMs, untilMs, asked }: DetectSettings): OpenLogs {
  const counts = newReadCounts();
  const toMs = untilMs ?? Date.now();
  const fromMs = sinceMs ?? toMs - DEFAULT_SPAN_MS;
  const expressions = expressionsOf(asked);
  const reader = new EntryReader(counts, expressions);
  let progress = "asking CloudWatch Logs";
  const opened = openGroups({
    groups: logGroups,
    fromMs,
    toMs,
    through,
    marks: marksOf(expressions),
    settings: call.aws(),
    signal: call.interrupted,
    counts,
    onProgress: ({ group, events, atMs }) => {
      const share = atMs === undefined ? "" : `, ${Math.floor(((atMs - fromMs) / (toMs - fromMs)) * 100)} %`;
      progress = `reading ${group}, ${counted(events, "event")}${share}`;
    },
  });
  return { counts, sources: logGroups.length, progress: () => progress, ...readBy(reader, opened) };
}

/** Entries of batches; problems are known when all of them were read. */
function readBy(
  reader: EntryReader,
  from: { readonly problems: readonly InputProblem[]; batches(): AsyncGenerator<Batch> },
): Pick<OpenLogs, "entries" | "problems"> {
  const problems: ReadProblem[] = [];
  return {
    problems,
    async *entries() {
      for await (const batch of from.batches()) yield reader.read(batch);
      yield reader.end();
      problems.push(
        ...from.problems.map(({ path, reason, denied = false }) => ({ source: path, reason, denied })),
      );
    },
  };
}

/** `120 MB of 1 GB, 12 %`. */
export function progressText({ readBytes, knownBytes }: InputProgress): string {
  if (knownBytes === undefined || knownBytes === 0) return bytes(readBytes);
  const share = Math.min(100, Math.floor((readBytes / knownBytes) * 100));
  return `${bytes(readBytes)} of ${bytes(knownBytes)}, ${share} %`;
}
