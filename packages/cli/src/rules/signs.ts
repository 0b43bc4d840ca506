/** What handler code was seen to do. */

import type { CodeSign, Facts } from "../facts/model.ts";

/** Where the function seems to answer with the messages of its batch that failed. */
export function reportsFailures(facts: Facts, called: string): CodeSign | undefined {
  return facts.signs.find((one) => one.function === called && one.sign === "partial-batch-response");
}
