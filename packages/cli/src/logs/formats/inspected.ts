/** A flat object as Node's `util.inspect` shows it, read back: `{ scope: 'orders', attempt: 1 }`. */

const MEMBER =
  /\s*(?:([A-Za-z_$][\w$]*)|'((?:[^'\\]|\\.)*)')\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`|(-?[\d.]+(?:e[+-]?\d+)?|true|false|null|undefined))\s*(,|\}$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v" };

/** @returns `undefined`: it holds something else than texts, numbers and truth values, or is cut off */
export function inspected(text: string): Readonly<Record<string, unknown>> | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{")) return undefined;
  const found: Record<string, unknown> = {};
  MEMBER.lastIndex = 1;
  for (;;) {
    const member = MEMBER.exec(trimmed);
    if (!member) return undefined;
    const [, bare, quoted, single, double, tick, word, end] = member;
    const shown = single ?? double ?? tick;
    found[bare ?? unescaped(quoted ?? "")] = shown === undefined ? wordOf(word ?? "") : unescaped(shown);
    if (end !== ",") return found;
  }
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/gs, (_all, two, four, one: string) =>
    one === undefined
      ? String.fromCodePoint(Number.parseInt((two ?? four) as string, 16))
      : (ESCAPES[one] ?? one),
  );
}

function wordOf(word: string): unknown {
  if (word === "true" || word === "false") return word === "true";
  return word === "null" || word === "undefined" ? undefined : Number(word);
}
