/** What a reference names: a resource of the template or of one nested with it, or something elsewhere. */

import { onlyHole, type Part, type Result, spelledText } from "./result.ts";
import type { Resource, Template } from "./template.ts";
import { below } from "./evaluate.ts";
import type { Run } from "./worlds.ts";

/** What a reference comes to, in one world. */
export type Target =
  | {
      readonly kind: "resource";
      readonly resource: Resource;
      /** Of a function: the alias or version that is named. */ readonly qualifier?: string;
    }
  /** Something that is not defined here, named by an ARN, a URL, a name or an expression. */
  | {
      readonly kind: "elsewhere";
      readonly spelled: string;
      readonly service?: string;
      /** The rest of a sentence. */ readonly why: string;
    };

const PASSED_ON: Readonly<Record<string, string>> = {
  "AWS::Lambda::Alias": "FunctionName",
  "AWS::Lambda::Version": "FunctionName",
  "AWS::Kinesis::StreamConsumer": "StreamARN",
};

/** @returns `undefined` for a reference that is not there */
export function targetOf(run: Run, result: Result, template: Template): Target | undefined {
  if (result.kind === "absent") return undefined;
  if (result.kind === "list") {
    const items = result.items.map((item) => comparable(item()) ?? "?");
    return {
      kind: "elsewhere",
      spelled: items.join(", "),
      why: `is given by its addresses (${items.join(", ")})`,
    };
  }
  if (result.kind === "map") return { kind: "elsewhere", spelled: "a map", why: "is a map, and no text" };
  const whole = onlyHole(result);
  if (whole?.resource)
    return ofResource(run, whole.resource.template, whole.resource.id, whole.resource.attribute);
  const found = ofText(run, result.parts, template);
  if (found) return found;
  const spelled = spelledText(result.parts);
  const service = serviceOf(spelled);
  if (!whole)
    return { kind: "elsewhere", spelled, service, why: `is ${spelled}, which is not in this template` };
  // A call is spelled as a call, and only a parameter as a parameter.
  const call = spelled.replace(/^\$\{(Fn::.*)\}$/s, "$1");
  return { kind: "elsewhere", spelled: call, service, why: whole.why };
}

/** The service that an ARN names. */
export function serviceOf(spelled: string): string | undefined {
  return /^arn:(?:[\w-]+|\$\{[^}]*\}):([\w-]+):/.exec(spelled)?.[1];
}

function ofResource(run: Run, template: Template, id: string, attribute: string): Target {
  const resource = template.resources.get(id);
  if (!resource)
    return { kind: "elsewhere", spelled: id, why: `names ${id}, which the template does not have` };
  const passedOn = PASSED_ON[resource.type];
  if (passedOn === undefined) {
    const alias = attribute === "Alias" ? resource.properties && aliasOf(run, resource) : undefined;
    return { kind: "resource", resource, ...(alias === undefined ? {} : { qualifier: alias }) };
  }
  const found = run.once(`${resource.path} passed on`, () =>
    targetOf(run, property(run, resource, passedOn), template),
  );
  if (!found) return { kind: "elsewhere", spelled: id, why: `is ${id}, which names nothing else or itself` };
  if (found.kind === "elsewhere" || resource.type === "AWS::Kinesis::StreamConsumer") return found;
  // The name alone, cut out of an ARN: its alias is not in it.
  if (attribute === "FunctionName") return found;
  const name = resource.type === "AWS::Lambda::Alias" ? property(run, resource, "Name") : undefined;
  const qualifier = name?.kind === "text" ? spelledText(name.parts) : `version ${resource.path}`;
  return { ...found, qualifier };
}

function aliasOf(run: Run, resource: Resource): string | undefined {
  const name = property(run, resource, "AutoPublishAlias");
  return name.kind === "text" ? spelledText(name.parts) : undefined;
}

/** What a resource sets at a path, in one world. */
export function property(run: Run, { properties, template }: Resource, path: string): Result {
  return properties ? below(run, run.evaluate(properties, template), path) : { kind: "absent" };
}

interface Segment {
  readonly parts: readonly Part[];
  readonly spelled: string;
}

