/** How many records of a store wait for a person. */

import type { Store } from "@effectively-once/runtime/store";

export async function heldIn(store: Store<unknown>): Promise<number> {
  let held = 0;
  for await (const _ of store.list({ held: true })) held += 1;
  return held;
}
