/** Terraform's configuration as a tree of blocks and attributes with their places in the text. */

import { createRequire } from "node:module";
import { Language, type Node, Parser } from "web-tree-sitter";

export interface Attribute {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Its expression. */
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly value: string;
  readonly kind: "number" | "boolean" | "string" | "list" | "expression";
  /** Of an object, also of one that is handed to `jsonencode`. */
  readonly entries?: readonly Attribute[];
}

export interface Block {
  /** `resource`, `aws_sqs_queue`, `orders`; of a nested block its type alone. */
  readonly labels: readonly string[];
  readonly start: number;
  /** Behind its opening brace. */
  readonly bodyStart: number;
  /** Before its closing brace. */
  readonly bodyEnd: number;
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
}

let loading: Promise<Parser> | undefined;

/** `undefined`: it is not HCL. */
export async function hclTree(text: string): Promise<Block | undefined> {
  loading ??= load();
  const parser = await loading;
  const tree = parser.parse(text);
  if (tree === null) return undefined;
  try {
    const root = tree.rootNode;
    if (root.hasError) return undefined;
    const body = named(root, "body");
    return { labels: [], start: 0, bodyStart: 0, bodyEnd: text.length, ...contents(body) };
  } finally {
    tree.delete();
  }
}

async function load(): Promise<Parser> {
  await Parser.init();
  const file = createRequire(import.meta.url).resolve(
    "@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm",
  );
  const parser = new Parser();
  parser.setLanguage(await Language.load(file));
  return parser;
}

function contents(body: Node | undefined): Pick<Block, "attributes" | "blocks"> {
  const children = body?.namedChildren.filter((child) => child !== null) ?? [];
  return {
    attributes: children.filter(({ type }) => type === "attribute").map(attributeOf),
    blocks: children.filter(({ type }) => type === "block").map(blockOf),
  };
}

function blockOf(node: Node): Block {
  const labels = node.namedChildren.flatMap((child) =>
    child?.type === "identifier" || child?.type === "string_lit" ? [child.text.replaceAll('"', "")] : [],
  );
  const open = named(node, "block_start");
  const close = named(node, "block_end");
  return {
    labels,
    start: node.startIndex,
    bodyStart: open?.endIndex ?? node.endIndex,
    bodyEnd: close?.startIndex ?? node.endIndex,
    ...contents(named(node, "body")),
  };
}

function attributeOf(node: Node): Attribute {
  return settingOf(node, named(node, "identifier")?.text ?? "", named(node, "expression"));
}

function settingOf(node: Node, name: string, expression: Node | undefined): Attribute {
  const entries = entriesOf(expression);
  return {
    name,
    start: node.startIndex,
    end: node.endIndex,
    valueStart: expression?.startIndex ?? node.endIndex,
    valueEnd: expression?.endIndex ?? node.endIndex,
    value: expression?.text ?? "",
    kind: kindOf(expression),
    ...(entries === undefined ? {} : { entries }),
  };
}

function entriesOf(expression: Node | undefined): readonly Attribute[] | undefined {
  let inner = expression?.namedChildren[0];
  if (inner?.type === "function_call" && named(inner, "identifier")?.text === "jsonencode") {
    const given = named(inner, "function_arguments")?.namedChildren.filter(
      (one) => one?.type === "expression",
    );
    inner = given?.length === 1 ? given[0]?.namedChildren[0] : undefined;
  }
  const object = inner?.type === "collection_value" ? inner.namedChildren[0] : undefined;
  if (object?.type !== "object") return undefined;
  return object.namedChildren.flatMap((element) => {
    if (element?.type !== "object_elem") return [];
    const key = element.childForFieldName("key");
    const value = element.childForFieldName("val");
    return key === null || value === null ? [] : [settingOf(element, key.text.replaceAll('"', ""), value)];
  });
}

function kindOf(expression: Node | undefined): Attribute["kind"] {
  const text = expression?.text ?? "";
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return "number";
  if (text === "true" || text === "false") return "boolean";
  const inner = expression?.namedChildren[0];
  if (inner?.type === "literal_value" && inner.namedChildren[0]?.type === "string_lit") return "string";
  const tuple = inner?.type === "collection_value" ? inner.namedChildren[0] : undefined;
  if (tuple?.type !== "tuple") return "expression";
  const items = tuple.namedChildren.filter((item) => item?.type === "expression");
  return items.every((item) => item !== null && kindOf(item) === "string") ? "list" : "expression";
}

function named(node: Node, type: string): Node | undefined {
  return node.namedChildren.find((child) => child?.type === type) ?? undefined;
}
