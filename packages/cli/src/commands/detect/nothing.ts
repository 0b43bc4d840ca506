/** What is said when there is nothing to count: never "0 duplicates", which would be read as good news. */

import { flawsOf, readSentence } from "../../logs/report/pretty-read.ts";
import type { Read } from "../../logs/report/report.ts";
import { Usage } from "../../usage.ts";
import type { DetectSettings } from "./settings.ts";

export function nothingFound(read: Read, invocations: number, settings: DetectSettings): Usage {
  const what = settings.asked.key === undefined ? "no delivery of a message" : "no delivery with that key";
  const parts = [`${readSentence(read)}, and ${what} among them.`];
  const flaws = flawsOf(read);
  if (flaws.length > 0) parts.push(`Not as it should be: ${flaws.join(", ")}.`);
  parts.push(...read.problems.map(({ reason }) => reason));
  parts.push(...advice(read, invocations, settings));
  parts.push("See effectively-once detect --help.");
  return new Usage(parts.join("\n"));
}

function advice(
  read: Read,
  invocations: number,
  { asked, logGroups, sinceMs, untilMs }: DetectSettings,
): readonly string[] {
  const ranged = sinceMs !== undefined || untilMs !== undefined;
  if (read.lines === 0)
    return [
      logGroups.length > 0 || ranged
        ? "There are no lines in that time. Try a longer one: --since 1d."
        : "There are no lines in what was read.",
    ];
  if (asked.key !== undefined)
    return [
      `--key ${asked.key} found nothing in ${read.withoutKey > 0 ? `${read.withoutKey} records` : "any line"}. A path starts at each logged record, whose JSON body is parsed: $.body.orderId; what stands in a line as text is found by a regular expression: '/order (?<key>\\S+)/'.`,
    ];
  const how =
    "Name what identifies a message in these logs: --key '$.orderId' for a field of JSON lines, --key '/order (?<key>\\S+)/' for text, --message-id likewise.";
  return invocations > 0
    ? [
        `There are ${invocations} invocations, but nothing says which messages they were given. ${how}`,
        "Where nothing does, log it: Powertools Logger's logEvent, console.log(JSON.stringify(event)), or this project's loggerSink.",
      ]
    : [how];
}
