/** Strings of HCL: quoted, with `${…}` and `%{…}`, and heredocs. */

import type { Node } from "web-tree-sitter";
import type { Expression, Shape, TemplatePart } from "./syntax.ts";

type Inner = (expression: Node) => Expression;

/** A `string_lit`, `quoted_template` or `heredoc_template` node. */
export function templateOf(node: Node, text: string, inner: Inner): Shape {
  const heredoc = node.type === "heredoc_template";
  const [start, end] = heredoc ? heredocRange(node, text) : [node.startIndex + 1, node.endIndex - 1];
  const holes = node.namedChildren.filter(
    ({ type }) => type === "template_interpolation" || type === "template_directive",
  );
  const pieces = piecesOf(holes, start, end, text, inner);
  const unindented = heredoc && node.children[0]?.text === "<<-" ? withoutIndent(pieces) : pieces;
  const parts = stripped(unindented).map((part) =>
    typeof part === "string" ? (heredoc ? templateEscapes(part) : unescaped(part)) : part,
  );
  if (parts.every((part) => typeof part === "string")) return { kind: "literal", value: parts.join("") };
  return { kind: "template", parts };
}

/** From the line after `<<EOT` up to the line of the closing word; its last line end belongs to the text. */
function heredocRange(node: Node, text: string): [number, number] {
  const words = node.namedChildren.filter(({ type }) => type === "heredoc_identifier");
  const start = text.indexOf("\n", words[0]?.endIndex ?? node.startIndex) + 1;
  const close = words.at(-1)?.startIndex ?? node.endIndex;
  return [start, Math.max(start, text.lastIndexOf("\n", close - 1) + 1)];
}

const STRIP_BEFORE = Symbol("~ at the left");
const STRIP_AFTER = Symbol("~ at the right");
type Piece = TemplatePart | typeof STRIP_BEFORE | typeof STRIP_AFTER;

/** Text is what lies between the holes: the grammar drops blanks at the edges of its own literals. */
function piecesOf(holes: readonly Node[], start: number, end: number, text: string, inner: Inner): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  for (const hole of holes) {
    if (hole.startIndex > at) pieces.push(text.slice(at, hole.startIndex));
    at = hole.endIndex;
    if (hole.type === "template_interpolation") {
      const expression = hole.namedChildren.find(({ type }) => type === "expression");
      if (hole.text.startsWith("${~")) pieces.push(STRIP_BEFORE);
      if (expression) pieces.push(inner(expression));
      if (hole.text.endsWith("~}")) pieces.push(STRIP_AFTER);
    } else {
      const directive = hole.namedChildren[0];
      if (!directive) continue;
      if (directive.text.startsWith("%{~")) pieces.push(STRIP_BEFORE);
      pieces.push(directiveOf(directive, text, inner));
      if (directive.text.endsWith("~}")) pieces.push(STRIP_AFTER);
    }
  }
  if (end > at) pieces.push(text.slice(at, end));
  return pieces;
}

function directiveOf(node: Node, text: string, inner: Inner): TemplatePart {
  const marks = node.namedChildren.filter(({ type }) => /_(intro|start|end)$/.test(type));
  const [open, ...others] = marks;
  const close = others.at(-1);
  const expression = open?.namedChildren.find(({ type }) => type === "expression");
  if (!open || !close || !expression) throw new Error("a template directive without its parts");
  const between = (from: Node, to: Node): TemplatePart[] => {
    const holes = node.namedChildren.filter(
      ({ type, startIndex, endIndex }) =>
        (type === "template_interpolation" || type === "template_directive") &&
        startIndex >= from.endIndex &&
        endIndex <= to.startIndex,
    );
    return stripped([
      ...(from.text.endsWith("~}") ? [STRIP_AFTER as Piece] : []),
      ...piecesOf(holes, from.endIndex, to.startIndex, text, inner),
      ...(to.text.startsWith("%{~") ? [STRIP_BEFORE as Piece] : []),
    ]);
  };
  if (node.type === "template_for") {
    const names = open.namedChildren.filter(({ type }) => type === "identifier");
    return {
      kind: "each",
      keyName: names.length > 1 ? names[0]?.text : undefined,
      valueName: names.at(-1)?.text ?? "",
      over: inner(expression),
      body: between(open, close),
    };
  }
  const otherwise = others.length > 1 ? others[0] : undefined;
  return {
    kind: "if",
    condition: inner(expression),
    yes: between(open, otherwise ?? close),
    no: otherwise ? between(otherwise, close) : [],
  };
}

/** `~` takes the blanks beside it away. */
function stripped(pieces: readonly Piece[]): TemplatePart[] {
  const result: TemplatePart[] = [];
  for (const [at, piece] of pieces.entries()) {
    if (typeof piece === "symbol") continue;
    let part: TemplatePart = piece;
    if (typeof part === "string" && pieces[at - 1] === STRIP_AFTER) part = part.trimStart();
    if (typeof part === "string" && pieces[at + 1] === STRIP_BEFORE) part = part.trimEnd();
    if (part !== "") result.push(part);
  }
  return result;
}

/** `<<-`: the smallest indentation of all lines is taken off each. */
function withoutIndent(pieces: readonly Piece[]): Piece[] {
  const whole = pieces.map((piece) => (typeof piece === "string" ? piece : "x")).join("");
  const indents = whole
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents, 1_000);
  let atLineStart = true;
  return pieces.map((piece) => {
    if (typeof piece !== "string") {
      atLineStart = false;
      return piece;
    }
    const lines = piece.split("\n");
    const cut = lines.map((line, at) => (at > 0 || atLineStart ? line.slice(lead(line, indent)) : line));
    atLineStart = piece.endsWith("\n");
    return cut.join("\n");
  });
}

function lead(line: string, indent: number): number {
  return Math.min(indent, line.length - line.trimStart().length);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

function unescaped(text: string): string {
  return templateEscapes(
    text.replaceAll(
      /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g,
      (whole, four?: string, eight?: string, one?: string) =>
        one === undefined
          ? String.fromCodePoint(Number.parseInt(four ?? eight ?? "0", 16))
          : (ESCAPES[one] ?? whole),
    ),
  );
}

/** `$${` and `%%{` stand for themselves with one sign less. */
function templateEscapes(text: string): string {
  return text.replaceAll(/([$%])\1\{/g, "$1{");
}
