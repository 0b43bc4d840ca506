/** A short form of the crash matrix: every point once and every kind at least twice, on each real store. */

import { describe, expect, inject, it } from "vitest";
import { expected, KINDS, type Kind, type Point, POINT_NAMES } from "../../proof/crash/points.ts";
import { runMatrix } from "../../proof/crash/run.ts";
import { PLACE_NAMES } from "../../proof/places.ts";

const urls = { sqlite: "", postgres: inject("postgresUrl"), dynamodb: inject("dynamodbUrl") };

/** Another pairing of points and kinds for each store. */
const cellsFor = (shift: number): readonly (readonly [Point, Kind])[] =>
  POINT_NAMES.map((point, index) => [point, KINDS[(index + shift) % KINDS.length] ?? "keyed"]);

it("the matrix has twelve points and five kinds, and expects at most one effect wherever it does not expect the same key", () => {
  expect(POINT_NAMES).toHaveLength(12);
  expect(KINDS).toHaveLength(5);
  for (const point of POINT_NAMES) {
    expect(expected(point, "plain").calls).toBeLessThanOrEqual(1);
    expect(expected(point, "keyed").keys).toBe(1);
    for (const kind of ["transact", "commit"] as const) expect(expected(point, kind).rows).toBe(1);
  }
});

describe.each(PLACE_NAMES.map((place, shift) => ({ place, shift })))("$place", ({ place, shift }) => {
  it("B-01 … B-08 · A-08 · D-05 · D-06 · killed at each of twelve points, its message is done once or held", async () => {
    const results = await runMatrix({ place, url: urls[place], cells: cellsFor(shift) });

    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results).toHaveLength(POINT_NAMES.length);
  }, 240_000);
});
