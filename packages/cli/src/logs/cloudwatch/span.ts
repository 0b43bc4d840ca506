/** `--since` and `--until`: an instant, or how long ago. */

import { Usage } from "../../usage.ts";
import { instantAt } from "../formats/instant.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** @throws Usage for what is neither `3h` nor `2026-09-25T12:00:00Z` nor `2026-09-25` */
export function instantGiven(option: string, text: string, nowMs: number): number {
  const [, amount, unit = ""] = /^(\d+)\s*([smhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNITS_MS[unit] ?? 0);
  const whole = /^\d{4}-\d\d-\d\d$/.test(text)
    ? `${text}T00:00:00Z`
    : text.replace(/^(\S+[T ]\d\d:\d\d)(Z|[+-]\d\d:?\d\d)?$/, "$1:00$2");
  const found = instantAt(whole);
  if (found && found.end === whole.length) return found.atMs;
  throw new Usage(
    `${option} is how long ago, such as 15m, 3h, 2d or 1w, or an instant such as 2026-09-25T12:00:00Z; got "${text}".`,
  );
}
