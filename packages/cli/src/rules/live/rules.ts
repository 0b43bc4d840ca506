/** The rules over what CloudWatch and SQS saw of an account. Of a template they say nothing. */

import type { Rule } from "../rule.ts";
import { liv001 } from "./liv001.ts";
import { liv002 } from "./liv002.ts";
import { liv003 } from "./liv003.ts";
import { liv004 } from "./liv004.ts";
import { liv005 } from "./liv005.ts";

export const LIVE_RULES: readonly Rule[] = [liv001, liv002, liv003, liv004, liv005];
