/** The first screen: what the deliveries were, what harm was done and what was prevented. */

import type { Aggregates } from "../aggregates.ts";
import { wrapped } from "../../cells.ts";
import type { Page } from "./pretty.ts";
import { counted, number } from "../words.ts";

type VerdictName = keyof Aggregates["verdicts"];

/** In the order in which they matter to a reader. */
const SAYS: readonly (readonly [VerdictName, string])[] = [
  ["first", "the key had not been seen"],
  ["retry", "an earlier attempt had failed: no duplicate"],
  ["takeover", "an earlier attempt had been killed: no duplicate"],
  ["busy", "another attempt was running"],
  ["duplicate", "it had been done already"],
  ["mismatch", "the same key with another payload"],
  ["in-doubt", "an effect may or may not have happened"],
  ["invalid", "no key, or a payload that fails its schema"],
  ["unknown", "these logs do not tell"],
];

export function summaryLines(aggregates: Aggregates, { paint, width }: Page): readonly string[] {
  const { deliveries, keys, verdicts, repeatedRuns, suppressed, receivesWithoutRun } = aggregates;
  const lines = [
    `${paint("bold", counted(deliveries, "delivery", "deliveries"))} of ${counted(keys, "key")}; ${counted(aggregates.repeatedKeys, "key")} came more than once`,
    "",
    harm(repeatedRuns),
    prevented(suppressed),
    "",
  ];
  const shown = SAYS.filter(([name]) => verdicts[name] > 0);
  const digits = Math.max(...shown.map(([name]) => number(verdicts[name]).length), 1);
  for (const [name, says] of shown) {
    const count = number(verdicts[name]).padStart(digits);
    lines.push(`  ${count}  ${paint("bold", name.padEnd(9))}  ${says}${origin(name)}`);
  }
  for (const { reason, deliveries: count } of aggregates.unknownReasons.slice(0, 3))
    lines.push(
      ...wrapped(`${number(count)}: ${reason}`, width - digits - 15).map((line) =>
        paint("dim", `${" ".repeat(digits + 15)}${line}`),
      ),
    );
  if (receivesWithoutRun.receives > 0)
    lines.push(
      "",
      `  ${counted(receivesWithoutRun.receives, "receive")} of ${counted(receivesWithoutRun.messages, "message")} reached no handler that logged it.`,
    );
  return lines;

  function harm(count: number): string {
    const said = "ran although the same work was running or done: harm done";
    return count === 0
      ? `  ${paint("green", "0")} deliveries ${said}`
      : `  ${paint("red", number(count))} ${count === 1 ? "delivery" : "deliveries"} ${paint("bold", said)}`;
  }

  function prevented(count: number): string {
    return `  ${count > 0 ? paint("green", number(count)) : "0"} ${count === 1 ? "was" : "were"} turned away by a guard: harm prevented`;
  }

  function origin(name: VerdictName): string {
    if (name !== "busy" && name !== "duplicate") return "";
    const { redelivery, resend, unknown } = aggregates.origins[name];
    const parts = [
      redelivery > 0 ? `${number(redelivery)} redelivered` : "",
      resend > 0 ? `${number(resend)} sent again` : "",
      unknown > 0 ? `${number(unknown)} of unknown origin` : "",
    ].filter((part) => part !== "");
    return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  }
}
