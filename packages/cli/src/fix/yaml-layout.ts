/** Where in the text of a YAML document something ends, and how far it is indented. */

import {
  isMap,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
  visit,
} from "yaml";

export interface Text {
  readonly text: string;
  readonly lineEnd: "\r\n" | "\n";
  /** Spaces for each level. */
  readonly step: number;
}

/** Spaces for a level: as at the first map that is indented. */
export function stepOf(document: Document, text: string): number {
  let step = 2;
  visit(document, {
    Map(_, map) {
      const depth = columnOf(text, firstStart(map));
      if (depth === 0 || map.flow === true) return undefined;
      step = depth;
      return visit.BREAK;
    },
  });
  return step;
}

/** How far from the start of its line. */
export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

export function firstStart(map: YAMLMap): number {
  const key = map.items[0]?.key as Node | undefined;
  return key?.range?.[0] ?? map.range?.[0] ?? 0;
}

/**
 * The end of the line that a map's or a list's last entry ends on; of an earlier entry, where the last one is a text of
 * several lines (its blank lines at the end may count); `undefined` when all are such.
 */
export function endOfValue({ text }: Text, of: YAMLMap | YAMLSeq): number | undefined {
  const nodes = isMap(of)
    ? of.items.map((pair: Pair) => ({ key: pair.key as Node, value: pair.value as Node | null }))
    : of.items.map((item) => ({ key: null, value: item as Node | null }));
  // A list's items have an order.
  const candidates = isMap(of) ? nodes.toReversed() : nodes.slice(-1);
  for (const { key, value } of candidates) {
    const end = deepEnd(value) ?? (value === null ? key?.range?.[1] : undefined);
    if (end !== undefined) return endOfLine(text, end);
  }
  return undefined;
}

function deepEnd(node: Node | null): number | undefined {
  if (node === null) return undefined;
  if ((isMap(node) || isSeq(node)) && node.flow !== true && node.items.length > 0) {
    const last = node.items.at(-1) as Pair<Node, Node | null> | Node;
    if (isMap(node)) {
      const { key, value } = last as Pair<Node, Node | null>;
      return value === null ? key.range?.[1] : deepEnd(value);
    }
    return deepEnd(last as Node);
  }
  if (isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")) return undefined;
  return node.range?.[1];
}

/** Before the line break, a carriage return included. */
export function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

export function isOneLine(text: string, start: number, end: number): boolean {
  return !text.slice(start, end).includes("\n");
}
