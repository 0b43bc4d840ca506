/** Facts of which nothing could be read, and why. */

import type { Facts, Gap } from "./model.ts";

export function nothingRead(language: Facts["language"], file: string, gaps: readonly Gap[]): Facts {
  return {
    language,
    file,
    functions: [],
    queues: [],
    streams: [],
    mappings: [],
    pipes: [],
    deliveries: [],
    tables: [],
    idempotency: [],
    signs: [],
    gaps,
  };
}
