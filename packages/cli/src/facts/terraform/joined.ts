/** One text of several data. */

import type { Place } from "../value.ts";
import { type Datum, invalid, isNull, mixed, scalar, textOf } from "./datum.ts";

/** Known as far as they are; its parts are kept, so that what it names can be found in it. */
export function joined(data: readonly Datum[], place: Place): Datum {
  if (data.some(isNull)) return invalid("a part of the text is null", place);
  const parts = data.flatMap((datum) =>
    (datum.kind === "scalar" || datum.kind === "text") && datum.parts ? datum.parts : [datum],
  );
  const texts = data.map(textOf);
  const origin = mixed(data, place);
  if (texts.every((text) => text !== undefined)) return { ...scalar(texts.join(""), origin), parts };
  return { kind: "text", parts, ...origin };
}
