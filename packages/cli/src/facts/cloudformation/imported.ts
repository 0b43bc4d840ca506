/** The resources of other stacks that the facts of this one name: they are facts of it too. */

import type { Value } from "../value.ts";
import type { Draft } from "./draft.ts";
import type { Resource, Template } from "./template.ts";

/** Grows with what is done with what it gives: a queue that is imported has a dead-letter queue of its own. */
export function* imported(draft: Draft, templates: readonly Template[]): Generator<Resource> {
  const others = new Map<string, Resource>();
  for (const template of templates)
    for (const resource of template.allResources())
      if (isShared(resource)) others.set(resource.path, resource);
  const given = new Set<string>();
  for (let found = true; found;) {
    found = false;
    for (const id of named(draft)) {
      const resource = others.get(id);
      if (!resource || given.has(id)) continue;
      given.add(id);
      found = true;
      yield resource;
    }
  }
}

const SHARED: readonly string[] = [
  "AWS::SQS::Queue",
  "AWS::Kinesis::Stream",
  "AWS::DynamoDB::Table",
  "AWS::DynamoDB::GlobalTable",
  "AWS::Lambda::Function",
];

function isShared({ type }: Resource): boolean {
  return SHARED.includes(type);
}

/** All ids that the facts refer to. */
function named({ mappings, pipes, deliveries, functions, queues, idempotency }: Draft): ReadonlySet<string> {
  const ids = new Set<string>();
  const note = (value: Value<unknown>): void => {
    for (const { answer } of value.cases) {
      if (!answer.known) continue;
      const { value: said } = answer;
      if (typeof said === "string") ids.add(said);
      else if (typeof said === "object" && said !== null)
        for (const part of Object.values(said)) if (typeof part === "string") ids.add(part);
    }
  };
  for (const { function: called, source, onFailure } of mappings) [called, source, onFailure].forEach(note);
  for (const { source, enrichment, target } of pipes) [source, enrichment, target].forEach(note);
  for (const { target, deadLetter } of deliveries) [target, deadLetter].forEach(note);
  for (const { deadLetter, async } of functions) [deadLetter, async.onFailure].forEach(note);
  for (const { deadLetterQueue } of queues) note(deadLetterQueue);
  for (const { table } of idempotency) note(table);
  return ids;
}
