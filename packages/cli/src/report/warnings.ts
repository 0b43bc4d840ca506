/** What belongs on stderr beside a report in whatever format: suppressions that do nothing, files that were not audited. */

import type { Report } from "./report.ts";

/** One sentence each, with where it stands. */
export function warningsOf({ unusedSuppressions, problems }: Report): readonly string[] {
  return [
    ...problems.map(({ file, message }) => (message.includes(file) ? message : `${file}: ${message}`)),
    ...unusedSuppressions.map(({ file, line, message }) =>
      file === undefined ? message : `${file}${line === undefined ? "" : `:${line}`}: ${message}`,
    ),
  ];
}
