/** Finds or fetches a Chromium before the first test that needs one. */

import type { TestProject } from "vitest/node";
import { found, isCi } from "../services/found.ts";
import { findChromium, HOW_TO_CHROMIUM } from "./chromium.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Path of an executable. */
    chromiumPath: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const chromium = await found("Chromium", {
    ci: isCi(process.env),
    howTo: HOW_TO_CHROMIUM,
    start: () => findChromium(process.env),
  });
  const { missing } = chromium;
  project.provide("chromiumPath", missing === undefined ? chromium.url : "");
  // The runner skips the files that inject what is not there.
  project.provide("missingServices", missing === undefined ? {} : { chromiumPath: missing });
  if (missing !== undefined) console.warn(`skipped what needs it: ${missing}`);
}
