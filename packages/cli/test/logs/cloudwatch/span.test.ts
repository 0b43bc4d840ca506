/** `--since` and `--until`. */

import { expect, it } from "vitest";
import { instantGiven } from "../../../src/logs/cloudwatch/span.ts";

const NOW = Date.UTC(2026, 8, 25, 12);

it.each([
  ["30s", NOW - 30_000],
  ["15m", NOW - 900_000],
  ["3h", NOW - 10_800_000],
  ["2d", NOW - 172_800_000],
  ["1w", NOW - 604_800_000],
  ["2026-09-25", Date.UTC(2026, 8, 25)],
  ["2026-09-25T10:30", Date.UTC(2026, 8, 25, 10, 30)],
  ["2026-09-25 10:30:05", Date.UTC(2026, 8, 25, 10, 30, 5)],
  ["2026-09-25T10:30:05.5Z", Date.UTC(2026, 8, 25, 10, 30, 5, 500)],
  ["2026-09-25T10:30:00+02:00", Date.UTC(2026, 8, 25, 8, 30)],
])("%s", (text, atMs) => {
  expect(instantGiven("--since", text, NOW)).toBe(atMs);
});

it.each(["", "yesterday", "3", "3y", "2026-13-01", "2026-09-25T10:30:00Z and more"])(
  "%j is not understood",
  (text) => {
    expect(() => instantGiven("--since", text, NOW)).toThrow(/^--since is how long ago, such as 15m/);
  },
);
