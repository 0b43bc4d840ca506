/** Amounts as they are written, added without a rounding: whole numbers of their smallest unit. */

/** `units` × 10^-`scale`. */
export interface Amount {
  readonly units: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const MAX_LENGTH = 100;

/** `undefined` for what is no decimal number with a point: `12,50` may be twelve and a half, or more than a thousand. */
export function amountOf(text: string): Amount | undefined {
  const trimmed = text.trim();
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    trimmed.length > MAX_LENGTH ? [] : (DECIMAL.exec(trimmed) ?? []);
  if (whole === "") return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const units = sign === "-" ? -digits : digits;
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

export function sum(left: Amount, right: Amount): Amount {
  const scale = Math.max(left.scale, right.scale);
  return { units: raised(left, scale) + raised(right, scale), scale };
}

/** With as many digits behind the point as the longest that went into it. */
export function spelled({ units, scale }: Amount): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const sign = units < 0n ? "-" : "";
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function raised({ units, scale }: Amount, to: number): bigint {
  return units * 10n ** BigInt(to - scale);
}
