/** The events of all functions, one by one. */

import type { DeliveryFact, Gap, MappingFact } from "../model.ts";
import { deliveryFacts, DELIVERED } from "./deliveries.ts";
import type { Node } from "./document.ts";
import type { Found } from "./found.ts";
import { mappingFact, POLLED } from "./mappings.ts";
import type { Reader } from "./reader.ts";

export interface Event {
  /** `worker.events.0` */
  readonly id: string;
  /** Key of its function. */
  readonly lambda: string;
  /** `sqs`, `schedule`. */
  readonly type: string;
  readonly node: Node;
  /** Its settings. */
  readonly found: Found;
}

export interface EventFacts {
  readonly mappings: readonly MappingFact[];
  readonly deliveries: readonly DeliveryFact[];
  readonly gaps: readonly Gap[];
}

export function eventFacts(reader: Reader): EventFacts {
  const mappings: MappingFact[] = [];
  const deliveries: DeliveryFact[] = [];
  const gaps: Gap[] = [];
  for (const { id, found } of reader.service.lambdas) {
    const events = reader.service.at(found, "events");
    if (events && !events.known)
      gaps.push({
        reason: `the events of ${id} are not known: ${events.reason}`,
        place: events.place,
        about: [id],
      });
    for (const [at, item] of reader.service.items(events).entries()) {
      const event = eventOf(reader, item, id, `${id}.events.${at}`);
      if (!event) {
        const reason = item.known ? "it has no type" : item.reason;
        gaps.push({
          reason: `an event of ${id} is not known: ${reason}`,
          place: item.known ? item.node.place : item.place,
          about: [id],
        });
      } else if (POLLED.has(event.type)) mappings.push(mappingFact(reader, event));
      else if (DELIVERED.has(event.type)) deliveries.push(...deliveryFacts(reader, event));
      else
        gaps.push({
          reason: `the event ${event.type} of ${id} is not one of the framework's own`,
          place: event.node.place,
          about: [id],
        });
    }
  }
  return { mappings, deliveries, gaps };
}

/** `- http: …`, and `- websocket` alone. */
function eventOf(reader: Reader, item: Found, lambda: string, id: string): Event | undefined {
  if (!item.known) return undefined;
  if (item.node.kind === "scalar" && typeof item.node.value === "string")
    return { id, lambda, type: item.node.value, node: item.node, found: item };
  const [first] = item.node.kind === "map" ? item.node.entries : [];
  if (!first) return undefined;
  return {
    id,
    lambda,
    type: first[0],
    node: first[1],
    found: reader.service.variables.resolved(first[1], item),
  };
}
