/** Finds what a pointer names in a YAML document, short forms of CloudFormation's functions included. */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { mayGrow, Refusal } from "./wish.ts";

export type Found =
  /** It is written. */
  | { readonly kind: "value"; readonly node: Node; readonly path: readonly string[] }
  /** A map is there, and has no such key. */
  | {
      readonly kind: "key";
      readonly map: YAMLMap;
      readonly rest: readonly string[];
      readonly path: readonly string[];
    }
  /** A key is there, without a value. */
  | {
      readonly kind: "empty";
      readonly key: Node;
      readonly value: Node;
      readonly inFlow: boolean;
      readonly rest: readonly string[];
      readonly path: readonly string[];
    }
  /** A list is there, and gets one more. */
  | { readonly kind: "item"; readonly list: YAMLSeq; readonly path: readonly string[] };

/** Anchors that something refers to: a change below one would change what it does not want to. */
export function sharedAnchors(document: Document): ReadonlySet<string> {
  const shared = new Set<string>();
  visit(document, { Alias: (_, { source }) => void shared.add(source) });
  return shared;
}

/**
 * @returns `path` is the pointer as the plain data has it (`Fn::If` where YAML says `!If`)
 * @throws Refusal when it is written somewhere else
 */
export function findInYaml(
  root: Node | null,
  segments: readonly string[],
  shared: ReadonlySet<string>,
): Found {
  let node: Node | null = root;
  const path: string[] = [];
  let entered: Node | null = null;
  for (let at = 0; at < segments.length; at += 1) {
    const segment = segments[at] ?? "";
    checkOwn(node, shared);
    const name = functionOf(node);
    // The plain data has a map for the function; a pointer may leave it out.
    if (name !== undefined && entered !== node) {
      path.push(name);
      entered = node;
      if (segment === name) continue;
    }
    const rest = segments.slice(at);
    if (isMap(node)) {
      const pair = pairOf(node as YAMLMap<Node, Node | null>, segment);
      if (pair === undefined) {
        if (pairOf(node as YAMLMap<Node, Node | null>, "<<") !== undefined)
          throw new Refusal("the map that it belongs to takes values from another by <<");
        if (name !== undefined || !mayGrow(path))
          throw new Refusal(`there is no ${segment} at /${path.join("/")}`);
        return { kind: "key", map: node as YAMLMap, rest, path: [...path, ...rest] };
      }
      path.push(segment);
      const { key, value } = pair;
      if (isEmpty(value)) {
        const below = segments.slice(at + 1);
        if (!mayGrow(path)) throw new Refusal(`there is nothing at /${path.join("/")}`);
        const inFlow = (node as YAMLMap).flow === true;
        return { kind: "empty", key, value, inFlow, rest: below, path: [...path, ...below] };
      }
      node = value;
    } else if (isSeq(node)) {
      const index = segment === "-" ? node.items.length : Number(segment);
      if (!Number.isInteger(index) || index < 0 || index > node.items.length)
        throw new Refusal(`/${path.join("/")} has no item ${segment}`);
      path.push(String(index));
      if (index === node.items.length) {
        if (at < segments.length - 1) throw new Refusal(`/${path.join("/")} is not there`);
        return { kind: "item", list: node as YAMLSeq, path };
      }
      node = node.items[index] as Node | null;
    } else throw new Refusal(`/${path.join("/")} is not written as a map`);
  }
  if (node === null) throw new Refusal("there is nothing");
  checkOwn(node, shared);
  return { kind: "value", node, path };
}

function checkOwn(node: Node | null, shared: ReadonlySet<string>): void {
  if (isAlias(node))
    throw new Refusal(`its value is written elsewhere, and is referred to by *${node.source}`);
  const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
  if (anchor !== undefined && shared.has(anchor))
    throw new Refusal(`other places refer to its value by *${anchor}`);
}

/** `Fn::If` of `!If`. */
export function functionOf(node: Node | null): string | undefined {
  const tag = node?.tag;
  if (tag === undefined || !/^![A-Z]/.test(tag)) return undefined;
  return tag === "!Ref" || tag === "!Condition" ? tag.slice(1) : `Fn::${tag.slice(1)}`;
}

function pairOf(map: YAMLMap<Node, Node | null>, key: string): { key: Node; value: Node | null } | undefined {
  const found = map.items.find(
    (pair: Pair<Node, Node | null>) => isScalar(pair.key) && String(pair.key.value) === key,
  );
  return found === undefined ? undefined : { key: found.key, value: found.value };
}

/** `Properties:` and nothing behind it; `~` is something. */
function isEmpty(value: Node | null): value is Node {
  return isScalar(value) && value.value === null && value.range?.[0] === value.range?.[1];
}
