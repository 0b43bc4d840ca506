/** Where a key stands, as query languages need it: in each record of a logged event, in a line of JSON, or in text. */

import { parsePath } from "../keys/path.ts";
import { Usage } from "../../usage.ts";

export type Place =
  /** Member by member, from a record of a logged event or from the whole line. */
  | {
      readonly kind: "record";
      /** Where the list of records stands in the line, where that was said: `["event", "Records"]`. */
      readonly list: readonly (string | number)[] | undefined;
      readonly steps: readonly Step[];
    }
  | { readonly kind: "line"; readonly steps: readonly Step[] }
  /** A regular expression with a group of that name, without slashes; its flags as `(?i)` at its head. */
  | { readonly kind: "text"; readonly pattern: string; readonly group: string };

export interface Step {
  readonly name: string | number;
  /** A string that holds JSON, which has to be parsed on the way. */
  readonly holdsJson: boolean;
}

/** Members of records of logged events; what begins with another name stands in a line of its own. */
const OF_RECORDS: ReadonlySet<string | number> = new Set([
  "body",
  "messageId",
  "attributes",
  "messageAttributes",
  "eventSourceARN",
  "Sns",
  "s3",
]);
const JSON_STRINGS: ReadonlySet<string | number> = new Set(["body", "Message", "message"]);

/** @throws Usage for what a query language cannot say */
export function placeOf(option: string, group: string, text: string): Place {
  const [, source, flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  if (source !== undefined)
    return { kind: "text", pattern: `${flags === "" ? "" : `(?${flags})`}${source}`, group };
  let names = parsePath(option, text).segments.map((segment) => {
    if (segment.kind === "name") return segment.name;
    if (segment.kind === "index" && segment.index >= 0) return segment.index;
    if (segment.kind === "all") return "*";
    throw new Usage(
      `${option} ${text} cannot be said in a query: name the members from the record on, as in $.body.orderId.`,
    );
  });
  const records = names.indexOf("Records");
  const isRecord = records >= 0 || OF_RECORDS.has(names[0] ?? "");
  const list = records >= 0 ? names.slice(0, records + 1) : undefined;
  if (list) names = names.slice(list.length + 1);
  if (names.length === 0 || names.includes("*") || list?.includes("*"))
    throw new Usage(`${option} ${text} cannot be said in a query: of a list only $.Records[*] can.`);
  const steps = names.map((name, at) => ({
    name,
    holdsJson: JSON_STRINGS.has(name) && at < names.length - 1,
  }));
  return isRecord ? { kind: "record", list, steps } : { kind: "line", steps };
}
