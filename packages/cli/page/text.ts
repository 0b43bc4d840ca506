/** Numbers, times and foreign text as people read them. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Two units at most: `45.2 s`, `3 min 20 s`, `2 d 4 h`. */
export function duration(ms: number): string {
  const rounded = Math.round(ms);
  if (Math.abs(rounded) < SECOND) return `${rounded} ms`;
  if (Math.abs(rounded) < MINUTE) return `${trimmed(rounded / SECOND, rounded < 10 * SECOND ? 2 : 1)} s`;
  if (rounded < HOUR) return two(rounded, MINUTE, "min", SECOND, "s");
  if (rounded < DAY) return two(rounded, HOUR, "h", MINUTE, "min");
  return two(rounded, DAY, "d", HOUR, "h");
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const parts = Math.round(ms / small);
  const perLarge = large / small;
  const rest = parts % perLarge;
  return `${Math.floor(parts / perLarge)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** In UTC, as logs have it. */
export function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().replace("T", " ");
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** `1 delivery`, `2 deliveries`. */
export function of(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Controls, and marks that no one sees but that turn or join the text around them. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Foreign text with what cannot be seen in it written out, so that it neither hides nor turns what stands beside it. */
export function visible(text: string): string {
  return text
    .replace(UNSEEN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`)
    .toWellFormed();
}

export function shortened(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, Math.max(1, length - 1)).join("")}…`;
}
