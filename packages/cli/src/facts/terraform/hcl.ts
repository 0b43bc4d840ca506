/** HCL text to its syntax: tree-sitter's grammar for Terraform, loaded once and only when it is asked for. */

import { createRequire } from "node:module";
import { Language, type Node, Parser } from "web-tree-sitter";
import { InputProblem } from "../files.ts";
import type { Body, Expression } from "./syntax.ts";
import { bodyOf, expressionOf, type TreeText } from "./tree.ts";

export interface Hcl {
  /** @throws InputProblem that says where the file is not HCL */
  body(text: string, file: string): Body;
  /** A string of `.tf.json`, which is a template; `undefined`: it is none that can be read. */
  template(text: string, file: string): Expression | undefined;
}

let loaded: Promise<Hcl> | undefined;

export function hcl(): Promise<Hcl> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Hcl> {
  await Parser.init();
  const path = createRequire(import.meta.url).resolve(
    "@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm",
  );
  const parser = new Parser().setLanguage(await Language.load(path));

  function parsed<T>(text: string, file: string, read: (root: Node, text: TreeText) => T): T {
    const tree = parser.parse(text);
    if (!tree) throw new InputProblem(`${file} cannot be read as Terraform.`);
    try {
      return read(tree.rootNode, { file, text });
    } finally {
      tree.delete();
    }
  }

  return {
    body: (text, file) =>
      parsed(text, file, (root, source) => {
        if (root.hasError) throw syntaxProblem(root, source);
        return bodyOf(
          root.namedChildren.find(({ type }) => type === "body"),
          source,
        );
      }),
    template: (text, file) =>
      parsed(`x = "${quoted(text)}"`, file, (root, source) => {
        if (root.hasError) return undefined;
        const attribute = root.namedChildren[0]?.namedChildren[0];
        const value = attribute?.namedChildren.find(({ type }) => type === "expression");
        return value && expressionOf(value, source);
      }),
  };
}

/** Outside of `${…}` and `%{…}` quotes and line ends are escaped; inside they are HCL's own. */
function quoted(text: string): string {
  let depth = 0;
  let result = "";
  for (let at = 0; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    const escaped = text[at - 1] === two[0];
    if (depth === 0 && (two === "${" || two === "%{") && !escaped) {
      depth = 1;
      result += two;
      at += 1;
      continue;
    }
    const char = text.charAt(at);
    if (depth > 0) {
      if (char === "{") depth += 1;
      if (char === "}") depth -= 1;
      result += char;
    } else result += JSON.stringify(char).slice(1, -1);
  }
  return result;
}

function syntaxProblem(root: Node, { file, text }: TreeText): InputProblem {
  const node = firstProblem(root);
  const { row, column } = node.startPosition;
  const what = node.isMissing
    ? `"${node.type}" is missing`
    : `it is not HCL from ${JSON.stringify(text.slice(node.startIndex, node.startIndex + 30).split("\n")[0])} on`;
  return new InputProblem(
    `${file}:${row + 1}:${column + 1}: ${what}. "terraform validate" says more; the folder is read once the file can be.`,
  );
}

/** The first that lies deepest: an error high up in the tree begins where the file does. */
function firstProblem(node: Node): Node {
  for (const child of node.children)
    if (child.isMissing || (child.isError && !child.children.some((one) => one.hasError))) return child;
    else if (child.hasError) return firstProblem(child);
  return node;
}
