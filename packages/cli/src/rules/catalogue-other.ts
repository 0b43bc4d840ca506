/** The rules about streams, asynchronous calls, and what functions remember. */

import { asy001 } from "./asy001/rule.ts";
import { asy002 } from "./asy002/rule.ts";
import { asy003 } from "./asy003/rule.ts";
import { asy004 } from "./asy004/rule.ts";
import { asy005 } from "./asy005/rule.ts";
import { asy006 } from "./asy006/rule.ts";
import { idm001 } from "./idm001/rule.ts";
import { idm002 } from "./idm002/rule.ts";
import { idm003 } from "./idm003/rule.ts";
import { idm004 } from "./idm004/rule.ts";
import { idm005 } from "./idm005/rule.ts";
import type { Rule } from "./rule.ts";
import { str001 } from "./str001/rule.ts";
import { str002 } from "./str002/rule.ts";
import { str003 } from "./str003/rule.ts";
import { str004 } from "./str004/rule.ts";

export const OTHER_RULES: readonly Rule[] = [
  str001,
  str002,
  str003,
  str004,
  asy001,
  asy002,
  asy003,
  asy004,
  asy005,
  asy006,
  idm001,
  idm002,
  idm003,
  idm004,
  idm005,
];
