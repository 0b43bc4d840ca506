/** Functions over texts. */

import { type Datum, firstUnknown, invalid, list, mixed, numberOf, scalar, textOf, unseen } from "./datum.ts";
import type { Builtin } from "./builtin.ts";
import { joined } from "./joined.ts";

function changed(work: (text: string, ...more: string[]) => string | boolean): Builtin {
  return (args, { place }) => {
    const texts = args.map(textOf);
    const [first, ...more] = texts;
    if (first !== undefined && !more.includes(undefined))
      return scalar(work(first, ...(more as string[])), mixed(args, place));
    return notKnown(args, place);
  };
}

function notKnown(args: readonly Datum[], place: Parameters<Builtin>[1]["place"]): Datum {
  const why = args.map(firstUnknown).find((found) => found !== undefined);
  if (why?.invalid) return why;
  return why ? unseen(why.reason, { place, names: why.names }) : invalid("an argument is no text", place);
}

const replaced: Builtin = (args, { place }) => {
  const [text, search, by] = args.map(textOf);
  if (text === undefined || search === undefined || by === undefined) return notKnown(args, place);
  // `/…/` is a regular expression, of which this is no judge.
  if (search.length > 1 && search.startsWith("/") && search.endsWith("/"))
    return unseen("a replacement by a regular expression is not worked out", { place });
  return scalar(
    text.replaceAll(search, () => by),
    mixed(args, place),
  );
};

const substring: Builtin = (args, { place }) => {
  const [text, from, count] = args;
  const [whole, start, length] = [text && textOf(text), from && numberOf(from), count && numberOf(count)];
  if (whole === undefined || start === undefined || length === undefined) return notKnown(args, place);
  const begin = start < 0 ? whole.length + start : start;
  return scalar(whole.slice(begin, length < 0 ? undefined : begin + length), mixed(args, place));
};

const split: Builtin = (args, { place }) => {
  const [separator, text] = args.map(textOf);
  if (separator === undefined || text === undefined) return notKnown(args, place);
  const origin = mixed(args, place);
  return list(
    text === "" ? [scalar("", origin)] : text.split(separator).map((part) => scalar(part, origin)),
    origin,
  );
};

const join: Builtin = ([separator, ...lists], { place }) => {
  const text = separator && textOf(separator);
  const items: Datum[] = [];
  for (const one of lists) {
    if (one.kind === "list") items.push(...one.items);
    else if (one.kind === "unknown" && one.each && text === "") return one.each;
    else return notKnown([one], place);
  }
  if (text === undefined) return notKnown(separator ? [separator] : [], place);
  const [only] = items;
  if (items.length === 1 && only) return only;
  if (items.length === 0) return scalar("", { from: "literal", place });
  return joined(
    items.flatMap((item, at) => (at === 0 || text === "" ? [item] : [scalar(text), item])),
    place,
  );
};

const formatted: Builtin = ([pattern, ...values], { place }) => {
  const text = pattern && textOf(pattern);
  if (text === undefined) return notKnown(pattern ? [pattern] : [], place);
  const parts: Datum[] = [];
  let at = 0;
  let next = 0;
  for (const verb of text.matchAll(/%(%|[-+# 0]*\d*(?:\.\d+)?[a-z])/g)) {
    parts.push(scalar(text.slice(at, verb.index)));
    at = verb.index + verb[0].length;
    if (verb[1] === "%") parts.push(scalar("%"));
    else if (!/^[sdv]$/.test(verb[1] ?? ""))
      return unseen(`the format ${verb[0]} is not worked out`, { place });
    else {
      parts.push(values[next] ?? invalid("format has too few arguments", place));
      next += 1;
    }
  }
  parts.push(scalar(text.slice(at)));
  return joined(
    parts.filter((part) => textOf(part) !== ""),
    place,
  );
};

export const TEXTS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["lower", changed((text) => text.toLowerCase())],
  ["upper", changed((text) => text.toUpperCase())],
  ["title", changed((text) => text.replaceAll(/(^|\s)\S/g, (start) => start.toUpperCase()))],
  ["trimspace", changed((text) => text.trim())],
  ["chomp", changed((text) => text.replace(/[\r\n]+$/, ""))],
  ["basename", changed((text) => text.split("/").at(-1) ?? "")],
  ["dirname", changed((text) => text.split("/").slice(0, -1).join("/") || ".")],
  ["abspath", changed((text) => text)],
  ["pathexpand", changed((text) => text)],
  [
    "trimprefix",
    changed((text, prefix = "") => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  ],
  [
    "trimsuffix",
    changed((text, suffix = "") =>
      suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
    ),
  ],
  ["startswith", changed((text, prefix = "") => text.startsWith(prefix))],
  ["endswith", changed((text, suffix = "") => text.endsWith(suffix))],
  ["strcontains", changed((text, part = "") => text.includes(part))],
  ["replace", replaced],
  ["substr", substring],
  ["split", split],
  ["join", join],
  ["format", formatted],
]);
