/** Which formats were asked for, and the text of each: `--format sarif=doctor.sarif --format pretty`. */

import { disk, type Files } from "../facts/files.ts";
import { didYouMean } from "../nearest.ts";
import { Usage } from "../usage.ts";
import { githubReport } from "./github.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { type Paint, prettyReport } from "./pretty.ts";
import type { Report } from "./report.ts";
import { sarifReport } from "./sarif.ts";

export const FORMATS = ["pretty", "json", "sarif", "junit", "markdown", "github"] as const;
export type Format = (typeof FORMATS)[number];

export interface Asked {
  readonly format: Format;
  /** The file that it goes to; without one stdout. */
  readonly path?: string;
}

/**
 * @param list what `--format` was given, each `json` or `json=report.json`
 * @param json whether `--json` was given
 * @throws Usage for a format that is none, and when two would share stdout or a file
 */
export function parseFormats(list: readonly string[], json: boolean): readonly Asked[] {
  const asked = list.map(parsed);
  if (json) {
    const other = asked.find(({ format, path }) => path === undefined && format !== "json");
    if (other !== undefined) throw new Usage(`--json and --format ${other.format} contradict each other.`);
    if (!asked.some(({ format, path }) => format === "json" && path === undefined))
      asked.push({ format: "json" });
  }
  if (asked.length === 0) return [{ format: "pretty" }];
  const spoken = asked.filter(({ path }) => path === undefined).map(({ format }) => format);
  if (spoken.length > 1)
    throw new Usage(
      `--format ${spoken.join(" and --format ")} would both go to stdout. Send all but one to a file: --format ${spoken[0]}=report.txt.`,
    );
  const paths = asked.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new Usage(`--format: two formats would go to the file ${twice}.`);
  return asked;
}

function parsed(text: string): Asked {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  const format = FORMATS.find((one) => one === name);
  if (format === undefined)
    throw new Usage(`--format is one of ${FORMATS.join(", ")}; got "${name}".${didYouMean(name, FORMATS)}`);
  if (at < 0) return { format };
  const path = text.slice(at + 1);
  if (path === "")
    throw new Usage(`--format ${name}= names no file: write --format ${name}=report, or ${name} alone.`);
  return { format, path };
}

export interface RenderOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
  readonly ascii: boolean;
  /** Where source lines are read; the disk. */
  readonly files?: Files;
  /** The folder that names of files are relative to in SARIF and on GitHub; the working directory. */
  readonly base?: string;
}

/** The whole text of a report; ends with a line end, unless there is nothing to say. */
export function render(
  format: Format,
  report: Report,
  { paint, width, ascii, files = disk, base }: RenderOptions,
): string {
  switch (format) {
    case "pretty":
      return prettyReport(report, { paint, width, ascii, files });
    case "json":
      return `${JSON.stringify(jsonReport(report), null, 2)}\n`;
    case "sarif":
      return `${JSON.stringify(sarifReport(report, base), null, 2)}\n`;
    case "junit":
      return junitReport(report);
    case "markdown":
      return markdownReport(report);
    case "github":
      return githubReport(report, base);
  }
}
