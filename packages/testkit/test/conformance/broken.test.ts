import { runConformance } from "@effectively-once/testkit/conformance";
import { describe, expect, it } from "vitest";
import { brokenStores } from "./broken-stores.ts";
import { moldSubject } from "./mold.ts";

describe("a store is found out that", () => {
  it.each(brokenStores)("$name", async ({ name, mold, fails }) => {
    const report = await runConformance(moldSubject(name, mold));

    const failed = report.results.filter(({ outcome }) => outcome === "failed").map(({ id }) => id);
    expect(failed).toEqual(expect.arrayContaining([...fails]));
  });
});
