/** The page of a rule, as the package carries it, or as it stands in the workspace. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where pages are: copied beside the built rules; in the workspace, where they are written. */
const FOLDERS = [new URL("./pages/", import.meta.url), new URL("../../../../docs/rules/", import.meta.url)];

/** @throws Error when the package was built without it: a bug of ours. */
export function pageOf(id: string): string {
  for (const folder of FOLDERS)
    try {
      return readFileSync(fileURLToPath(new URL(`${id}.md`, folder)), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  throw new Error(`the page of ${id} is missing`);
}
