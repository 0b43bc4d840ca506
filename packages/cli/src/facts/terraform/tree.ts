/** From tree-sitter's nodes to the syntax that the evaluator reads. */

import type { Node } from "web-tree-sitter";
import type { Place } from "../value.ts";
import type { Attribute, Block, Body, Expression, ForExpression, Shape } from "./syntax.ts";
import { templateOf } from "./template.ts";

export interface TreeText {
  readonly file: string;
  readonly text: string;
}

export function placeOf(from: Node, { file }: TreeText, to: Node = from): Place {
  return {
    file,
    line: from.startPosition.row + 1,
    column: from.startPosition.column + 1,
    endLine: to.endPosition.row + 1,
    endColumn: to.endPosition.column + 1,
    start: from.startIndex,
    end: to.endIndex,
  };
}

export function bodyOf(node: Node | undefined, source: TreeText): Body {
  const attributes = new Map<string, Attribute>();
  const blocks: Block[] = [];
  for (const child of parts(node)) {
    if (child.type === "attribute") {
      const name = child.namedChildren[0]?.text ?? "";
      const value = child.namedChildren.find(({ type }) => type === "expression");
      if (value)
        attributes.set(name, {
          name,
          value: expressionOf(value, source),
          place: placeOf(child, source),
        });
    } else if (child.type === "block") blocks.push(blockOf(child, source));
  }
  return { attributes, blocks };
}

function blockOf(node: Node, source: TreeText): Block {
  const children = parts(node);
  const open = children.findIndex(({ type }) => type === "block_start");
  const [type, ...labels] = children.slice(0, open);
  return {
    type: type?.text ?? "",
    labels: labels.map((label) => (label.type === "string_lit" ? label.text.slice(1, -1) : label.text)),
    body: bodyOf(
      children.find((child) => child.type === "body"),
      source,
    ),
    head: placeOf(node, source, children[open - 1] ?? node),
    place: placeOf(node, source),
  };
}

/** An `expression` node. */
export function expressionOf(node: Node, source: TreeText): Expression {
  return chain(parts(node, true), source, node);
}

/** One term and what follows it: `(a).b[0]`. Grammar nodes hold both side by side. */
function chain(nodes: readonly Node[], source: TreeText, whole?: Node): Expression {
  const [first, ...rest] = nodes.filter(({ type }) => type !== "(" && type !== ")");
  if (!first) throw new Error("an expression without a term");
  const start = whole ?? nodes[0] ?? first;
  let value = withPlace(shapeOf(first, source), start, rest.length === 0 && whole ? whole : first, source);
  for (const step of rest) {
    const end = step === rest.at(-1) && whole ? whole : step;
    value = withPlace(stepOf(value, step, source), start, end, source);
    // `a.*.id[0]`: the index takes one of all, not of each.
    if (step.type === "splat" && step.namedChildren[0]?.type === "attr_splat")
      for (const index of afterAttributes(step.namedChildren[0]))
        value = withPlace(stepOf(value, index, source), start, end, source);
  }
  return value;
}

function withPlace(shape: Shape, from: Node, to: Node, source: TreeText): Expression {
  return {
    ...shape,
    place: placeOf(from, source, to),
    text: source.text.slice(from.startIndex, to.endIndex).replaceAll(/\s+/g, " "),
  };
}

function stepOf(of: Expression, node: Node, source: TreeText): Shape {
  if (node.type === "get_attr") return { kind: "attribute", of, name: node.namedChildren[0]?.text ?? "" };
  if (node.type === "index") return { kind: "index", of, key: keyOf(node, source) };
  const splat = node.namedChildren[0];
  const steps = parts(splat);
  const each = splat?.type === "attr_splat" ? steps.slice(0, indexAt(steps)) : steps;
  return {
    kind: "splat",
    of,
    steps: each.map((step) =>
      step.type === "get_attr" ? (step.namedChildren[0]?.text ?? "") : keyOf(step, source),
    ),
  };
}

function afterAttributes(splat: Node): readonly Node[] {
  const steps = parts(splat);
  return steps.slice(indexAt(steps));
}

function indexAt(steps: readonly Node[]): number {
  const at = steps.findIndex(({ type }) => type === "index");
  return at === -1 ? steps.length : at;
}

function keyOf(node: Node, source: TreeText): Expression {
  const inner = node.namedChildren[0];
  const key = inner?.namedChildren.find(({ type }) => type === "expression");
  if (key) return expressionOf(key, source);
  return withPlace({ kind: "literal", value: Number(node.text.replace(".", "")) }, node, node, source);
}

