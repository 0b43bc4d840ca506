/** Senders that are met less often: IoT, logs, mail, user pools, and the destinations of a function. */

import { deliver, sourceOf } from "./deliveries.ts";
import type { Draft, InvokeConfig } from "./draft.ts";
import { elementsOf, namedElementsOf } from "./elements.ts";
import { inEveryWorld } from "./evaluate.ts";
import { destinationId } from "./generated.ts";
import { at } from "./node.ts";
import { selectionOf } from "./schedules.ts";
import { partOf, settingsOf } from "./subject.ts";
import { FUNCTIONS, type Target, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

/** An IoT rule. Without an error action, what its action cannot deliver is gone. */
export function topicRule(resource: Resource, draft: Draft): void {
  const payload = settingsOf(resource, at(resource.properties, "TopicRulePayload"));
  for (const { node, guards, name } of elementsOf(at(payload.node, "Actions"))) {
    const settings = settingsOf(resource, node);
    for (const path of ["Lambda.FunctionArn", "Sqs.QueueUrl"]) {
      const [action = ""] = path.split(".");
      if (!at(node, action)) continue;
      deliver(draft, {
        fact: partOf(resource, `${resource.path}.Actions.${name}`, settings, guards),
        kind: "iot",
        target: (run) => settings.target(run, path),
        source: () => "iot",
        selection: (run) => selectionOf(run, payload, ["Sql"]),
        deadLetter: payload.named("ErrorAction.Sqs.QueueUrl"),
      });
    }
  }
}

/** A log group's subscription. */
export function subscriptionFilter(resource: Resource, draft: Draft): void {
  const settings = settingsOf(resource);
  deliver(draft, {
    fact: partOf(resource, resource.path, settings),
    kind: "logs",
    target: (run) => settings.target(run, "DestinationArn"),
    source: sourceOf(settings, "LogGroupName", "nothing"),
    selection: (run) => selectionOf(run, settings, ["FilterPattern"]),
  });
}

/** The functions that mail is given to. */
export function receiptRule(resource: Resource, draft: Draft): void {
  for (const { node, guards, name } of elementsOf(at(resource.properties, "Rule", "Actions"))) {
    const settings = settingsOf(resource, at(node, "LambdaAction"));
    if (!settings.node) continue;
    const isWaited = settings
      .text("InvocationType", "Event")
      .cases.every(({ answer }) => answer.known && answer.value === "RequestResponse");
    deliver(draft, {
      fact: partOf(resource, `${resource.path}.Actions.${name}`, settings, guards),
      kind: "ses",
      asynchronous: !isWaited,
      target: (run) => settings.target(run, "FunctionArn"),
      source: () => "ses",
      selection: (run) =>
        selectionOf(run, settingsOf(resource, at(resource.properties, "Rule")), ["Recipients"]),
    });
  }
}

/** The triggers of a user pool: it waits for them. */
export function userPool(resource: Resource, draft: Draft): void {
  for (const { node, guards, name } of namedElementsOf(at(resource.properties, "LambdaConfig"))) {
    const settings = settingsOf(resource, node);
    deliver(draft, {
      fact: partOf(resource, `${resource.path}.LambdaConfig.${name}`, settings, guards),
      kind: "cognito",
      asynchronous: false,
      target: (run) =>
        settings.target(run, node.kind === "map" && node.entries.has("LambdaArn") ? "LambdaArn" : ""),
      source: () => resource.path,
      selection: () => name,
    });
  }
}

/** What a function's asynchronous calls are sent on to. */
export function functionDestinations(functionId: string, config: InvokeConfig, draft: Draft): void {
  const { settings, resource, guards } = config;
  for (const outcome of ["OnSuccess", "OnFailure"] as const) {
    if (!at(settings.node, "DestinationConfig", outcome)) continue;
    const part = settings.part("DestinationConfig", outcome);
    const made = resource.template.resources.get(destinationId(resource.id, outcome, "SQS"));
    const target = (run: Run): Target | undefined =>
      targetOf(run, part.read(run, "Destination"), resource.template) ??
      (made ? { kind: "resource", resource: made } : undefined);
    // A queue of failures is where they are kept, and not a step of a pipeline.
    if (outcome === "OnFailure" && !mayBeFunction(target)) continue;
    deliver(draft, {
      fact: partOf(resource, `${resource.path}.${outcome}`, part, guards),
      kind: "function",
      target,
      source: () => functionId,
      selection: () => outcome,
    });
  }
}

function mayBeFunction(target: (run: Run) => Target | undefined): boolean {
  const { cases } = inEveryWorld<boolean>((run) => {
    const found = target(run);
    const value = found?.kind === "resource" && FUNCTIONS.includes(found.resource.type);
    return { known: true, value, from: "literal" };
  });
  return cases.some(({ answer }) => answer.known && answer.value);
}
