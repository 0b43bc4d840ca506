/**
 * Reads the XML of a JUnit report, strictly, and checks it by the structure that its readers share (Jenkins's
 * junit-10.xsd and the Ant schema agree on it): suites of cases, attributes that are required, and counts that add up.
 */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["tests", "failures", "errors", "skipped"],
  testsuite: ["name", "tests", "failures", "errors", "skipped"],
  testcase: ["name", "classname"],
  failure: ["type", "message"],
  error: ["type", "message"],
  skipped: [],
};
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["testsuite"],
  testsuite: ["testcase"],
  testcase: ["failure", "error", "skipped"],
};

/** One sentence per problem. */
export function junitProblems(text: string): readonly string[] {
  let root: Element;
  try {
    root = parseXml(text);
  } catch (error) {
    return [(error as Error).message];
  }
  return root.name === "testsuites" ? problemsOf(root) : [`the root is ${root.name}`];
}

function problemsOf(element: Element): readonly string[] {
  const { name, attributes, children } = element;
  const problems = (REQUIRED[name] ?? [])
    .filter((attribute) => attributes[attribute] === undefined)
    .map((attribute) => `${name} has no ${attribute}`);
  for (const child of children)
    if (!(WITHIN[name] ?? []).includes(child.name)) problems.push(`${child.name} stands in ${name}`);
  if (name === "testcase" && children.length > 1) problems.push("a testcase has more than one result");
  if (name === "testsuite" || name === "testsuites") {
    const cases = casesIn(element);
    const count = (result: string): number =>
      cases.filter((one) => one.children.some((child) => child.name === result)).length;
    const sums = {
      tests: cases.length,
      failures: count("failure"),
      errors: count("error"),
      skipped: count("skipped"),
    };
    for (const [attribute, sum] of Object.entries(sums))
      if (attributes[attribute] !== String(sum))
        problems.push(`${name} says ${attribute}="${attributes[attribute]}", and has ${sum}`);
  }
  return [...problems, ...children.flatMap(problemsOf)];
}

function casesIn({ children }: Element): readonly Element[] {
  return children.flatMap((child) => (child.name === "testcase" ? [child] : casesIn(child)));
}

/** @throws for what is not well-formed */
export function parseXml(text: string): Element {
  // oxlint-disable-next-line no-control-regex
  const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.exec(text);
  if (forbidden || !text.isWellFormed()) throw new Error("a character that XML 1.0 does not have");
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  if (!text.startsWith(declaration)) throw new Error("there is no XML declaration");
  let at = declaration.length;
  skip();
  const root = element();
  skip();
  if (at !== text.length) throw new Error(`something follows the root: ${text.slice(at, at + 20)}`);
  return root;

  function element(): Element {
    const open = /<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
    open.lastIndex = at;
    const [whole, name = "", list = "", closed] = open.exec(text) ?? [];
    if (whole === undefined) throw new Error(`no element at ${text.slice(at, at + 40)}`);
    at += whole.length;
    const pairs = [...list.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
      ([, key = "", value = ""]) => [key, unescape(value)] as const,
    );
    if (new Set(pairs.map(([key]) => key)).size < pairs.length)
      throw new Error(`${name} has an attribute twice`);
    const attributes = Object.fromEntries(pairs);
    const children: Element[] = [];
    let content = "";
    if (closed === "/") return { name, attributes, children, text: "" };
    for (;;) {
      const next = text.indexOf("<", at);
      if (next < 0) throw new Error(`${name} does not end`);
      content += unescape(text.slice(at, next));
      at = next;
      if (text.startsWith(`</${name}>`, at)) {
        at += name.length + 3;
        return { name, attributes, children, text: content };
      }
      children.push(element());
    }
  }

  function skip(): void {
    while (/\s/.test(text[at] ?? "")) at += 1;
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text: string): string {
  if (text.includes("]]>")) throw new Error("]]> stands in text");
  return text.replaceAll(/&([^;\s]*);?/g, (all, name: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1];
    const char = code === undefined ? NAMED[name] : String.fromCodePoint(Number(code));
    if (char === undefined || !all.endsWith(";")) throw new Error(`${all} is no entity`);
    return char;
  });
}
