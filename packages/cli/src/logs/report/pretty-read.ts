/** What was read, and what was not understood: the first line of every answer. */

import { harmless, wrapped } from "../../cells.ts";
import type { Page } from "./pretty.ts";
import type { Read } from "./report.ts";
import { bytes, counted, instant } from "../words.ts";

export function readLines(read: Read, { paint, width }: Page): readonly string[] {
  const lines = [`${readSentence(read)}.`];
  const flaws = flawsOf(read);
  if (flaws.length > 0) lines.push(...wrapped(`Not as it should be: ${flaws.join(", ")}.`, width));
  lines.push(...read.problems.map(({ reason }) => `${paint("yellow", "not read")}: ${harmless(reason)}`));
  if (!read.complete)
    lines.push(
      ...wrapped(
        `Lines are missing${signsOf(read)}: a delivery gets a verdict only where the lines that are there prove it.`,
        width,
      ).map((line) => paint("yellow", line)),
    );
  return lines;
}

const SIGNS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  withoutStart: ["invocation that ends and does not begin", "invocations that end and do not begin"],
  withoutEnd: ["invocation that has lost an end", "invocations that have lost an end"],
  withoutBoth: ["invocation without beginning and end", "invocations without beginning and end"],
  withoutMessage: ["invocation that names no message", "invocations that name no message"],
  unseen: [
    "delivery of a function whose invocations are not logged",
    "deliveries of functions whose invocations are not logged",
  ],
  withoutFunction: ["delivery of an unknown function", "deliveries of unknown functions"],
};

function signsOf({ missing }: Read): string {
  const parts = Object.entries(missing).map(([sign, times]) =>
    counted(times, ...(SIGNS[sign] ?? ([sign, sign] as const))),
  );
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Without its full stop. */
export function readSentence({ sources, bytes: read, lines, entries, fromMs, toMs }: Read): string {
  const range =
    fromMs === undefined || toMs === undefined ? "" : `, ${instant(fromMs)} to ${instant(toMs)} UTC`;
  return `Read ${counted(sources, "source")}, ${bytes(read)}, ${counted(lines, "line")}; understood ${counted(entries, "entry", "entries")}${range}`;
}

/** What was found wrong while reading, in words; nothing of it makes a count wrong. */
export function flawsOf(read: Read): readonly string[] {
  const { unreadable, repeated, withoutKey, truncated, clockSteps } = read;
  return [
    unreadable > 0 ? `${counted(unreadable, "line")} cut off or unreadable` : "",
    repeated > 0 ? `${counted(repeated, "line")} there twice, counted once` : "",
    withoutKey > 0 ? `${counted(withoutKey, "record")} without the key` : "",
    truncated > 0 ? `${counted(truncated, "source")} that ended before its end` : "",
    clockSteps > 0 ? `${counted(clockSteps, "time")} a clock went backwards` : "",
  ].filter((flaw) => flaw !== "");
}
