/** What all that sends to functions and queues has in common. */

import type { DeliveryFact, DeliveryKind } from "../../model.ts";
import { type Answer, known, type Value } from "../../value.ts";
import { type Limits, numberAnswer } from "../answers.ts";
import { type Datum, dataOf, isNull, scalar } from "../datum.ts";
import { decodedJson } from "../encoded.ts";
import type { Item, Section } from "../item.ts";
import type { Reader } from "./reader.ts";

export function delivery(
  reader: Reader,
  item: Item,
  kind: DeliveryKind,
  more: Pick<DeliveryFact, "target" | "source" | "selection"> & Partial<DeliveryFact>,
): DeliveryFact {
  return {
    ...reader.fact(item),
    kind,
    asynchronous: kind !== "apigateway",
    deadLetter: settled(undefined, item),
    maximumEventAgeSeconds: settled(undefined, item),
    deduplicationId: settled(undefined, item),
    ...more,
  };
}

/** The thing that is meant, by its id here or as it is named. */
export function source(reader: Reader, item: Item, datum: () => Datum): Value<string> {
  return reader.value<string>(item, () => {
    const answer = reader.named(datum(), item.place);
    if (answer.known && answer.value === undefined)
      return { known: false, reason: "it is not set", place: item.place };
    return answer as Answer<string>;
  });
}

const DAY: Limits = { otherwise: 86_400, min: 60, max: 86_400 };

export function eventAge(
  reader: Reader,
  item: Item,
  policy: () => Section | undefined,
): Value<number | undefined> {
  return reader.value<number | undefined>(item, () => {
    const section = policy();
    return section
      ? numberAnswer(section, "maximum_event_age_in_seconds", DAY, reader.worlds)
      : { known: true, value: DAY.otherwise, from: "default", place: item.place };
  });
}

/** What a kind of resource always is, whatever it sets. */
export function settled<T>(value: T, item: Item): Value<T> {
  return known(value, "default", { place: item.place });
}

/** JSON in one form, so that equal documents are equal texts. */
export function comparable(datum: Datum): Datum {
  const data = isNull(datum) ? undefined : dataOf(decodedJson(datum));
  return data === undefined ? datum : scalar(JSON.stringify(sorted(data)));
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted);
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  );
}
