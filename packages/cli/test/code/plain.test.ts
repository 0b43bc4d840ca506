import { describe, expect, it } from "vitest";
import { type SourceLanguage, plain } from "../../src/facts/code/plain.ts";

const WORD = "word";

/** Which of the words are code, by the number behind each. */
function words(text: string, language: SourceLanguage): readonly string[] {
  return plain(text, language).code.match(/word\d/gu) ?? [];
}

describe("a script", () => {
  it.each([
    ["line comments", `word1 // word2\nword3`, ["word1", "word3"]],
    ["block comments", `word1 /* word2\n word2 */ word3`, ["word1", "word3"]],
    ["a comment that never ends", `word1 /* word2`, ["word1"]],
    ["strings", `word1("word2", 'word2', \`word2\`) + word3`, ["word1", "word3"]],
    ["quotes within strings", `word1 = "a\\"word2" + word3`, ["word1", "word3"]],
    ["comments within strings", `word1 = "// no" + word2`, ["word1", "word2"]],
    ["strings within comments", `// it's\nword1`, ["word1"]],
    ["a template's text", "`word1 ${word2 + `word3 ${word4}`} word5` + word6", ["word2", "word4", "word6"]],
    [
      "braces in a template's part",
      "`${[{ a: word1 }].map((x) => { return word2; })} word3` + word4",
      ["word1", "word2", "word4"],
    ],
    ["regular expressions", `word1 = /["'word2]/.test(x) && word3`, ["word1", "word3"]],
    ["a slash in a class of an expression", `return /[/"]/.test(word1)`, ["word1"]],
    ["divisions", `word1 = a / word2 / "b"; word3`, ["word1", "word2", "word3"]],
    ["a string that never ends", `word1 = "word2\nword3`, ["word1", "word3"]],
  ])("is read without %s", (_, text, expected) => {
    expect(words(text, "script")).toEqual(expected);
  });

  it("keeps every character's place", () => {
    const text = `a /* é */ "b\n// c\n\`x\${y}z\` /d/ e`;
    const { code, uncommented } = plain(text, "script");

    expect(code).toHaveLength(text.length);
    expect(uncommented).toHaveLength(text.length);
    expect(code.split("\n").map((line) => line.length)).toEqual(text.split("\n").map((line) => line.length));
  });

  it("tells the strings that are whole, and where", () => {
    const text = `f("${WORD}", \`x\${y}\`)`;

    expect(plain(text, "script").strings).toEqual([{ start: 3, text: WORD }]);
  });
});

describe("Python", () => {
  it.each([
    ["comments", `word1 # word2\nword3`, ["word1", "word3"]],
    ["strings", `word1("word2", 'word2') + word3`, ["word1", "word3"]],
    ["documentation", `"""word1\n"word2" ''' """\nword3`, ["word3"]],
    ["a hash within a string", `word1 = "#" + word2`, ["word1", "word2"]],
    ["divisions", `word1 = a // word2`, ["word1", "word2"]],
  ])("is read without %s", (_, text, expected) => {
    expect(words(text, "python")).toEqual(expected);
  });

  it("has no whole string in what is filled in", () => {
    expect(plain(`f"word1", "word2"`, "python").strings).toEqual([{ start: 11, text: "word2" }]);
  });
});
