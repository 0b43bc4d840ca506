/** Adds to facts what the functions' own sources say, as far as they are on the disk. Nothing is run, and all of it is only possible. */

import type { Files } from "../files.ts";
import type { Facts } from "../model.ts";
import { idempotencyInEnvironment } from "./environment.ts";
import { idempotencyIn } from "./idempotency.ts";
import { partialBatchSign } from "./signs.ts";
import { Sources } from "./sources.ts";

/** @returns the facts with `signs` and `idempotency` added */
export function readCode(facts: Facts, files: Files): Facts {
  const sources = new Sources(files);
  const seen = facts.functions.map((called) => {
    const its = called.code === undefined ? [] : sources.of(called.code);
    const memories = idempotencyIn(called, its);
    return {
      signs: partialBatchSign(called.id, its),
      memories: memories.length > 0 ? memories : idempotencyInEnvironment(called),
    };
  });
  return {
    ...facts,
    signs: [...facts.signs, ...seen.flatMap(({ signs }) => signs)],
    idempotency: [...facts.idempotency, ...seen.flatMap(({ memories }) => memories)],
  };
}
