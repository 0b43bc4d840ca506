/** The statements for Athena are Hive's DDL and Trino's SQL, by grammars of both. */

import { HiveSQL, TrinoSQL } from "dt-sql-parser";
import { expect, it } from "vitest";
import { athenaStatements } from "../../../src/logs/queries/athena.ts";
import { placeOf } from "../../../src/logs/queries/place.ts";

const KEYS = [
  undefined,
  "$.body.orderId",
  "$.event.Records[*].body['order id'][0].Message.x",
  "$.order.id",
  String.raw`/it's (?<key>\S+)/i`,
];

it.each(KEYS)("prints statements that parse, with the key %s", { timeout: 120_000 }, (key) => {
  const place = key === undefined ? undefined : placeOf("--key", "key", key);
  const [table, ...others] = athenaStatements({ key: place, sinceMs: 0, untilMs: 1_800_000_000_000 });

  expect(new HiveSQL().validate(`${table?.text};`)).toEqual([]);
  expect(others).toHaveLength(5);
  for (const { text } of others) expect(new TrinoSQL().validate(`${text};`)).toEqual([]);
});

it("would see what is no SQL", () => {
  expect(new TrinoSQL().validate("SELECT a FROM WHERE b;")).not.toEqual([]);
  expect(new HiveSQL().validate("CREATE EXTERNAL TABLE (line string);")).not.toEqual([]);
});
