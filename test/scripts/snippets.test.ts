/** The gate on snippets finds what it is to find, and names its line. */

import { describe, expect, it } from "vitest";
import { blocksIn, examplesIn, moduleOf, namesIn, shellIn, snippetsIn } from "../../scripts/snippets/find.ts";

const fence = "```";

describe("documents", () => {
  it("every ts block is taken, at its own line, in lists too", () => {
    const text = [
      "# Title",
      `${fence}ts`,
      "const a = 1;",
      fence,
      "- item",
      `  ${fence}ts`,
      "  b();",
      `  ${fence}`,
    ].join("\n");

    expect(snippetsIn("a.md", text)).toEqual({
      snippets: [
        { file: "a.md", line: 3, code: "const a = 1;", imports: "own" },
        { file: "a.md", line: 7, code: "  b();", imports: "own" },
      ],
      wrong: [],
    });
  });

  it.each(["ts no-check", "typescript", "js", "tsx"])("a block marked `%s` does not escape", (info) => {
    const { snippets, wrong } = snippetsIn("a.md", `${fence}${info}\nx\n${fence}`);

    expect(snippets).toHaveLength(1);
    expect(wrong).toEqual([
      expect.stringContaining(`a.md:1: a block of code is marked \`ts\` and nothing else, got \`${info}\``),
    ]);
  });

  it("a shell block is none, and a longer fence holds a shorter one", () => {
    expect(snippetsIn("a.md", `${fence}sh\nnpm test\n${fence}`).snippets).toEqual([]);
    expect(blocksIn(`${fence}\`\`md\n${fence}ts\n${fence}\n${fence}\`\``)).toHaveLength(1);
  });

  it("what people type is found in backticks, fences and indented lines, and not in prose", () => {
    const text = [
      "run `npm run a` and",
      "npm run prose",
      "    npm run b",
      `${fence}sh`,
      "npm run c",
      fence,
    ].join("\n");

    expect(shellIn(text)).toEqual([
      { line: 1, text: "npm run a" },
      { line: 3, text: "    npm run b" },
      { line: 5, text: "npm run c" },
    ]);
  });
});

describe("TSDoc", () => {
  it("an example is taken up to the next tag or the end", () => {
    const text = [
      "const before = 1;",
      "/**",
      " * Says.",
      " *",
      " * @example",
      " * go(1);",
      " * @throws never",
      " */",
    ].join("\n");

    expect(examplesIn("a.ts", text)).toEqual([{ file: "a.ts", line: 6, code: "go(1);", imports: "added" }]);
    expect(examplesIn("a.ts", "/**\n * @example\n * go(1);\n */\n")).toMatchObject([
      { line: 3, code: "go(1);" },
    ]);
  });

  it("gets the imports that it leaves out, and no line moves", () => {
    const faces = new Map([
      ["go", { from: "pkg", type: false }],
      ["Go", { from: "pkg/types", type: true }],
      ["own", { from: "pkg", type: false }],
    ]);

    expect(moduleOf({ file: "a.ts", line: 3, code: "const own = go<Go>();", imports: "added" }, faces)).toBe(
      'import { go } from "pkg"; import { type Go } from "pkg/types";\n\nconst own = go<Go>();\n',
    );
    expect(moduleOf({ file: "a.md", line: 2, code: "go(() => { … });", imports: "own" }, faces)).toBe(
      "\ngo(() => { /* … */ });\n",
    );
  });

  it("a face's names are read from its lists and its declarations", () => {
    const text =
      'export { a, type B, c as d } from "./x.ts";\nexport type {\n  E,\n} from "./y.ts";\nexport async function f() {}\nexport interface G {}\n';

    expect(namesIn(text)).toEqual([
      { name: "a", type: false },
      { name: "B", type: true },
      { name: "d", type: false },
      { name: "E", type: true },
      { name: "f", type: false },
      { name: "G", type: true },
    ]);
  });
});
