/** CloudFormation's YAML, and its JSON, as plain data: `!Sub x` becomes `{ "Fn::Sub": "x" }`, as in a JSON template. */

import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from "yaml";
import { Usage } from "../usage.ts";

/** @throws Usage that names `file` and the place. */
export function readYaml(text: string, file: string): unknown {
  const document = parseDocument(text.replace(/^\uFEFF/, ""), { logLevel: "silent", prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new Usage(`${file} cannot be read: ${error.message.trimEnd()}`);
  return plain(document.contents);

  function plain(node: Node | null): unknown {
    if (isAlias(node)) return plain(node.resolve(document) ?? null);
    const value = untagged(node);
    const tag = node?.tag;
    if (tag === undefined || !/^![A-Z]/.test(tag)) return value;
    const name = tag.slice(1);
    if (name === "Ref" || name === "Condition") return { [name]: value };
    // The dot's left side is a resource; an attribute may have dots of its own.
    if (name === "GetAtt" && typeof value === "string") {
      const [resource = "", ...attribute] = value.split(".");
      return { "Fn::GetAtt": [resource, attribute.join(".")] };
    }
    return { [`Fn::${name}`]: value };
  }

  function untagged(node: Node | null): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item) => plain(item as Node | null));
    if (!isMap(node)) return null;
    return Object.fromEntries(
      (node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => [
        isScalar(key) ? String(key.value) : String(key),
        plain(value),
      ]),
    );
  }
}
