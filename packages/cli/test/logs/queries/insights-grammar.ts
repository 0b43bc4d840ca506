/**
 * The part of the Logs Insights language that is used here, as AWS documents it, to check texts by. Commands:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html and its pages for each; functions:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
 */

type Token = {
  readonly kind: "word" | "number" | "text" | "pattern" | "sign" | "end";
  readonly text: string;
};

const TOKEN =
  /\s+|#[^\n]*|(?<text>"[^"]*"|'[^']*')|(?<number>\d+(?:\.\d+)?)|(?<word>(?:[A-Za-z_@]|`[^`]+`)(?:[\w@.]|`[^`]+`)*)|(?<sign>!=|<=|>=|[|,()=<>+\-*/%^])/y;
/** How many arguments each takes. */
const FUNCTIONS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  coalesce: [1, 99],
  ispresent: [1, 1],
  jsonParse: [1, 1],
  strcontains: [2, 2],
  toMillis: [1, 1],
};
const AGGREGATES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  count: [0, 1],
  count_distinct: [1, 1],
  min: [1, 1],
  max: [1, 1],
};
/** Two `stats` at most, and `unnest` and the like before them. */
const MAX_STATS = 2;

/** @throws Error that names what is not understood */
export function checkInsights(text: string): readonly string[] {
  const parser = new Parser(text);
  const commands = [parser.command()];
  while (parser.takes("|")) commands.push(parser.command());
  parser.wants("end");
  if (commands.filter((name) => name === "stats").length > MAX_STATS) throw new Error("more than two stats");
  return commands;
}

class Parser {
  readonly #text: string;
  #at = 0;
  #next: Token;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read(false);
  }

  command(): string {
    const name = this.wants("word").text;
    switch (name) {
      case "fields":
      case "display":
        this.#list(() => this.#named(() => this.#expression(FUNCTIONS)));
        break;
      case "filter":
        this.#condition();
        break;
      case "parse":
        this.#field(true);
        this.wants("pattern");
        break;
      case "stats":
        this.#list(() => this.#named(() => this.#aggregate()));
        if (this.takes("by")) this.#list(() => this.#expression(FUNCTIONS));
        break;
      case "sort":
        this.#list(() => {
          this.#field();
          if (!this.takes("asc")) this.takes("desc");
        });
        break;
      case "limit": {
        const count = Number(this.wants("number").text);
        if (count < 1 || count > 10_000) throw new Error(`a limit of ${count}`);
        break;
      }
      case "unnest":
        this.#field();
        this.#word("into");
        this.#field();
        break;
      default:
        throw new Error(`no command "${name}"`);
    }
    return name;
  }

  takes(text: string): boolean {
    if (this.#next.text !== text || this.#next.kind === "text" || this.#next.kind === "pattern") return false;
    this.#next = this.#read(false);
    return true;
  }

  wants(kind: Token["kind"]): Token {
    const token = this.#next;
    if (token.kind !== kind)
      throw new Error(
        `wanted a ${kind}, got "${token.text}" before "${this.#text.slice(this.#at, this.#at + 30)}"`,
      );
    this.#next = this.#read(false);
    return token;
  }

  #list(one: () => void): void {
    do one();
    while (this.takes(","));
  }

  #named(one: () => void): void {
    one();
    if (this.takes("as")) this.#field();
  }

  #aggregate(): void {
    const name = this.wants("word").text;
    const arity = AGGREGATES[name];
    if (!arity) throw new Error(`no aggregate "${name}"`);
    this.#sign("(");
    if (this.takes("*")) this.#sign(")");
    else this.#arguments(name, arity);
  }

  #arguments(name: string, [least, most]: readonly [number, number]): void {
    let count = 0;
    if (!this.takes(")")) {
      this.#list(() => {
        this.#expression(FUNCTIONS);
        count++;
      });
      this.#sign(")");
    }
    if (count < least || count > most) throw new Error(`${name} with ${count} arguments`);
  }

  #expression(functions: typeof FUNCTIONS): void {
    do this.#operand(functions);
    while (["+", "-", "*", "/", "%", "^"].some((sign) => this.takes(sign)));
  }

  #operand(functions: typeof FUNCTIONS): void {
    if (this.takes("(")) {
      this.#expression(functions);
      this.#sign(")");
      return;
    }
    if (this.#next.kind === "number" || this.#next.kind === "text") {
      this.wants(this.#next.kind);
      return;
    }
    const name = this.wants("word").text;
    if (!this.takes("(")) return;
    const arity = functions[name];
    if (!arity) throw new Error(`no function "${name}"`);
    this.#arguments(name, arity);
  }

  #condition(): void {
    do {
      this.takes("not");
      this.#expression(FUNCTIONS);
      if (this.takesLike()) continue;
      if (["=", "!=", "<", "<=", ">", ">="].some((sign) => this.takes(sign))) this.#expression(FUNCTIONS);
    } while (this.takes("and") || this.takes("or"));
  }

  takesLike(): boolean {
    if (this.#next.text !== "like") return false;
    this.#next = this.#read(true);
    this.wants(this.#next.kind === "text" ? "text" : "pattern");
    return true;
  }

  #field(beforePattern = false): void {
    if (this.#next.kind !== "word") throw new Error(`wanted a field, got "${this.#next.text}"`);
    this.#next = this.#read(beforePattern);
  }

  #word(text: string): void {
    if (!this.takes(text)) throw new Error(`wanted "${text}", got "${this.#next.text}"`);
  }

  #sign(text: string): void {
    this.#word(text);
  }

  /** @param pattern whether a slash begins a regular expression here */
  #read(pattern: boolean): Token {
    for (;;) {
      if (this.#at >= this.#text.length) return { kind: "end", text: "" };
      const slashed = pattern ? /\s*\/((?:[^/\\\n]|\\.)+)\//y : undefined;
      if (slashed) {
        slashed.lastIndex = this.#at;
        const found = slashed.exec(this.#text);
        if (found) {
          this.#at = slashed.lastIndex;
          return { kind: "pattern", text: found[1] ?? "" };
        }
      }
      TOKEN.lastIndex = this.#at;
      const found = TOKEN.exec(this.#text);
      if (!found) throw new Error(`not understood: "${this.#text.slice(this.#at, this.#at + 30)}"`);
      this.#at = TOKEN.lastIndex;
      for (const kind of ["text", "number", "word", "sign"] as const) {
        const text = found.groups?.[kind];
        if (text !== undefined) return { kind, text };
      }
    }
  }
}
