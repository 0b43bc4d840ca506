/** Finds the code in documents and in TSDoc examples, with the line that each piece starts at. */

export interface Snippet {
  readonly file: string;
  /** The line of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** TSDoc examples leave their imports out; a document's reader copies the imports too. */
  readonly imports: "own" | "added";
}

export interface Block {
  readonly line: number;
  /** What stands after the fence: `ts`, `sh`, `ts no-check`. Empty for an indented or unnamed block. */
  readonly info: string;
  readonly code: string;
}

/** The fenced blocks of a document; a fence may be indented, as in a list. */
export function blocksIn(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly fence: string; readonly line: number; readonly info: string } | undefined;
  let code: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (!open) {
      if (fence) open = { fence: fence[1] ?? "", line: index + 2, info: (fence[2] ?? "").trim() };
      code = [];
    } else if (fence?.[1]?.startsWith(open.fence) && fence[2] === "") {
      blocks.push({ line: open.line, info: open.info, code: code.join("\n") });
      open = undefined;
    } else code.push(line);
  }
  return blocks;
}

const isTypeScript = (info: string): boolean => /^(ts|tsx|typescript|js|javascript|mjs)\b/i.test(info);

/** The TypeScript of a document, and a sentence for each block that would escape the check. */
export function snippetsIn(
  file: string,
  text: string,
): { readonly snippets: readonly Snippet[]; readonly wrong: readonly string[] } {
  const blocks = blocksIn(text).filter(({ info }) => isTypeScript(info));
  return {
    snippets: blocks.map(({ line, code }) => ({ file, line, code, imports: "own" })),
    wrong: blocks
      .filter(({ info }) => info !== "ts")
      .map(
        ({ line, info }) =>
          `${file}:${line - 1}: a block of code is marked \`ts\` and nothing else, got \`${info}\`.`,
      ),
  };
}

/** The examples in a source file's TSDoc: the lines after `@example`, up to the next tag. */
export function examplesIn(file: string, text: string): readonly Snippet[] {
  const found: Snippet[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const firstLine = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0]
      .replace(/\s*\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""));
    for (const [at, line] of lines.entries()) {
      if (line.trim() !== "@example") continue;
      const rest = lines.slice(at + 1);
      const end = rest.findIndex((one) => /^@\w+/.test(one));
      const code = rest
        .slice(0, end < 0 ? rest.length : end)
        .map((one) => (one.startsWith("```") ? "" : one));
      found.push({ file, line: firstLine + at + 1, code: code.join("\n"), imports: "added" });
    }
  }
  return found;
}

/** Code that people type: what is in backticks, in fences and indented by four. With the line of each piece. */
export function shellIn(text: string): readonly { readonly line: number; readonly text: string }[] {
  let fenced = false;
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(`{3,}|~{3,})/.test(line)) {
      fenced = !fenced;
      return [];
    }
    const code =
      fenced || /^ {4}/.test(line) ? [line] : [...line.matchAll(/`([^`]+)`/g)].map(([, span]) => span ?? "");
    return code.map((one) => ({ line: index + 1, text: one }));
  });
}

/** What a name of the public face is imported as. */
export interface PublicName {
  readonly from: string;
  readonly type: boolean;
}

/** The names that a face exports, read from its source: lists of names, and declarations in the file itself. */
export function namesIn(text: string): readonly { readonly name: string; readonly type: boolean }[] {
  const lists = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, allTypes, list]) =>
    (list ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "")
      .map((one) => ({
        name: (one.split(/ as /).at(-1) ?? one).replace(/^type /, "").trim(),
        type: allTypes !== undefined || one.startsWith("type "),
      })),
  );
  const declared = [...text.matchAll(/^export (?:async )?(function|const|class|interface|type) (\w+)/gm)].map(
    ([, kind, name]) => ({ name: name ?? "", type: kind === "interface" || kind === "type" }),
  );
  return [...lists, ...declared];
}

/** The file that the compiler sees: the code at its own line, what it needs in the lines above, `…` as nothing. */
export function moduleOf(snippet: Snippet, faces: ReadonlyMap<string, PublicName>): string {
  const { code, line, imports } = snippet;
  const used = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const own = (name: string): boolean =>
    new RegExp(`\\b(const|let|function|class|interface|type)\\s+${name}\\b|import[^;]*\\b${name}\\b`).test(
      code,
    );
  const added =
    imports === "own"
      ? []
      : [...used].flatMap((name) => {
          const face = faces.get(name);
          return face && !own(name)
            ? [`import { ${face.type ? "type " : ""}${name} } from "${face.from}";`]
            : [];
        });
  const shown = code
    .split("\n")
    .map((one) => (/\/[/*]/.test(one) ? one : one.replaceAll("…", "/* … */")))
    .join("\n");
  return `${added.join(" ")}${"\n".repeat(line - 1)}${shown}\n`;
}
