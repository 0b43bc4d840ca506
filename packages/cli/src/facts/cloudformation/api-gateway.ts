/** API Gateway that sends straight to a queue. */

import { dirname, isAbsolute, join } from "node:path";
import { InputProblem } from "../files.ts";
import { known, type Value } from "../value.ts";
import { deliver } from "./deliveries.ts";
import type { Draft } from "./draft.ts";
import { below as belowResult, inEveryWorld } from "./evaluate.ts";
import { at, type Node, textOf } from "./node.ts";
import { plainText, spelledText } from "./result.ts";
import type { Settings } from "./settings.ts";
import { partOf, settingsOf } from "./subject.ts";
import { type Target, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import { treeOf } from "./text.ts";
import type { Run } from "./worlds.ts";

/** A method, an integration of an HTTP API, or an API whose paths stand in its own definition. */
export function queueIntegrations(resource: Resource, draft: Draft): void {
  const { properties, type } = resource;
  if (type === "AWS::ApiGateway::Method") sent(resource, draft, at(properties, "Integration"), "Uri", "");
  else if (type === "AWS::ApiGatewayV2::Integration") sent(resource, draft, properties, "IntegrationUri", "");
  else {
    for (const key of ["Body", "DefinitionBody"]) search(resource, draft, at(properties, key), []);
    search(resource, draft, definitionFile(resource, draft), []);
  }
}

/** The definition that stands in a file of its own: named, or put in by `AWS::Include`. */
function definitionFile({ properties, template, path, place }: Resource, draft: Draft): Node | undefined {
  const include = [at(properties, "DefinitionBody"), at(properties, "Body")].flatMap(
    (body) => textOf(at(body, "Fn::Transform", "Parameters", "Location")) ?? [],
  )[0];
  const location = include ?? textOf(at(properties, "DefinitionUri"));
  if (location === undefined) return undefined;
  const file = isAbsolute(location) ? location : join(dirname(template.source.file), location);
  const leftOut = (why: string): undefined => {
    const reason = `the definition of the API ${path} is ${why}, and is not looked into`;
    draft.gaps.push({ reason, place, about: [path] });
  };
  try {
    const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(location) ? undefined : draft.files.text(file);
    return text === undefined ? leftOut(`not on this disk (${location})`) : treeOf(file, text);
  } catch (error) {
    // What was asked for can be read without it.
    if (!(error instanceof InputProblem)) throw error;
    return leftOut(`one that cannot be read (${error.message.replace(/\.$/, "")})`);
  }
}

function search(resource: Resource, draft: Draft, node: Node | undefined, trail: readonly string[]): void {
  if (node?.kind === "list") for (const item of node.items) search(resource, draft, item, trail);
  if (node?.kind !== "map") return;
  for (const [key, { value }] of node.entries)
    if (key.toLowerCase() === "x-amazon-apigateway-integration")
      sent(resource, draft, value, "uri", `.${trail.slice(-2).join(".")}`);
    else search(resource, draft, value, [...trail, key]);
}

function sent(resource: Resource, draft: Draft, node: Node | undefined, uri: string, name: string): void {
  const settings = settingsOf(resource, node);
  const subtype = textOf(at(node, "IntegrationSubtype")) ?? textOf(at(node, "integrationSubtype")) ?? "";
  const isAction = subtype.startsWith("SQS-SendMessage");
  const target = isAction
    ? (run: Run) =>
        settings.target(
          run,
          at(node, "RequestParameters") ? "RequestParameters.QueueUrl" : "requestParameters.QueueUrl",
        )
    : (run: Run) => queueInUri(run, settings, uri);
  const isQueue = inEveryWorld<boolean>((run) => ({
    known: true,
    value: isAction || isQueueUri(run, settings, uri),
    from: "literal",
  }));
  if (!isQueue.cases.some(({ answer }) => answer.known && answer.value)) return;
  deliver(draft, {
    fact: partOf(resource, `${resource.path}${name}`, settings),
    kind: "apigateway",
    asynchronous: false,
    target,
    source: () => resource.path,
    selection: () => name,
    deduplicationId: deduplicates(settings, node),
  });
}

const QUEUE_URI = /:sqs:(?:path|action)\//;

function isQueueUri(run: Run, settings: Settings, uri: string): boolean {
  const result = settings.read(run, uri);
  return result.kind === "text" && QUEUE_URI.test(spelledText(result.parts));
}

/** `arn:aws:apigateway:region:sqs:path/account/name`; or `…:sqs:action/SendMessage`, which does not say to which queue. */
function queueInUri(run: Run, settings: Settings, uri: string): Target | undefined {
  const result = settings.read(run, uri);
  if (result.kind !== "text") return undefined;
  const last = result.parts.at(-1);
  const elsewhere: Target = {
    kind: "elsewhere",
    spelled: spelledText(result.parts),
    why: "is named in the request",
  };
  if (spelledText(result.parts).includes(":sqs:action/")) return elsewhere;
  if (last === undefined) return elsewhere;
  // The account of the path is the stack's own, or the call would be refused.
  const name = typeof last === "string" ? last.slice(last.lastIndexOf("/") + 1) : last;
  return targetOf(run, { ...result, parts: ["arn:aws:sqs:::", name] }, settings.template);
}

/** What a request is made of is mostly a template of its own: what it has to name is looked for in it. */
function deduplicates(settings: Settings, node: Node | undefined): Value<boolean> {
  const parts = [
    at(node, "RequestTemplates"),
    at(node, "requestTemplates"),
    at(node, "RequestParameters"),
    at(node, "requestParameters"),
  ];
  const found = parts.some(
    (part) => part && part.source.text.slice(part.start, part.end).includes("MessageDeduplicationId"),
  );
  const text = inEveryWorld<boolean>((run) => ({
    known: true,
    value:
      found ||
      (plainText(belowResult(run, settings.read(run, "RequestTemplates"), "application/json"))?.includes(
        "MessageDeduplicationId",
      ) ??
        false),
    from: "literal",
  }));
  return found ? known(true, "literal") : text;
}
