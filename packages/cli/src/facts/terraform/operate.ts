/** Arithmetic and comparisons; numbers that are not known stay in their relation to others. */

import { constant, isLess, type Linear, plus, product, scaled } from "../linear.ts";
import type { Place } from "../value.ts";
import { type Datum, firstUnknown, invalid, linearOfDatum, mixed, scalar, unseen } from "./datum.ts";

export function operated(operator: string, left: Datum, right: Datum, place: Place): Datum {
  const problem = [left, right].find((datum) => datum.kind === "unknown" && datum.invalid);
  if (problem) return problem;
  const [a, b] = [linearOfDatum(left), linearOfDatum(right)];
  const why = firstUnknown(left) ?? firstUnknown(right);
  if (!a || !b)
    return why
      ? unseen(why.reason, { place: why.place ?? place })
      : invalid(`"${operator}" is of numbers, and one of them is none`, place);
  const result = numeric(operator, a, b);
  if (typeof result === "boolean") return scalar(result, mixed([left, right], place));
  if (!result)
    return why
      ? unseen(why.reason, { place: why.place ?? place })
      : invalid(`"${operator}" cannot be worked out`, place);
  return numberDatum(result, [left, right], place);
}

export function negated(datum: Datum, place: Place): Datum {
  return operated("*", datum, scalar(-1), place);
}

/** A number, or one in relation to others with the reason why those are not known. */
export function numberDatum(linear: Linear, of: readonly Datum[], place: Place): Datum {
  if (linear.terms.length === 0) return scalar(linear.constant, mixed(of, place));
  const why = of.map(firstUnknown).find((found) => found !== undefined);
  return unseen(why?.reason ?? "it is not known", { place: why?.place ?? place, linear });
}

function numeric(operator: string, a: Linear, b: Linear): Linear | boolean | undefined {
  switch (operator) {
    case "+":
      return plus(a, b);
    case "-":
      return plus(a, scaled(b, -1));
    case "*":
      return product(a, b);
    case "/":
      return b.terms.length === 0 && b.constant !== 0 ? scaled(a, 1 / b.constant) : undefined;
    case "%":
      return a.terms.length === 0 && b.terms.length === 0 && b.constant !== 0
        ? constant(a.constant % b.constant)
        : undefined;
    case "<":
      return decided(isLess(a, b));
    case ">":
      return decided(isLess(b, a));
    case "<=":
      return not(decided(isLess(b, a)));
    case ">=":
      return not(decided(isLess(a, b)));
    default:
      return undefined;
  }
}

function decided(answer: "always" | "never" | "depends"): boolean | undefined {
  return answer === "depends" ? undefined : answer === "always";
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

/** `max` and `min`, where it is certain which one it is. */
export function extreme(which: "max" | "min", args: readonly Datum[], place: Place): Datum {
  let best: Datum | undefined;
  for (const arg of args) {
    const candidate = linearOfDatum(arg);
    if (!candidate)
      return arg.kind === "unknown"
        ? unseen(arg.reason, { place })
        : invalid(`${which} is of numbers`, place);
    const before = best && linearOfDatum(best);
    if (!before) {
      best = arg;
      continue;
    }
    const less = isLess(before, candidate);
    const more = isLess(candidate, before);
    const replaces =
      which === "max" ? less === "always" || more === "never" : more === "always" || less === "never";
    const keeps =
      which === "max" ? less === "never" || more === "always" : more === "never" || less === "always";
    if (replaces) best = arg;
    else if (!keeps) {
      const why = args.map(firstUnknown).find((found) => found !== undefined);
      return unseen(why?.reason ?? "it is not known which is larger", { place });
    }
  }
  if (!best) return invalid(`${which} of nothing`, place);
  const linear = linearOfDatum(best);
  return linear ? numberDatum(linear, args.every((arg) => !firstUnknown(arg)) ? args : [best], place) : best;
}
