/** The demo's parts: its counter, its traffic. The demo as a whole is in demo.e2e.test.ts. */

import { describe, expect, it } from "vitest";
import { countEffects } from "../src/demo/report.ts";
import { traffic } from "../src/demo/traffic.ts";

describe("the counter", () => {
  it("counts every effect too many and every order that lacks one", () => {
    expect(countEffects(["a", "b", "c"], ["a", "a", "b"], ["a", "b", "b", "b"])).toEqual({
      effects: 7,
      duplicatedEffects: 3,
      lost: 1,
    });
    expect(countEffects(["a"], ["a"], [])).toEqual({ effects: 1, duplicatedEffects: 0, lost: 1 });
  });
});

describe("the traffic", () => {
  it("is the same for one seed, resends a fifth, a tenth of those with a new timestamp", () => {
    expect(traffic(300, 5)).toEqual(traffic(300, 5));
    expect(traffic(300, 5)).not.toEqual(traffic(300, 6));
    const sent = traffic(20_000, 3);
    const resends = sent.length - 20_000;
    expect(resends / 20_000).toBeCloseTo(0.2, 1);
    const bodies = new Set(sent.map((order) => JSON.stringify(order)));
    expect((bodies.size - 20_000) / resends).toBeCloseTo(0.1, 1);
  });
});
