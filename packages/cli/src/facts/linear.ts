/** Numbers that are known only in relation to others: `timeout * 6`, whatever the timeout. */

/** A number that nobody here knows, and between what it lies. The same id is the same number. */
export interface Symbol {
  readonly id: string;
  readonly min: number;
  readonly max: number;
}

/** `constant + Σ times × symbol`. Without terms: a plain number. */
export interface Linear {
  readonly constant: number;
  readonly terms: readonly { readonly symbol: Symbol; readonly times: number }[];
}

export function constant(value: number): Linear {
  return { constant: value, terms: [] };
}

export function symbol(id: string, { min = -Infinity, max = Infinity } = {}): Linear {
  return { constant: 0, terms: [{ symbol: { id, min, max }, times: 1 }] };
}

export function plus(left: Linear, right: Linear): Linear {
  const terms = new Map(left.terms.map((term) => [term.symbol.id, term]));
  for (const { symbol, times } of right.terms)
    terms.set(symbol.id, { symbol, times: (terms.get(symbol.id)?.times ?? 0) + times });
  return {
    constant: left.constant + right.constant,
    terms: [...terms.values()].filter(({ times }) => times !== 0),
  };
}

export function scaled(linear: Linear, by: number): Linear {
  if (by === 0) return constant(0);
  return {
    constant: linear.constant * by,
    terms: linear.terms.map(({ symbol, times }) => ({ symbol, times: times * by })),
  };
}

/** `undefined`: the product is not linear. */
export function product(left: Linear, right: Linear): Linear | undefined {
  if (right.terms.length === 0) return scaled(left, right.constant);
  return left.terms.length === 0 ? scaled(right, left.constant) : undefined;
}

/** Whether `left < right`: for every value that the symbols can have, for none, or it depends on them. */
export function isLess(left: Linear, right: Linear): "always" | "never" | "depends" {
  const { low, high } = bounds(plus(left, scaled(right, -1)));
  if (high < 0) return "always";
  return low >= 0 ? "never" : "depends";
}

function bounds({ constant: start, terms }: Linear): { readonly low: number; readonly high: number } {
  let low = start;
  let high = start;
  for (const { symbol, times } of terms) {
    const ends = [symbol.min * times, symbol.max * times];
    low += Math.min(...ends);
    high += Math.max(...ends);
  }
  return { low, high };
}

/** `6 × Timeout + 5`, as it stands in a finding. */
export function spelled({ constant: start, terms }: Linear): string {
  const parts = terms.map(({ symbol, times }) => (times === 1 ? symbol.id : `${times} × ${symbol.id}`));
  if (start !== 0 || parts.length === 0) parts.push(String(start));
  return parts.join(" + ");
}
