/** The context of the message that is being handled, for code that was not handed one (C-16: never module state). */

import { AsyncLocalStorage } from "node:async_hooks";
import type { ContextBase, Effects } from "../types.ts";

export const currentContext: AsyncLocalStorage<ContextBase & Effects> = new AsyncLocalStorage();
