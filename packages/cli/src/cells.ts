/** Text as a terminal shows it: how many columns it takes, wrapped, cut, and without what would steer the terminal. */

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns; of East Asian characters and pictures two. */
export function cells(text: string): number {
  let count = 0;
  for (const char of text) count += NONE.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return count;
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cells(text)));
}

/** Names come from files that anybody may have written: an escape sequence in one would steer the terminal. */
export function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, (char) =>
    char === "\t" ? " " : "\uFFFD",
  );
}

/** Lines of at most `width` columns, broken at spaces; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of harmless(text.replaceAll(/\s+/g, " ")).split(" ")) {
    if (line === "") line = word;
    else if (cells(line) + 1 + cells(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** What a terminal without UTF-8 can show of the characters that reports use. */
export function ascii(text: string): string {
  return text.replaceAll(/[→·…×≤≥≠−–—█│─└•“”‘’\uFFFD]/g, (char) => ASCII[char] ?? "?");
}

const ASCII: Readonly<Record<string, string>> = {
  "→": "->",
  "·": "-",
  "…": "...",
  "×": "x",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "−": "-",
  "–": "-",
  "—": "-",
  "█": "#",
  "│": "|",
  "─": "-",
  "└": "`",
  "•": "*",
  "“": '"',
  "”": '"',
  "‘": "'",
  "’": "'",
};

/** Whether a terminal can show no more than ASCII: `TERM=dumb`, or a locale that is set and is not UTF-8. */
export function onlyAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["TERM"] === "dumb") return true;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((one) => one !== undefined && one !== "");
  return locale !== undefined && !/utf-?8/i.test(locale);
}
