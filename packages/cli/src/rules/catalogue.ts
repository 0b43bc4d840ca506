/** All rules that there are. */

import { OTHER_RULES } from "./catalogue-other.ts";
import { SQS_RULES } from "./catalogue-sqs.ts";
import { LIVE_RULES } from "./live/rules.ts";
import type { Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [...SQS_RULES, ...OTHER_RULES, ...LIVE_RULES];

/** By id or name, in any case. */
export function ruleNamed(text: string): Rule | undefined {
  const wanted = text.toLowerCase();
  return RULES.find(({ id, name }) => id.toLowerCase() === wanted || name === wanted);
}
