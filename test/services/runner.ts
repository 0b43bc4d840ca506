/** Skips the test files that inject a service which is not there. A file names its services itself, by `inject("…")`. */

import { readFileSync } from "node:fs";
import { inject, TestRunner } from "vitest";

type Suite = Parameters<TestRunner["onBeforeRunSuite"]>[0];

export default class extends TestRunner {
  override async onBeforeRunSuite(suite: Suite): Promise<void> {
    if ("filepath" in suite && missing(readFileSync(String(suite.filepath), "utf8"))) skip(suite);
    await super.onBeforeRunSuite(suite);
  }
}

function missing(source: string): boolean {
  return Object.keys(inject("missingServices")).some((name) => source.includes(`inject("${name}")`));
}

/** The children too: a skipped suite alone would leave them without an end. */
function skip(suite: Suite): void {
  suite.mode = "skip";
  for (const task of suite.tasks)
    if (task.type === "suite") skip(task);
    else task.mode = "skip";
}
