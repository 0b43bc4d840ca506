/** `Fn::FindInMap`, in one world. */

import { at, entriesOf, itemsOf, type Node } from "./node.ts";
import { ABSENT, hole, onlyHole, plainText, type Result, spelledText } from "./result.ts";
import type { Template } from "./template.ts";
import type { Run } from "./worlds.ts";

/** A key that is a parameter forks over the keys that the mapping has. */
export function findInMap(run: Run, argument: Node, node: Node, template: Template): Result {
  const [mapNode, topNode, secondNode, optionsNode] = itemsOf(argument);
  const [map, top, second] = run.decide(() =>
    [mapNode, topNode, secondNode].map((key) => (key ? run.evaluate(key, template) : ABSENT)),
  );
  const [mapName, topKey, secondKey] = [map, top, second].map((key) => key && plainText(key));
  const shown = `${mapName ?? "?"}`;
  const rows = mapName === undefined ? undefined : at(template.root, "Mappings", mapName);
  const row = topKey === undefined ? undefined : at(rows, topKey);
  const found = secondKey === undefined ? undefined : at(row, secondKey);
  if (found) {
    const result = run.evaluate(found, template);
    return result.kind === "absent" ? result : { ...result, from: "mapping" };
  }
  const fallback = at(optionsNode, "DefaultValue");
  const keys = [top, second].map((key) => (key?.kind === "text" ? spelledText(key.parts) : "?"));
  const isNone = rows !== undefined && (isNoKey(rows, top) || (row !== undefined && isNoKey(row, second)));
  if (isNone) {
    if (fallback) return run.evaluate(fallback, template);
    // CloudFormation refuses a key that a mapping does not have.
    if (run.choices.size > 0) run.impossible();
    return hole(
      {
        spelled: `\${Fn::FindInMap ${shown} ${keys.join(" ")}}`,
        why: `is not in the mapping ${shown} (${keys.join(", ")})`,
      },
      node,
    );
  }
  const open = [top, second].flatMap((key) => (key ? (onlyHole(key) ?? []) : []))[0];
  return hole(
    {
      spelled: `\${Fn::FindInMap ${shown} ${keys.join(" ")}}`,
      why: `is read from the mapping ${shown} at a key that ${open?.why ?? "is not known"}`,
    },
    node,
  );
}

function isNoKey(map: Node, key: Result | undefined): boolean {
  if (key === undefined) return false;
  const text = plainText(key);
  const keys = entriesOf(map).map(([name]) => name);
  if (text !== undefined) return !keys.includes(text);
  const isNot = onlyHole(key)?.isNot;
  return isNot !== undefined && keys.every((name) => isNot(name));
}
