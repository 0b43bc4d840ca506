/** An ARN that only a deployment knows, cut at its colons: what its parts are is known all the same. */

import type { Node } from "./node.ts";
import { type Hole, hole, type ListResult, literal, type TextResult } from "./result.ts";

/** The service, and from the sixth part on either a plain text or the attribute that stands there. */
const PARTS: Readonly<
  Record<string, readonly [service: string, ...rest: readonly (string | { readonly attribute: string })[]]>
> = {
  "AWS::SQS::Queue": ["sqs", { attribute: "QueueName" }],
  "AWS::SNS::Topic": ["sns", { attribute: "TopicName" }],
  "AWS::Lambda::Function": ["lambda", "function", { attribute: "Ref" }],
  "AWS::Serverless::Function": ["lambda", "function", { attribute: "Ref" }],
  "AWS::Lambda::Alias": ["lambda", "function", { attribute: "FunctionName" }, { attribute: "Qualifier" }],
  "AWS::Lambda::Version": ["lambda", "function", { attribute: "FunctionName" }, { attribute: "Version" }],
};

/** Of these, a `Ref` is the ARN. */
const REF_IS_ARN: readonly string[] = ["AWS::SNS::Topic", "AWS::Lambda::Alias", "AWS::Lambda::Version"];

/** @returns `undefined` for what is no ARN of a resource whose ARNs are known */
export function arnParts({ resource, spelled, why }: Hole, node: Node): ListResult | undefined {
  if (!resource) return undefined;
  const type = resource.template.resources.get(resource.id)?.type ?? "";
  const isArn =
    resource.attribute.endsWith("Arn") || (resource.attribute === "Ref" && REF_IS_ARN.includes(type));
  const parts = PARTS[type];
  if (!isArn || !parts) return undefined;
  const [service, ...rest] = parts;
  const pseudo = (name: string): TextResult =>
    hole({ spelled: `\${${name}}`, why: `is ${name}, which only a deployment decides` }, node);
  const named = (attribute: string): TextResult =>
    hole(
      {
        spelled:
          attribute === "Ref"
            ? spelled.replace(/\.Arn\}$/, "}")
            : spelled.replace(/(?:\.\w*Arn)?\}$/, `.${attribute}}`),
        why,
        resource: { ...resource, attribute },
      },
      node,
    );
  const items = [
    literal("arn", node),
    pseudo("AWS::Partition"),
    literal(service, node),
    pseudo("AWS::Region"),
    pseudo("AWS::AccountId"),
    ...rest.map((part) => (typeof part === "string" ? literal(part, node) : named(part.attribute))),
  ];
  return { kind: "list", from: "literal", node, items: items.map((item) => () => item) };
}
