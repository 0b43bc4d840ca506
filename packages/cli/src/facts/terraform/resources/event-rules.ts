/** Targets of EventBridge rules. */

import type { DeliveryFact } from "../../model.ts";
import type { Answer } from "../../value.ts";
import { selectionAnswer } from "../answers.ts";
import { isNull, spelledDatum } from "../datum.ts";
import type { Item } from "../item.ts";
import { comparable, delivery, eventAge } from "./delivery.ts";
import type { Reader } from "./reader.ts";

export function ruleDeliveries(reader: Reader): readonly DeliveryFact[] {
  return reader.of("aws_cloudwatch_event_target").map((item) =>
    delivery(reader, item, "eventbridge", {
      target: reader.value(item, () => reader.delivered(item.get("arn"), item.place)),
      source: reader.value<string>(item, () => {
        const bus = (ruleOf(reader, item) ?? item).get("event_bus_name");
        if (isNull(bus)) return { known: true, value: "default", from: "default", place: item.place };
        return reader.named(bus, item.place) as Answer<string>;
      }),
      selection: reader.value(item, () => selectionOf(reader, item)),
      deadLetter: reader.value(item, () =>
        reader.deadLetter(item.sections("dead_letter_config")[0], "arn", item),
      ),
      maximumEventAgeSeconds: eventAge(reader, item, () => item.sections("retry_policy")[0]),
    }),
  );
}

function ruleOf(reader: Reader, item: Item): Item | undefined {
  const datum = item.get("rule");
  const referred = reader.target(datum).item;
  if (referred?.type === "aws_cloudwatch_event_rule") return referred;
  const name = spelledDatum(datum);
  return reader.of("aws_cloudwatch_event_rule").find((rule) => spelledDatum(rule.get("name")) === name);
}

function selectionOf(reader: Reader, item: Item): Answer<string> {
  const rule = ruleOf(reader, item);
  if (!rule) return selectionAnswer([item.get("rule")], item.place);
  return selectionAnswer(
    [comparable(rule.get("event_pattern")), rule.get("schedule_expression")],
    rule.place,
  );
}
