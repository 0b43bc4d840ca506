/** The Logs Insights queries are in that language, by its documentation; no engine here runs them. */

import { expect, it } from "vitest";
import { insightsQueries } from "../../../src/logs/queries/insights.ts";
import { placeOf } from "../../../src/logs/queries/place.ts";
import { printedQueries } from "../../../src/logs/queries/print.ts";
import { checkInsights } from "./insights-grammar.ts";

const at = (key: string) => placeOf("--key", "key", key);

it.each([
  undefined,
  "$.body.orderId",
  "$.event.Records[*].body.detail['order-id'][0].x",
  "$.order.id",
  String.raw`/order\/(?<key>\S+)/i`,
])("prints queries of that language, with the key %s", (key) => {
  const queries = insightsQueries({ key: key === undefined ? undefined : at(key) });
  for (const { text } of queries) expect(() => checkInsights(text)).not.toThrow();
  expect(queries).toHaveLength(3);
});

it("walks to the key, and parses what holds JSON on the way", () => {
  const [query] = insightsQueries({ key: at("$.body.order.lines[0]['sku no']") });
  expect(query?.text).toContain(
    "| unnest line.Records into record\n| fields jsonParse(record.body) as step1\n| fields step1.order.lines.0.`sku no` as key",
  );
});

it("takes the records from where the key says that they are", () => {
  const [query] = insightsQueries({ key: at("$.detail.event.Records[*].messageId") });
  expect(query?.text).toContain(
    "| unnest line.detail.event.Records into record\n| fields record.messageId as key",
  );
});

it("names the group of a regular expression, and keeps its slashes within", () => {
  const [query] = insightsQueries({ key: at(String.raw`/a\/b (?<key>\d+) c/i`) });
  expect(query?.text).toContain(String.raw`| parse @message /(?i)a\/b (?<key>\d+) c/`);
});

it("says what each query does not tell, as comments", () => {
  const text = printedQueries(insightsQueries({ key: undefined }), "#", "");
  expect(text).toContain("# It counts deliveries and does not tell duplicates from retries");
  for (const query of text.split(/\n\n/)) expect(() => checkInsights(query)).not.toThrow();
});

it.each(["$..id", "$.a[-1]", "$.list[*].id", "$.Records[*]"])(
  "says that %s cannot be said in a query",
  (key) => {
    expect(() => at(key)).toThrow(/cannot be said in a query/);
  },
);

it.each([
  ["a command that there is not", "fields a | select b", 'no command "select"'],
  ["a function that there is not", "fields frob(a)", 'no function "frob"'],
  ["an argument too many", "fields ispresent(a, b)", "ispresent with 2 arguments"],
  ["a missing pipe", "fields a filter b", "wanted a end"],
  ["a limit beyond the most", "fields a | limit 20000", "a limit of 20000"],
  ["a third stats", "stats count(*) | stats count(*) | stats count(*)", "more than two stats"],
])("the check sees %s", (_, text, sentence) => {
  expect(() => checkInsights(text)).toThrow(sentence);
});
