/** All rules about queues: what runs twice, and what is lost. */

import { dup001 } from "./dup001/rule.ts";
import { dup002 } from "./dup002/rule.ts";
import { dup003 } from "./dup003/rule.ts";
import { dup004 } from "./dup004/rule.ts";
import { dup005 } from "./dup005/rule.ts";
import { dup006 } from "./dup006/rule.ts";
import { dup007 } from "./dup007/rule.ts";
import { dup008 } from "./dup008/rule.ts";
import { dup009 } from "./dup009/rule.ts";
import { dup010 } from "./dup010/rule.ts";
import { dup011 } from "./dup011/rule.ts";
import { loss001 } from "./loss001/rule.ts";
import { loss002 } from "./loss002/rule.ts";
import { loss003 } from "./loss003/rule.ts";
import { loss004 } from "./loss004/rule.ts";
import { loss005 } from "./loss005/rule.ts";
import { loss006 } from "./loss006/rule.ts";
import { loss007 } from "./loss007/rule.ts";
import { loss008 } from "./loss008/rule.ts";
import { loss009 } from "./loss009/rule.ts";
import type { Rule } from "./rule.ts";

export const SQS_RULES: readonly Rule[] = [
  dup001,
  dup002,
  dup003,
  dup004,
  dup005,
  dup006,
  dup007,
  dup008,
  dup009,
  dup010,
  dup011,
  loss001,
  loss002,
  loss003,
  loss004,
  loss005,
  loss006,
  loss007,
  loss008,
  loss009,
];
