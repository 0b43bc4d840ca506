/** The elements of a list, or the entries of a map, over all worlds: each with the conditions under which it is there. */

import type { Place } from "../value.ts";
import { callOf, entriesOf, itemsOf, type Node, placeOfKey, textOf } from "./node.ts";

/** Conditions, and what they have to be. */
export type Guards = readonly (readonly [condition: string, holds: boolean])[];

/** One of a list or a map, and when it is there. */
export interface Element {
  readonly node: Node;
  readonly guards: Guards;
  /** The index, or the key, by which it can be called. */
  readonly name: string;
  /** Of an entry: where its key stands. */
  readonly key?: Place;
}

/** @param node a list, one element in place of a list, or a choice between such */
export function elementsOf(node: Node | undefined): readonly Element[] {
  return alternatives(node, []).flatMap((list) => {
    const items = list.node.kind === "list" ? itemsOf(list.node) : [list.node];
    return items.flatMap((item, index) =>
      alternatives(item, list.guards).map((one) => ({ ...one, name: String(index) })),
    );
  });
}

/** @param node a map, or a choice between maps */
export function namedElementsOf(node: Node | undefined): readonly Element[] {
  return alternatives(node, []).flatMap((map) =>
    entriesOf(map.node).flatMap(([name, entry]) =>
      alternatives(entry.value, map.guards).map((one) => ({ ...one, name, key: placeOfKey(entry) })),
    ),
  );
}

/** What a node can be; a branch that is nothing is left out. */
export function alternatives(
  node: Node | undefined,
  guards: Guards,
): readonly Omit<Element, "name" | "key">[] {
  if (node === undefined || (node.kind === "scalar" && node.isNull)) return [];
  const call = callOf(node);
  if (call?.[0] === "Ref" && textOf(call[1]) === "AWS::NoValue") return [];
  if (call?.[0] !== "Fn::If") return [{ node, guards }];
  const [condition, then, otherwise] = itemsOf(call[1]);
  const name = textOf(condition) ?? "";
  return [
    ...alternatives(then, [...guards, [name, true]]),
    ...alternatives(otherwise, [...guards, [name, false]]),
  ];
}
