/** What a value of a service names: one of its functions, one of its resources, or something elsewhere. */

import { namedBy } from "../services.ts";
import type { Node } from "./document.ts";
import type { Found } from "./found.ts";
import { spelled } from "./found.ts";
import type { Service } from "./service.ts";
import { partsOf } from "./syntax.ts";

export interface Target {
  /** Key of a function, or logical id of a resource of this service. */
  readonly id?: string;
  /** `function`, or CloudFormation's type. */
  readonly type?: string;
  /** `sqs`, `lambda`, `kinesis`: as far as it shows. */
  readonly service?: string;
  /** For people. */
  readonly text: string;
  /** Why it is nothing of this service. */
  readonly reason: string;
}

const SERVICES: Readonly<Record<string, string>> = {
  function: "lambda",
  "AWS::Lambda::Function": "lambda",
  "AWS::SQS::Queue": "sqs",
  "AWS::Kinesis::Stream": "kinesis",
  "AWS::DynamoDB::Table": "dynamodb",
  "AWS::DynamoDB::GlobalTable": "dynamodb",
  "AWS::SNS::Topic": "sns",
  "AWS::S3::Bucket": "s3",
  "AWS::Events::EventBus": "events",
};

const NAMES: Readonly<Record<string, string>> = {
  "AWS::SQS::Queue": "QueueName",
  "AWS::Kinesis::Stream": "Name",
  "AWS::DynamoDB::Table": "TableName",
  "AWS::DynamoDB::GlobalTable": "TableName",
  "AWS::SNS::Topic": "TopicName",
  "AWS::S3::Bucket": "BucketName",
};

/** Stands for what is not known in a text. */
const HOLE = "\uE000";

export class References {
  readonly #service: Service;
  readonly #logicalIds: ReadonlyMap<string, string>;

  constructor(service: Service) {
    this.#service = service;
    this.#logicalIds = new Map(service.lambdas.map(({ id }) => [logicalIdOf(id), id]));
  }

  target(found: Found): Target {
    if (!found.known) return this.#written(withHoles(found.text), found.text, found.reason);
    const { node } = found;
    if (node.kind === "scalar") {
      const text = String(node.value);
      return this.#written(text, text, `${text} names nothing of this service`);
    }
    const [first] = node.kind === "map" ? node.entries : [];
    if (!first) return { text: spelled(node), reason: `${spelled(node)} names nothing` };
    return this.#intrinsic(first[0], this.#service.variables.resolved(first[1], found), node);
  }

  #intrinsic(name: string, argument: Found, node: Node): Target {
    const text = spelled(node);
    if (!argument.known) return { text, reason: argument.reason };
    const of = argument.node;
    switch (name) {
      case "Ref":
        return this.#logical(spelled(of), text);
      case "Fn::GetAtt": {
        const id = of.kind === "list" ? of.items[0] && spelled(of.items[0]) : spelled(of).split(".")[0];
        return this.#logical(id ?? "", text);
      }
      case "Fn::Sub":
        return this.#sub(of.kind === "list" ? spelled(of.items[0] ?? of) : spelled(of), text);
      case "Fn::Join":
        return this.#joined(of, argument, text);
      case "Fn::ImportValue":
        return { text, reason: "it is imported (Fn::ImportValue)" };
      default:
        return { text, reason: `${name} is left to CloudFormation` };
    }
  }

  /** One that stands alone or after a colon or slash: `${Q.Arn}`, `arn:…:${Q.QueueName}`. */
  #sub(pattern: string, text: string): Target {
    const last = /(?:^|[:/])\$\{([A-Za-z0-9]+)(?:\.[A-Za-z.]+)?\}$/.exec(pattern)?.[1];
    if (last !== undefined) return this.#logical(last, text);
    const written = pattern.replaceAll(/\$\{[^}]*\}/g, HOLE);
    return this.#written(written, text, `${text} names nothing of this service`);
  }

  #joined(of: Node, way: Extract<Found, { known: true }>, text: string): Target {
    const [delimiter, parts] = of.kind === "list" ? of.items : [];
    const list = this.#service.items(parts && this.#service.variables.resolved(parts, way));
    const last = list.at(-1);
    const isEnd = delimiter && (spelled(delimiter) !== "" || /[:/]$/.test(plainText(list.at(-2)) ?? ":"));
    if (last?.known && last.node.kind === "map" && isEnd) {
      const found = this.target(last);
      if (found.id !== undefined) return { ...found, text };
    }
    const written = list.map((part) => plainText(part) ?? HOLE).join(delimiter ? spelled(delimiter) : "");
    return this.#written(written, text, `${text} names nothing of this service`);
  }

  #logical(id: string, text: string): Target {
    const lambda = this.#logicalIds.get(id);
    if (lambda !== undefined)
      return { id: lambda, type: "function", service: "lambda", text: id, reason: "" };
    const resource = this.#service.resources.get(id);
    if (resource) {
      const { type } = resource;
      return { id, type, service: SERVICES[type], text: id, reason: `${id} is no queue or stream` };
    }
    return { text, reason: `${id} is no resource of this service` };
  }

  #written(written: string, text: string, reason: string): Target {
    const { service, name } = namedBy(written);
    if (name === undefined || name === "" || name === HOLE) return { service, text, reason };
    if (service === undefined || service === "lambda") {
      const lambda = this.#service.lambdas.find(({ id }) => id === name || this.#functionName(id) === name);
      if (lambda) return { id: lambda.id, type: "function", service: "lambda", text, reason };
    }
    for (const { id, type, properties } of this.#service.resources.values()) {
      const property = NAMES[type];
      if (property === undefined || (service !== undefined && SERVICES[type] !== service)) continue;
      const own = this.#service.at(properties, property);
      const ownText =
        own &&
        (own.known ? (own.node.kind === "scalar" ? String(own.node.value) : undefined) : withHoles(own.text));
      if (ownText === name) return { id, type, service: SERVICES[type], text, reason };
    }
    return { service, text, reason };
  }

  /** `service-stage-key`, unless it has a name. */
  #functionName(id: string): string | undefined {
    const found = this.functionName(id);
    return found?.known && found.node.kind === "scalar" ? String(found.node.value) : undefined;
  }

  functionName(id: string): Found | undefined {
    const lambda = this.#service.lambdas.find((one) => one.id === id);
    const own = this.#service.at(lambda?.found, "name");
    if (own) return own;
    const name = this.#service.get("service", "name") ?? this.#service.get("service");
    const stage = this.#service.variables.stage();
    if (!name?.known || name.node.kind !== "scalar") return name;
    if (!stage.known || stage.node.kind !== "scalar") return stage;
    const value = `${String(name.node.value)}-${String(stage.node.value)}-${id}`;
    return { ...stage, node: { ...stage.node, value } };
  }
}

/** `send-mail` is `SendDashmailLambdaFunction` (https://www.serverless.com/framework/docs/providers/aws/guide/resources). */
function logicalIdOf(name: string): string {
  const normal = name.charAt(0).toUpperCase() + name.slice(1);
  return `${normal.replaceAll("-", "Dash").replaceAll("_", "Underscore")}LambdaFunction`;
}

function plainText(found: Found | undefined): string | undefined {
  return found?.known && found.node.kind === "scalar" ? String(found.node.value) : undefined;
}

/** Variables that are not known as words without colons and slashes: equal ones stay equal. */
function withHoles(text: string): string {
  return partsOf(text)
    .map((part) => ("text" in part ? part.text : HOLE + part.inside.replaceAll(/[:/\s]/g, "_")))
    .join("");
}

export function idOf({ id, text }: Target): string {
  return id ?? text;
}
