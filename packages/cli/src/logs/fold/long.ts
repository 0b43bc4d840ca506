/**
 * Texts that are made long before they are written as JSON. V8 looks up each text of up to ten characters that it parses
 * among all others that it knows: with a million different keys that costs more than everything else.
 */

const PREFIX = "the text is";

export function long(text: string): string {
  return PREFIX + text;
}

/** @param text that `long` has made */
export function unlong(text: string): string {
  return text.slice(PREFIX.length);
}
