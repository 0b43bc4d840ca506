/** Makes a failing schedule shorter and duller for as long as it still fails. */

const MOST_TRIES = 2_000;

/** @returns choices that fail too; those given when none simpler does. */
export async function shrink(
  choices: readonly number[],
  fails: (choices: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let best = trimmed(choices);
  let tries = 0;
  const better = async (candidate: readonly number[]): Promise<boolean> => {
    const dull = trimmed(candidate);
    if (tries >= MOST_TRIES || same(dull, best)) return false;
    tries += 1;
    if (!(await fails(dull))) return false;
    best = dull;
    return true;
  };
  for (let again = true; again && tries < MOST_TRIES;) {
    again = false;
    // Shorter: whatever comes after is zero, no fault and the first of each.
    for (let length = best.length >> 1; length > 0; length >>= 1)
      while (best.length > length && (await better(best.slice(0, best.length - length)))) again = true;
    // Without a piece of it, so that what comes after moves up.
    for (const size of [8, 4, 2, 1])
      for (let at = 0; at + size <= best.length; at += 1)
        if (await better([...best.slice(0, at), ...best.slice(at + size)])) again = true;
    // Duller.
    for (let at = 0; at < best.length; at += 1) {
      if (best[at] === 0) continue;
      if (await better(best.with(at, 0))) again = true;
      else if ((best[at] ?? 0) > 1 && (await better(best.with(at, (best[at] ?? 0) - 1)))) again = true;
    }
  }
  return best;
}

/** Zeros at the end are what comes anyway. */
function trimmed(choices: readonly number[]): readonly number[] {
  let length = choices.length;
  while (length > 0 && choices[length - 1] === 0) length -= 1;
  return choices.slice(0, length);
}

function same(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