function shapeOf(node: Node, source: TreeText): Shape {
  const children = parts(node);
  switch (node.type) {
    case "expression":
      return expressionOf(node, source);
    case "literal_value":
      return children[0] ? literalOf(children[0], source) : { kind: "literal", value: null };
    case "template_expr":
      return children[0] ? templateOf(children[0], source.text, inner) : { kind: "literal", value: "" };
    case "collection_value":
      return children[0] ? collectionOf(children[0], source) : { kind: "tuple", items: [] };
    case "variable_expr":
      return { kind: "name", name: node.text };
    case "function_call":
      return callOf(node, source);
    case "for_expr":
      return { kind: "for", ...forOf(children[0] ?? node, source) };
    case "operation":
      return operationOf(children[0] ?? node, source);
    case "conditional": {
      const [condition, yes, no] = children;
      if (condition && yes && no)
        return conditionalOf(condition, expressionOf(yes, source), expressionOf(no, source), source);
      break;
    }
  }
  throw new Error(`the grammar's ${node.type} is not known`);

  function inner(expression: Node): Expression {
    return expressionOf(expression, source);
  }
}

/** `a ? b : c ? d : e` groups to the right; the grammar takes what stands before the last `?` as its condition. */
function conditionalOf(node: Node, yes: Expression, no: Expression, source: TreeText): Shape {
  const inner =
    node.children.length === 1 && node.children[0]?.type === "conditional" ? node.children[0] : undefined;
  const [condition, first, second] = inner ? parts(inner) : [];
  if (!condition || !first || !second)
    return { kind: "conditional", condition: expressionOf(node, source), yes, no };
  const rest = conditionalOf(second, yes, no, source);
  const end = no.place;
  const place = { ...placeOf(second, source), endLine: end.endLine, endColumn: end.endColumn, end: end.end };
  const text = source.text.slice(second.startIndex, end.end).replaceAll(/\s+/g, " ");
  return conditionalOf(condition, expressionOf(first, source), { ...rest, place, text }, source);
}

function literalOf(node: Node, source: TreeText): Shape {
  if (node.type === "string_lit")
    return templateOf(node, source.text, (expression) => expressionOf(expression, source));
  if (node.type === "numeric_lit") return { kind: "literal", value: Number(node.text) };
  if (node.type === "bool_lit") return { kind: "literal", value: node.text === "true" };
  return { kind: "literal", value: null };
}

function collectionOf(node: Node, source: TreeText): Shape {
  if (node.type === "tuple")
    return {
      kind: "tuple",
      items: parts(node)
        .filter(({ type }) => type === "expression")
        .map((item) => expressionOf(item, source)),
    };
  return {
    kind: "object",
    entries: parts(node)
      .filter(({ type }) => type === "object_elem")
      .flatMap((element) => {
        const key = element.childForFieldName("key");
        const value = element.childForFieldName("val");
        if (!key || !value) return [];
        return [{ key: objectKey(key, source), value: expressionOf(value, source) }];
      }),
  };
}

/** A bare word is itself, not a variable: `{ name = "x" }`. */
function objectKey(node: Node, source: TreeText): Expression {
  const key = expressionOf(node, source);
  const bare = key.kind === "name" && !node.text.startsWith("(");
  return bare ? { kind: "literal", value: key.name, place: key.place, text: key.text } : key;
}

function callOf(node: Node, source: TreeText): Shape {
  const args = parts(node.namedChildren.find(({ type }) => type === "function_arguments"));
  return {
    kind: "call",
    name: node.namedChildren[0]?.text ?? "",
    args: args.filter(({ type }) => type === "expression").map((arg) => expressionOf(arg, source)),
    spread: args.some(({ type }) => type === "ellipsis"),
  };
}

function operationOf(node: Node, source: TreeText): Shape {
  const children = parts(node, true);
  if (node.type === "unary_operation")
    return {
      kind: "unary",
      operator: children[0]?.type ?? "",
      operand: chain(children.slice(1), source),
    };
  const at = children.findIndex(({ type, isNamed }) => !isNamed && type !== "(" && type !== ")");
  return {
    kind: "binary",
    operator: children[at]?.type ?? "",
    left: chain(children.slice(0, at), source),
    right: chain(children.slice(at + 1), source),
  };
}

function forOf(node: Node, source: TreeText): ForExpression {
  const children = parts(node);
  const intro = children.find(({ type }) => type === "for_intro");
  const names = parts(intro).filter(({ type }) => type === "identifier");
  const over = parts(intro).find(({ type }) => type === "expression");
  const condition = parts(children.find(({ type }) => type === "for_cond"))[0];
  const [first, second] = children.filter(({ type }) => type === "expression");
  if (!over || !first) throw new Error("a for expression without its parts");
  return {
    keyName: names.length > 1 ? names[0]?.text : undefined,
    valueName: names.at(-1)?.text ?? "",
    over: expressionOf(over, source),
    key: second && expressionOf(first, source),
    value: expressionOf(second ?? first, source),
    condition: condition && expressionOf(condition, source),
    grouped: children.some(({ type }) => type === "ellipsis"),
  };
}

/** Children without comments; `all`: with the words and signs between them. */
function parts(node: Node | null | undefined, all = false): readonly Node[] {
  return (all ? node?.children : node?.namedChildren)?.filter(({ type }) => type !== "comment") ?? [];
}
