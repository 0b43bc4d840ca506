/** `--print-query`: the same question for logs that do not fit one machine. */

import type { Answer } from "../../command.ts";
import { athenaStatements } from "../../logs/queries/athena.ts";
import { insightsQueries } from "../../logs/queries/insights.ts";
import { placeOf } from "../../logs/queries/place.ts";
import { printedQueries } from "../../logs/queries/print.ts";
import type { DetectSettings } from "./settings.ts";

/** @throws Usage for a key that a query cannot name */
export function printQuery({ printQuery: language, asked, sinceMs, untilMs }: DetectSettings): Answer {
  const key = asked.key === undefined ? undefined : placeOf("--key", "key", asked.key);
  const queries =
    language === "athena" ? athenaStatements({ key, sinceMs, untilMs }) : insightsQueries({ key });
  const text = language === "athena" ? printedQueries(queries, "--", ";") : printedQueries(queries, "#", "");
  return { exitCode: 0, data: { language, queries }, text };
}
