import { expect, it } from "vitest";
import { stale } from "../scripts/api.ts";

it(
  "the report of the public face is what the sources say: `npm run api` writes it",
  { timeout: 60_000 },
  () => {
    expect(stale()).toEqual([]);
  },
);
