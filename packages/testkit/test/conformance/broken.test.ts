import { runConformance, vectors } from "@effectively-once/testkit/conformance";
import { describe, expect, it } from "vitest";
import { brokenStores } from "./broken-stores.ts";
import { moldSubject } from "./mold.ts";

const found = new Set<string>();

describe("a store is found out that", () => {
  it.each(brokenStores)("$name", async ({ name, mold, fails }) => {
    const report = await runConformance(moldSubject(name, mold));

    const failed = report.results.filter(({ outcome }) => outcome === "failed").map(({ id }) => id);
    for (const id of failed) found.add(id);
    expect(failed).toEqual(expect.arrayContaining([...fails]));
  });

  it("is any of these: every vector finds at least one", () => {
    const idle = vectors.filter(({ id }) => !found.has(id)).map(({ id }) => id);

    expect(idle).toEqual([]);
  });
});
