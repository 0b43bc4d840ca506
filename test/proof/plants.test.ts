/** A planted bug that does not fit into the code any more catches nothing: each must still have its one place. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PLANTS } from "../../proof/plants/plants.ts";

it.each(PLANTS.map((plant) => [plant.id, plant] as const))(
  "%s has its one place, and its checks are there",
  (_, plant) => {
    for (const { file, find, put } of plant.edits) {
      const text = readFileSync(join(import.meta.dirname, "../..", file), "utf8");
      expect(text.split(find).length - 1).toBe(1);
      expect(put).not.toBe(find);
    }
    for (const check of plant.checks)
      expect(readFileSync(join(import.meta.dirname, "../..", check), "utf8")).toContain("it");
  },
);
