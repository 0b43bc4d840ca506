/** The page's own script and style, as the build has put them beside this file. From source, `page/from-source.ts` stands in its place. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface PageAssets {
  /** A classic script. Begins with the licences of what is bundled in it. */
  readonly script: string;
  readonly style: string;
}

export const assets: PageAssets = JSON.parse(
  readFileSync(join(import.meta.dirname, "page.json"), "utf8"),
) as PageAssets;