/** An ARN, a queue's URL, or a function's name with or without its alias, put together of texts and references. */
function ofText(run: Run, parts: readonly Part[], template: Template): Target | undefined {
  const [first, partition, service, region, account, ...rest] = split(parts, ":");
  if (first?.spelled !== "arn") {
    const url = /^https:\/\/(?:sqs|queue)\b/.test(first?.spelled ?? "") || first?.spelled === "https";
    if (url) return named(run, split(parts, "/").at(-1), template, ["AWS::SQS::Queue"], "QueueName");
    if (partition === undefined || service === undefined)
      return withQualifier(namedFunction(run, first, template), partition);
    return undefined;
  }
  const isOwn = isOneOf(region, ["", "${AWS::Region}"]) && isOneOf(account, ["", "${AWS::AccountId}"]);
  const name = rest[0];
  switch (service?.spelled) {
    case "sqs":
      return named(run, name, template, ["AWS::SQS::Queue"], "QueueName", isOwn);
    case "lambda":
      return withQualifier(namedFunction(run, rest[1], template, isOwn), rest[2]);
    case "kinesis":
      return named(run, split(name?.parts ?? [], "/")[1], template, ["AWS::Kinesis::Stream"], "Name", isOwn);
    case "dynamodb":
      return named(run, split(name?.parts ?? [], "/")[1], template, TABLES, "TableName", isOwn);
    case "sns":
      return named(run, name, template, ["AWS::SNS::Topic"], "TopicName", isOwn);
    case "s3":
      return named(run, name, template, ["AWS::S3::Bucket"], "BucketName");
    default:
      return undefined;
  }
}

/** What makes a table. */
export const TABLES: readonly string[] = [
  "AWS::DynamoDB::Table",
  "AWS::DynamoDB::GlobalTable",
  "AWS::Serverless::SimpleTable",
];
/** What makes a function. */
export const FUNCTIONS: readonly string[] = ["AWS::Lambda::Function", "AWS::Serverless::Function"];

function isOneOf(segment: Segment | undefined, texts: readonly string[]): boolean {
  return segment !== undefined && texts.includes(segment.spelled);
}

function namedFunction(
  run: Run,
  name: Segment | undefined,
  template: Template,
  isOwn = true,
): Target | undefined {
  return named(run, name, template, [...FUNCTIONS, "AWS::Lambda::Alias"], "FunctionName", isOwn);
}

function withQualifier(target: Target | undefined, qualifier: Segment | undefined): Target | undefined {
  return target?.kind === "resource" && qualifier && qualifier.spelled !== ""
    ? { ...target, qualifier: qualifier.spelled }
    : target;
}

/**
 * The resource that a name in a text is of: named by reference, or by having the same name. A literal account or region
 * may be another one than the stack's, so that an equal name alone tells nothing then.
 */
function named(
  run: Run,
  name: Segment | undefined,
  template: Template,
  types: readonly string[],
  nameProperty: string,
  isOwn = true,
): Target | undefined {
  if (name === undefined || name.spelled === "") return undefined;
  const [only, second] = name.parts;
  if (second === undefined && typeof only === "object" && only.resource) {
    const { resource } = only;
    return ofResource(run, resource.template, resource.id, resource.attribute);
  }
  if (!isOwn) return undefined;
  for (const resource of template.top.allResources()) {
    if (!types.includes(resource.type) || resource.type === "AWS::Lambda::Alias") continue;
    const given = property(run, resource, nameProperty);
    if (given.kind === "text" && spelledText(given.parts) === name.spelled)
      return { kind: "resource", resource };
  }
  return undefined;
}

/** Cuts the texts and leaves the references whole. */
function split(parts: readonly Part[], by: string): readonly Segment[] {
  const segments: Part[][] = [[]];
  for (const part of parts) {
    const [first = "", ...more] = typeof part === "string" ? part.split(by) : [part];
    if (first !== "") segments.at(-1)?.push(first);
    for (const piece of more) segments.push(piece === "" ? [] : [piece]);
  }
  return segments.map((segment) => ({ parts: segment, spelled: spelledText(segment) }));
}

/** How a definition names what it refers to, for people. */
export function nameOf(target: Target | undefined): string {
  if (!target) return "nothing";
  return target.kind === "resource" ? target.resource.path : target.spelled;
}

/** A text of a template as it can be compared: references spelled out. */
export function comparable(result: Result): string | undefined {
  return result.kind === "text" ? spelledText(result.parts) : undefined;
}
