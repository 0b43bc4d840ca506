/** What several rules ask of the same facts, which do not change, is worked out once. */

import type { Facts } from "../facts/model.ts";

/** The same function, which remembers its answers for as long as the facts are there. */
export function remembering<K extends object, T>(
  make: (facts: Facts, about: K) => T,
): (facts: Facts, about: K) => T {
  const known = new WeakMap<Facts, WeakMap<K, { readonly value: T }>>();
  return (facts, about) => {
    const own = known.get(facts) ?? new WeakMap<K, { readonly value: T }>();
    known.set(facts, own);
    const before = own.get(about);
    if (before) return before.value;
    const value = make(facts, about);
    own.set(about, { value });
    return value;
  };
}
