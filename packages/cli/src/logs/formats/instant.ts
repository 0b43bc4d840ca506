/** Instants as logs write them, to epoch milliseconds. */

/** Where an instant stands at the beginning of a text, and where it ends. */
export interface Instant {
  readonly atMs: number;
  /** Index of the first character after it. */
  readonly end: number;
  /** Whether it says more than the second. */
  readonly fine: boolean;
}

const [DASH, COLON, DOT, COMMA, SPACE, PLUS, TEE, ZED] = [45, 58, 46, 44, 32, 43, 84, 90];

/**
 * `2026-09-25T12:00:00.123Z` and its like at `from`: with a space for the T, up to nine decimals, an offset or none, which
 * means UTC, as CloudWatch and the AWS CLI mean it.
 */
export function instantAt(text: string, from = 0): Instant | undefined {
  if (text.charCodeAt(from + 4) !== DASH || text.charCodeAt(from + 7) !== DASH) return undefined;
  const between = text.charCodeAt(from + 10);
  if (between !== TEE && between !== SPACE) return undefined;
  if (text.charCodeAt(from + 13) !== COLON || text.charCodeAt(from + 16) !== COLON) return undefined;
  const year = digits(text, from, 4);
  const month = digits(text, from + 5, 2);
  const day = digits(text, from + 8, 2);
  const seconds =
    digits(text, from + 11, 2) * 3_600 + digits(text, from + 14, 2) * 60 + digits(text, from + 17, 2);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && seconds >= 0)) return undefined;
  let end = from + 19;
  let fraction = 0;
  let fine = false;
  const mark = text.charCodeAt(end);
  if (mark === DOT || mark === COMMA) {
    let scale = 100;
    for (end += 1; ; end += 1) {
      const digit = text.charCodeAt(end) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      fraction += digit * scale;
      scale /= 10;
      fine = true;
    }
    fraction = Math.floor(fraction + 1e-6);
  }
  let offsetMinutes = 0;
  const zone = text.charCodeAt(end);
  if (zone === ZED) end += 1;
  else if (zone === PLUS || zone === DASH) {
    const colon = text.charCodeAt(end + 3) === COLON ? 1 : 0;
    const minutes = digits(text, end + 1, 2) * 60 + digits(text, end + 3 + colon, 2);
    if (minutes >= 0) {
      offsetMinutes = zone === PLUS ? minutes : -minutes;
      end += 5 + colon;
    }
  }
  return { atMs: dayMs(year, month, day) + seconds * 1_000 + fraction - offsetMinutes * 60_000, end, fine };
}

/** Of a member of a record: text as above, or a number or its digits in seconds, milliseconds, micro- or nanoseconds. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value === "string") {
    const found = instantAt(value);
    if (found) return found.atMs;
    return /^\d{9,19}(\.\d+)?$/.test(value) ? ofNumber(Number(value)) : undefined;
  }
  return typeof value === "number" ? ofNumber(value) : undefined;
}

/** Between 1973 and 5138 the size alone says the unit. */
function ofNumber(value: number): number | undefined {
  if (!(value >= 1e8)) return undefined;
  if (value < 1e11) return Math.round(value * 1_000);
  if (value < 1e14) return Math.round(value);
  return Math.round(value < 1e17 ? value / 1e3 : value / 1e6);
}

/** NaN for anything but digits. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

let lastDay = 0;
let lastDayMs = 0;

/** The same day comes again and again. */
function dayMs(year: number, month: number, day: number): number {
  const name = (year * 100 + month) * 100 + day;
  if (name !== lastDay) {
    lastDay = name;
    lastDayMs = Date.UTC(year, month - 1, day);
  }
  return lastDayMs;
}
