/** An option that is not there is an error at construction: a misspelt one would silently do nothing. */

import { OnceError } from "./errors.ts";

export function checkNames(what: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new OnceError("unknown-option", `${what} has no option "${name}". It has: ${known.join(", ")}.`);
}
