/** Expressions to data, in one world. */

import type { Place } from "../value.ts";
import { branched, entryOf, equal, holds, indexed, settledBoolean } from "./access.ts";
import {
  booleanOf,
  type Datum,
  firstUnknown,
  invalid,
  isNull,
  list,
  LITERAL,
  map,
  mixed,
  scalar,
  textOf,
  unseen,
  withOrigin,
} from "./datum.ts";
import type { Reading } from "./builtin.ts";
import { called } from "./functions.ts";
import { joined } from "./joined.ts";
import { negated, operated } from "./operate.ts";
import type { Expression, TemplatePart } from "./syntax.ts";
import { Impossible, type Worlds } from "./worlds.ts";

/** Where an expression stands: what its names mean. */
export interface Scope {
  readonly worlds: Worlds;
  /** Before the text of a condition, when that is all that names a choice: two modules may write the same. */
  readonly label: string;
  readonly reading: Reading;
  named(name: string): Datum;
  with(names: ReadonlyMap<string, Datum>, label?: string): Scope;
}

export function evaluate(expression: Expression, scope: Scope): Datum {
  const { place } = expression;
  switch (expression.kind) {
    case "literal":
      return scalar(expression.value, { from: "literal", place });
    case "template":
      return template(expression.parts, scope, place);
    case "tuple":
      return list(
        expression.items.map((item) => evaluate(item, scope)),
        { from: "literal", place },
      );
    case "object":
      return objectOf(expression.entries, scope, place);
    case "name":
      return scope.named(expression.name);
    case "attribute":
      return entryOf(evaluate(expression.of, scope), expression.name, place);
    case "index":
      return indexed(evaluate(expression.of, scope), evaluate(expression.key, scope), scope.worlds, place);
    case "splat":
      return splat(evaluate(expression.of, scope), expression.steps, scope, place);
    case "call":
      return call(expression, scope);
    case "unary":
      return unary(expression.operator, evaluate(expression.operand, scope), scope, place);
    case "binary":
      return binary(expression, scope);
    case "conditional":
      return conditional(expression, scope);
    case "for":
      return forEach(expression, scope);
  }
}

function objectOf(
  entries: readonly { readonly key: Expression; readonly value: Expression }[],
  scope: Scope,
  place: Place,
): Datum {
  const result = new Map<string, Datum>();
  for (const entry of entries) {
    const key = evaluate(entry.key, scope);
    const name = textOf(key);
    if (name === undefined) return unseen(firstUnknown(key)?.reason ?? "a key is not known", { place });
    result.set(name, evaluate(entry.value, scope));
  }
  return map(result, { from: "literal", place });
}

function call(
  { name, args, spread, place, text }: Extract<Expression, { kind: "call" }>,
  scope: Scope,
): Datum {
  if (name === "try" || name === "can") {
    for (const arg of args) {
      const value = attempted(arg, scope);
      if (value) return name === "can" ? scalar(true, { from: "literal", place }) : value;
    }
    return name === "can"
      ? scalar(false, { from: "literal", place })
      : invalid(`no argument of ${text} is valid`, place);
  }
  const values = args.map((arg) => evaluate(arg, scope));
  const last = spread ? values.pop() : undefined;
  if (last?.kind === "list") values.push(...last.items);
  else if (last) return unseen(firstUnknown(last)?.reason ?? "its arguments are not known", { place });
  return called(name, values, { ...scope.reading, place, worlds: scope.worlds });
}

/** `undefined`: Terraform refuses it. */
function attempted(expression: Expression, scope: Scope): Datum | undefined {
  try {
    const value = evaluate(expression, scope);
    return value.kind === "unknown" && value.invalid ? undefined : value;
  } catch (error) {
    if (error instanceof Impossible) return undefined;
    throw error;
  }
}

function unary(operator: string, operand: Datum, { worlds }: Scope, place: Place): Datum {
  if (operator === "-") return negated(operand, place);
  const settled = settledBoolean(operand, worlds);
  const value = booleanOf(settled);
  if (value !== undefined) return scalar(!value, mixed([settled], place));
  return unseen(firstUnknown(settled)?.reason ?? "it is not known whether it holds", { place });
}

function binary(
  { operator, left, right, place }: Extract<Expression, { kind: "binary" }>,
  scope: Scope,
): Datum {
  if (operator === "&&" || operator === "||") return logical(operator, left, right, scope, place);
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  if (operator !== "==" && operator !== "!=") return operated(operator, a, b, place);
  const same = equal(a, b, scope.worlds, place);
  if (operator === "==" || same.kind !== "scalar") return same;
  return scalar(same.value !== true, same);
}

function logical(
  operator: "&&" | "||",
  left: Expression,
  right: Expression,
  scope: Scope,
  place: Place,
): Datum {
  const ends = operator === "||";
  const a = settledBoolean(evaluate(left, scope), scope.worlds);
  if (booleanOf(a) === ends) return scalar(ends, mixed([a], place));
  const b = settledBoolean(evaluate(right, scope), scope.worlds);
  if (booleanOf(b) === ends) return scalar(ends, mixed([b], place));
  if (booleanOf(a) === !ends && booleanOf(b) === !ends) return scalar(!ends, mixed([a, b], place));
  const why = firstUnknown(a) ?? firstUnknown(b);
  if (why?.invalid) return why;
  return unseen(why?.reason ?? "it is not known whether it holds", { place });
}

