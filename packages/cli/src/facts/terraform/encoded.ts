/** JSON and YAML in texts, which may have holes: `{"maxReceiveCount": ${var.n}, "deadLetterTargetArn": "${…}"}`. */

import { parse as parseYaml } from "yaml";
import type { Place } from "../value.ts";
import {
  type Datum,
  fromData,
  invalid,
  list,
  map,
  mixed,
  type Origin,
  scalar,
  textOf,
  unseen,
} from "./datum.ts";
import { joined } from "./joined.ts";

/** Characters that no file has, around the number of a hole. */
const OPEN = "\uE000";
const CLOSE = "\uE001";
const HOLE = /\uE000(\d+)\uE001/g;

/** What the JSON of a text says, each value with where it came from. */
export function decodedJson(datum: Datum, place?: Place): Datum {
  if (datum.kind === "json") return datum.of;
  if (datum.kind === "unknown") return datum;
  if (datum.kind !== "scalar" && datum.kind !== "text") return invalid("it is no text", place);
  const parts = datum.parts ?? [datum];
  const holes: Datum[] = [];
  let inString = false;
  let text = "";
  for (const part of parts) {
    const literal = part.kind === "scalar" && part.from === "literal" ? textOf(part) : undefined;
    if (literal === undefined) {
      const hole = `${OPEN}${holes.push(part) - 1}${CLOSE}`;
      text += inString ? hole : `"${hole}"`;
      continue;
    }
    text += literal;
    for (const mark of literal.matchAll(/\\.|"/gs)) if (mark[0] === '"') inString = !inString;
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // A hole may hold half of the document.
    return holes.some((hole) => textOf(hole) === undefined)
      ? unseen("the JSON cannot be read while parts of it are not known", { place: datum.place })
      : wholeOr(datum, invalid("it is not JSON", datum.place));
  }
  return filled(data, holes, { from: datum.from, place: datum.place, assuming: datum.assuming });
}

function wholeOr(datum: Datum, otherwise: Datum): Datum {
  try {
    return fromData(JSON.parse(textOf(datum) ?? ""), mixed([datum]));
  } catch {
    return otherwise;
  }
}

function filled(data: unknown, holes: readonly Datum[], origin: Origin): Datum {
  if (typeof data === "string") return filledText(data, holes, origin);
  if (Array.isArray(data))
    return list(
      data.map((item) => filled(item, holes, origin)),
      origin,
    );
  if (typeof data === "object" && data !== null)
    return map(
      new Map(
        Object.entries(data).map(([key, value]) => [
          key.replaceAll(HOLE, (_, at: string) => textOf(holes[Number(at)] ?? scalar("")) ?? "…"),
          filled(value, holes, origin),
        ]),
      ),
      origin,
    );
  return fromData(data, origin);
}

function filledText(text: string, holes: readonly Datum[], origin: Origin): Datum {
  const pieces = text.split(HOLE);
  if (pieces.length === 1) return scalar(text, origin);
  // Every second piece is the number of a hole.
  const data = pieces.flatMap((piece, at): Datum[] => {
    if (at % 2 === 1) return [holes[Number(piece)] ?? scalar("")];
    return piece === "" ? [] : [scalar(piece, origin)];
  });
  const [only] = data;
  if (data.length === 1 && only) return only;
  return joined(data, origin.place ?? nowhere());
}

function nowhere(): Place {
  return { file: "", line: 1, column: 1, endLine: 1, endColumn: 1 };
}

export function decodedYaml(datum: Datum, place: Place): Datum {
  const text = textOf(datum);
  if (text === undefined) return unseen("the YAML is not known", { place });
  try {
    return fromData(parseYaml(text), mixed([datum], place));
  } catch {
    return invalid("it is not YAML", place);
  }
}
