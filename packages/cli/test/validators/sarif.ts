/**
 * Validates a SARIF log against the schema of SARIF 2.1.0, and against what the specification demands beyond it: levels
 * of what is no failure, indices of rules, suppressions in all results or in none, and relative addresses of files.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";

interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly kind: string;
      readonly level: string;
      readonly suppressions?: readonly unknown[];
    }[];
  }[];
}

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "sarif-2.1.0.schema.json"), "utf8"),
) as object;
const validate = new Ajv({
  strict: false,
  validateFormats: false,
  unicodeRegExp: false,
  allErrors: true,
}).compile(schema);

/** One sentence per problem. */
export function sarifProblems(log: unknown): readonly string[] {
  if (!validate(log))
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  const problems: string[] = [];
  for (const { tool, results } of (log as Log).runs) {
    for (const [index, { ruleId, ruleIndex, kind, level }] of results.entries()) {
      if (tool.driver.rules[ruleIndex]?.id !== ruleId)
        problems.push(`results/${index}: ruleIndex names another rule`);
      if (kind !== "fail" && level !== "none")
        problems.push(`results/${index}: a "${kind}" has the level "${level}"`);
    }
    const told = results.filter(({ suppressions }) => suppressions !== undefined).length;
    if (told !== 0 && told !== results.length)
      problems.push("some results have suppressions, and some have none");
  }
  for (const [, uri = ""] of JSON.stringify(log).matchAll(/"uri":"([^"]*)"/g))
    if (/[\s\\{}^`|<>]/.test(uri) || !URL.canParse(uri, "file:///project/"))
      problems.push(`"${uri}" is no address`);
  return problems;
}
