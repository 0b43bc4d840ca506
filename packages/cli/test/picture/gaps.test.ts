import { describe, expect, it } from "vitest";
import { gapsOf } from "../../src/picture/gaps.ts";

const total = (gaps: ReturnType<typeof gapsOf>): number =>
  (gaps?.bins.reduce((sum, { count }) => sum + count, 0) ?? 0) + (gaps?.longer ?? 0);

describe("the histogram of gaps", () => {
  it("is nothing without a gap", () => {
    expect(gapsOf([], 30_000)).toBeUndefined();
    expect(gapsOf([Number.NaN, -5], 30_000)).toBeUndefined();
  });

  it.each([1_000, 2_000, 30_000, 43_200_000, 999])(
    "has a visibility timeout of %i ms at an edge",
    (visibilityMs) => {
      for (const reach of [10, 1_000, 31_000, 3_600_000, 500_000_000]) {
        const gaps = gapsOf([reach / 3, reach / 2, reach], visibilityMs);
        const edges = gaps?.bins.map(({ toMs }) => toMs) ?? [];
        expect(Math.min(...edges.map((edge) => Math.abs(edge - visibilityMs)))).toBeLessThan(1e-6);
      }
    },
  );

  it("counts a gap of just the timeout as not shorter than it", () => {
    const gaps = gapsOf([29_999, 30_000], 30_000);
    expect(gaps?.bins.filter(({ count }) => count > 0).map(({ toMs }) => toMs <= 30_000)).toEqual([
      true,
      false,
    ]);
  });

  it("counts every gap once, wherever it lies", () => {
    const gaps = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 100_003);
    expect(total(gapsOf(gaps, 30_000))).toBe(1_000);
    expect(total(gapsOf(gaps, undefined))).toBe(1_000);
    expect(total(gapsOf([0, 0, 0], undefined))).toBe(3);
  });

  it("draws where most gaps lie, and counts the far ones as longer", () => {
    const near = Array.from({ length: 99 }, () => 31_000);
    const gaps = gapsOf([...near, 86_400_000], 30_000);
    expect(gaps?.longer).toBe(1);
    expect(gaps?.bins.at(-1)?.toMs).toBeLessThan(200_000);
  });

  it("has bins enough to see a cluster, and few enough to draw", () => {
    for (const reach of [3, 700, 31_000, 86_400_000])
      for (const visibility of [undefined, 1_000, 30_000]) {
        const bins = gapsOf([reach], visibility)?.bins.length ?? 0;
        expect(bins).toBeGreaterThanOrEqual(1);
        expect(bins).toBeLessThanOrEqual(100);
      }
  });
});
