/** The comments of a YAML file, by YAML's own lexer: a `#` in a string or in a script is none. */

import { Lexer } from "yaml";
import type { SourceComment } from "./source-comments.ts";

/** What the lexer puts between tokens, and is not of the text: the start of a document, the end of a flow, a scalar to come. */
const NOT_OF_THE_TEXT = new Set(["\u0002", "\u0018", "\u001F"]);

export function yamlComments(text: string): readonly SourceComment[] {
  const found: SourceComment[] = [];
  let line = 1;
  let own = true;
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    if (NOT_OF_THE_TEXT.has(token)) {
      scalar = token === "\u001F";
      continue;
    }
    if (!scalar && token.startsWith("#")) found.push({ line, text: token.slice(1).trimEnd(), own });
    scalar = false;
    const breaks = token.split("\n").length - 1;
    line += breaks;
    if (breaks > 0) own = /\n[ \t]*$/.test(token);
    else if (token.trim() !== "" && token !== "\uFEFF") own = false;
  }
  return found;
}