function conditional(
  { condition, yes, no }: Extract<Expression, { kind: "conditional" }>,
  scope: Scope,
): Datum {
  const before = scope.worlds.asked;
  const datum = evaluate(condition, scope);
  if (datum.kind === "unknown" && datum.invalid) return datum;
  const taken = holds(datum, scope.label + condition.text, scope.worlds) ? yes : no;
  const open = scope.worlds.asked > before;
  const value = evaluate(taken, scope);
  if (open) return branched(value);
  if (value.kind === "unknown" || datum.kind === "unknown" || !datum.assuming) return value;
  const { from, assuming } = mixed([value, datum]);
  return withOrigin(value, { from, assuming });
}

function splat(of: Datum, steps: readonly (string | Expression)[], scope: Scope, place: Place): Datum {
  const each = (datum: Datum) =>
    steps.reduce(
      (value, step) =>
        typeof step === "string"
          ? entryOf(value, step, place)
          : indexed(value, evaluate(step, scope), scope.worlds, place),
      datum,
    );
  if (of.kind === "list") return list(of.items.map(each), { ...LITERAL, place });
  if (isNull(of)) return list([], { ...LITERAL, place });
  if (of.kind !== "unknown") return list([each(of)], { ...LITERAL, place });
  if (of.invalid) return of;
  return { ...of, label: undefined, linear: undefined, ...(of.each ? { each: each(of.each) } : {}) };
}

function forEach(expression: Extract<Expression, { kind: "for" }>, scope: Scope): Datum {
  const { over, keyName, valueName, key, value, condition, grouped, place } = expression;
  const entries = entriesOf(evaluate(over, scope));
  if (!Array.isArray(entries)) return entries as Datum;
  const items: Datum[] = [];
  const result = new Map<string, Datum>();
  for (const [name, item] of entries as readonly (readonly [Datum, Datum])[]) {
    const names = new Map([[valueName, item]]);
    if (keyName !== undefined) names.set(keyName, name);
    const inner = scope.with(names);
    if (condition) {
      const label = `${scope.label}${condition.text} of ${textOf(name) ?? valueName}`;
      if (!holds(evaluate(condition, inner), label, scope.worlds)) continue;
    }
    const one = evaluate(value, inner);
    if (!key) {
      items.push(one);
      continue;
    }
    const keyDatum = evaluate(key, inner);
    const keyText = textOf(keyDatum);
    if (keyText === undefined)
      return unseen(firstUnknown(keyDatum)?.reason ?? "a key is not known", { place });
    const before = result.get(keyText);
    if (!grouped) result.set(keyText, one);
    else
      result.set(
        keyText,
        list([...(before?.kind === "list" ? before.items : []), one], { from: "literal", place }),
      );
  }
  return key ? map(result, { from: "literal", place }) : list(items, { from: "literal", place });
}

/** Keys and elements of what can be gone through; otherwise why it cannot. */
export function entriesOf(datum: Datum): readonly (readonly [Datum, Datum])[] | Datum {
  if (datum.kind === "list") return datum.items.map((item, at) => [scalar(at), item] as const);
  if (datum.kind === "map") return [...datum.entries].map(([key, value]) => [scalar(key), value] as const);
  if (datum.kind === "unknown")
    return datum.invalid ? datum : unseen(datum.reason, { place: datum.place, each: datum.each });
  return invalid("it cannot be gone through, since it is no list and no map");
}

function template(parts: readonly TemplatePart[], scope: Scope, place: Place): Datum {
  const [only] = parts;
  // `"${x}"` is x itself, whatever its type.
  if (parts.length === 1 && typeof only === "object" && !isDirective(only)) return evaluate(only, scope);
  const data = pieces(parts, scope);
  const problem = data.find((datum) => datum.kind === "unknown" && datum.invalid);
  if (problem) return problem;
  return joined(data, place);
}

function pieces(parts: readonly TemplatePart[], scope: Scope): Datum[] {
  return parts.flatMap((part): Datum[] => {
    if (typeof part === "string") return [scalar(part)];
    if (!isDirective(part)) return [evaluate(part, scope)];
    if (part.kind === "if") {
      const label = scope.label + part.condition.text;
      return pieces(holds(evaluate(part.condition, scope), label, scope.worlds) ? part.yes : part.no, scope);
    }
    const entries = entriesOf(evaluate(part.over, scope));
    if (!Array.isArray(entries)) return [entries as Datum];
    return (entries as readonly (readonly [Datum, Datum])[]).flatMap(([key, value]) => {
      const names = new Map([[part.valueName, value]]);
      if (part.keyName !== undefined) names.set(part.keyName, key);
      return pieces(part.body, scope.with(names));
    });
  });
}

type Directive = Extract<TemplatePart, { kind: "if" | "each" }>;

function isDirective(part: Expression | Directive): part is Directive {
  return part.kind === "if" || part.kind === "each";
}
