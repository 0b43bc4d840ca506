/**
 * A plugin for Stryker that leaves out texts for people: the messages of errors and warnings, with what is put into them.
 * Nothing acts on them, and a test of one would only repeat it. Codes, names and every other value are mutated.
 */

/** What is asked of a node of Babel's tree here. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly callee?: Node;
  readonly id?: Node;
  readonly key?: Node;
}
interface Path {
  readonly node: Node;
  readonly parent: Node;
  readonly parentPath: Path | null;
  /** Where in its parent it is, and in which place of a list. */
  readonly key: string | number | null;
  readonly listKey?: string;
}

export const IGNORED_TEXT = "a text for people";

/** Which argument of what is called is a message, or a part of one. */
const MESSAGE: Readonly<Record<string, number>> = {
  Error: 0,
  TypeError: 0,
  OnceError: 1,
  warn: 2,
  unstorable: 0,
  storable: 0,
  checkOpen: 1,
};
/** Of a variable or a property. */
const MESSAGE_NAMES = new Set(["message", "reason"]);
const TEXTS = new Set(["StringLiteral", "TemplateLiteral"]);
/** What a message is put together with. */
const JOINING = new Set([...TEXTS, "BinaryExpression", "ConditionalExpression"]);

function isMessage(path: Path): boolean {
  const { parent, parentPath, key, listKey } = path;
  if (JOINING.has(parent.type) && key !== "test") return parentPath !== null && isMessage(parentPath);
  if (listKey === "arguments") return MESSAGE[parent.callee?.name ?? ""] === key;
  return MESSAGE_NAMES.has(
    (key === "init" ? parent.id : key === "value" ? parent.key : undefined)?.name ?? "",
  );
}

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "texts",
    value: {
      shouldIgnore: (path: Path): string | undefined =>
        TEXTS.has(path.node.type) && isMessage(path) ? IGNORED_TEXT : undefined,
    },
  },
];
