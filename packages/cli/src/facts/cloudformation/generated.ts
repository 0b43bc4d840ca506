/** The queues that SAM makes of a function's events and destinations: they stand in no template, and can be referred to. */

import { namedElementsOf } from "./elements.ts";
import { below } from "./evaluate.ts";
import { at, type Node, placeOf, textOf } from "./node.ts";
import type { Made, Resource } from "./template.ts";

/** Of one function of SAM. */
export function* generatedQueues(owner: Resource): Generator<Resource> {
  for (const { node, guards, name } of namedElementsOf(at(owner.properties, "Events"))) {
    const properties = at(node, "Properties");
    const generatedBy = `${owner.path}.Events.${name}`;
    if (textOf(at(node, "Type")) === "SNS" && isSubscribedThrough(at(properties, "SqsSubscription")))
      yield queue(owner, `${owner.id}${name}Queue`, node, { owner, guards, generatedBy });
    const config = at(properties, "DeadLetterConfig");
    if (textOf(at(config, "Type")) === "SQS" && !at(config, "Arn"))
      yield queue(owner, textOf(at(config, "QueueLogicalId")) ?? `${owner.id}${name}Queue`, config, {
        owner,
        guards,
        generatedBy,
      });
  }
  for (const outcome of ["OnSuccess", "OnFailure"]) {
    const config = at(owner.properties, "EventInvokeConfig", "DestinationConfig", outcome);
    if (config && textOf(at(config, "Type")) === "SQS" && mayBeAbsent(at(config, "Destination")))
      yield queue(owner, destinationId(owner.id, outcome, "SQS"), config, {
        owner,
        guards: [],
        generatedBy: owner.path,
        isMade: (run) => below(run, run.evaluate(config, owner.template), "Destination").kind === "absent",
      });
  }
}

/** What SAM calls the destination that it makes. */
export function destinationId(functionId: string, outcome: string, type: "SQS" | "SNS"): string {
  return `${functionId}EventInvokeConfig${outcome}${type === "SQS" ? "Queue" : "Topic"}`;
}

function isSubscribedThrough(through: Node | undefined): boolean {
  if (through === undefined || textOf(through)?.toLowerCase() === "false") return false;
  return through.kind !== "map" || at(through, "QueueArn") === undefined;
}

function mayBeAbsent(destination: Node | undefined): boolean {
  return destination === undefined || at(destination, "Fn::If") !== undefined;
}

function queue(owner: Resource, id: string, node: Node | undefined, made: Made): Resource {
  const where = node ?? owner.node;
  return {
    template: owner.template,
    id,
    path: owner.template.prefix + id,
    type: "AWS::SQS::Queue",
    place: placeOf(where),
    node: where,
    properties: undefined,
    made,
  };
}
