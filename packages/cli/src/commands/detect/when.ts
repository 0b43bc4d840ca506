/** `--since` and `--until`: so long ago, or an instant. */

import { Usage } from "../../usage.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Epoch milliseconds. @throws Usage */
export function instantOf(option: string, text: string, nowMs: number): number {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim()) ?? [];
  const unitMs = UNITS[unit];
  if (count !== undefined && unitMs !== undefined) return nowMs - Number(count) * unitMs;
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/.exec(
    text.trim(),
  );
  const [, day, time = "00:00", zone = "Z"] = iso ?? [];
  // Logs are written in UTC, and so is what is read off them.
  const atMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
  if (Number.isFinite(atMs)) return atMs;
  throw new Usage(
    `--${option} is so long ago, such as 30m, 6h or 7d, or an instant, such as 2026-09-01T08:00Z; got "${text}".`,
  );
}
