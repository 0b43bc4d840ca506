/** The worst keys with their deliveries, a line each. */

import { cells, harmless, padded } from "../../cells.ts";
import { isRepeatedRun } from "../harm.ts";
import type { Judged } from "../model.ts";
import { durationOf, outcomeOf } from "./delivery.ts";
import type { Page } from "./pretty.ts";
import type { DetectReport, KeyHistory } from "./report.ts";
import { counted, instant, span } from "../words.ts";

/** A terminal is no place for all that JSON holds. */
const MAX_KEYS = 10;
const MAX_DELIVERIES = 12;
const MAX_KEY_CELLS = 60;
const HEADINGS = [
  "time (UTC)",
  "gap",
  "verdict",
  "origin",
  "ran",
  "outcome",
  "took",
  "receive",
  "message id",
  "request id",
];

export function prettyKeys({ keys, keysLeftOut }: DetectReport, page: Page): readonly string[] {
  if (keys.length === 0) return [];
  const shown = keys.slice(0, MAX_KEYS);
  const left = keys.length - shown.length + keysLeftOut;
  return [
    page.paint("bold", "The keys, the worst first"),
    ...shown.flatMap((history) => keyLines(history, page)),
    ...(left > 0
      ? [
          `  … and ${counted(left, "key")} more. --format json lists ${keysLeftOut > 0 ? "more of them (--limit)" : "them"}.`,
        ]
      : []),
  ];
}

function keyLines({ key, judged }: KeyHistory, { paint }: Page): readonly string[] {
  const runs = judged.filter(isRepeatedRun).length;
  const head = `  ${paint("bold", cut(harmless(key), MAX_KEY_CELLS))}  ${counted(judged.length, "delivery", "deliveries")}${runs > 0 ? paint("red", `, ${runs} ran again`) : ""}`;
  const shown = judged.length > MAX_DELIVERIES ? worthShowing(judged) : judged;
  const rows = [HEADINGS, ...shown.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => cells(row[column] ?? ""))));
  // A column without anything in it says nothing.
  const filled = HEADINGS.map((_, column) => rows.slice(1).some((row) => row[column] !== ""));
  const lines = rows.map((row, at) => {
    const line = row
      .map((cell, column) => (filled[column] ? `${padded(cell, widths[column] ?? 0)}  ` : ""))
      .join("")
      .trimEnd();
    const one = shown[at - 1];
    return `    ${at === 0 ? paint("dim", line) : one !== undefined && isRepeatedRun(one) ? paint("red", line) : line}`;
  });
  const left = judged.length - shown.length;
  return [
    "",
    head,
    ...lines,
    ...(left > 0 ? [`    … and ${counted(left, "delivery", "deliveries")} more`] : []),
  ];
}

/** The first, and then those that did harm before others. */
function worthShowing(judged: readonly Judged[]): readonly Judged[] {
  const chosen = new Set(
    [...judged.slice(0, 2), ...judged.filter(isRepeatedRun), ...judged].slice(0, MAX_DELIVERIES * 2),
  );
  const few = new Set([...chosen].slice(0, MAX_DELIVERIES));
  return judged.filter((one) => few.has(one));
}

function rowOf(one: Judged): readonly string[] {
  const { delivery, verdict, origin, ran, gapMs } = one;
  const { messageId, receiveCount, invocation } = delivery;
  const duration = durationOf(one);
  return [
    instant(delivery.atMs),
    gapMs === undefined ? "" : `+${span(gapMs)}`,
    verdict,
    origin ?? "",
    ran === "unknown" ? "?" : ran ? "yes" : "no",
    outcomeOf(one) ?? "",
    duration === undefined ? "" : span(duration),
    receiveCount === undefined ? "" : String(receiveCount),
    cut(harmless(messageId ?? ""), 36),
    cut(harmless(invocation?.requestId ?? ""), 36),
  ];
}

function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let short = "";
  for (const char of text) {
    if (cells(short) + cells(char) > width - 1) break;
    short += char;
  }
  return `${short}…`;
}
