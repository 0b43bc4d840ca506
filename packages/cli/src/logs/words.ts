/** Numbers and instants as people read them. */

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** `1.2 s`, `2 min 5 s`: two units at most. */
export function span(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const all = Math.abs(ms);
  if (all < 1_000) return `${sign}${Math.round(all)} ms`;
  if (all < 60_000) return `${sign}${trimmed(all / 1_000)} s`;
  for (const [at, [name, unit]] of UNITS.entries()) {
    const [small, smallUnit] = UNITS[at + 1] ?? ["s", 1_000];
    // What is rounded up to an hour is one.
    const rounded = Math.round(all / smallUnit) * smallUnit;
    if (rounded < unit) continue;
    const rest = (rounded % unit) / smallUnit;
    return `${sign}${Math.floor(rounded / unit)} ${name}${rest === 0 ? "" : ` ${rest} ${small}`}`;
  }
  return `${sign}${Math.round(all / 1_000)} s`;
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} bytes`;
  for (const [name, unit] of [
    ["kB", 1e3],
    ["MB", 1e6],
  ] as const)
    if (count < unit * 999.5) return `${trimmed(count / unit)} ${name}`;
  return `${trimmed(count / 1e9)} GB`;
}

/** `1,234,567`. */
export function number(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 delivery`, `2 deliveries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

export function instant(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15
    ? new Date(ms).toISOString().replace("T", " ").replace("Z", "")
    : "?";
}

function trimmed(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, "");
}
