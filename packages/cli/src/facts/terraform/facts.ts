/** The resources of a configuration or a plan as facts. */

import type { Facts, Gap, Language } from "../model.ts";
import type { Item } from "./item.ts";
import { Resolver } from "./resolve.ts";
import { deliveryFacts } from "./resources/deliveries.ts";
import { functionFacts } from "./resources/functions.ts";
import { mappingFacts } from "./resources/mappings.ts";
import { pipeFacts } from "./resources/pipes.ts";
import { queueFacts } from "./resources/queues.ts";
import { Reader } from "./resources/reader.ts";
import { streamFacts, tableFacts } from "./resources/stores.ts";
import type { Worlds } from "./worlds.ts";

export function factsOf(
  language: Language,
  file: string,
  items: readonly Item[],
  gaps: readonly Gap[],
  worlds: Worlds,
): Facts {
  const reader = new Reader(worlds, new Resolver(items), items);
  return {
    language,
    file,
    functions: functionFacts(reader),
    queues: queueFacts(reader),
    streams: streamFacts(reader),
    mappings: mappingFacts(reader),
    pipes: pipeFacts(reader),
    deliveries: deliveryFacts(reader),
    tables: tableFacts(reader),
    idempotency: [],
    signs: [],
    gaps: [...gaps, ...stackGaps(items)],
  };
}

/** Templates of another language that a resource brings along. */
const STACKS = [
  "aws_cloudformation_stack",
  "aws_cloudformation_stack_set",
  "aws_serverlessapplicationrepository_cloudformation_stack",
];

function stackGaps(items: readonly Item[]): readonly Gap[] {
  return items
    .filter(({ type }) => STACKS.includes(type))
    .map(({ address, place }) => ({
      reason: `${address} is a CloudFormation stack, whose resources are not looked at here`,
      place,
    }));
}
