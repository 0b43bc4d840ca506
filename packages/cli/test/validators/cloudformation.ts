/**
 * Validates a CloudFormation or SAM template against AWS's own resource schemas, as `@aws-cdk/aws-service-spec` carries
 * them: types of resources, names and types of properties, required ones, and where Ref and GetAtt point.
 * Not checked: what only AWS knows (lengths, patterns, quotas, combinations of properties).
 */

import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { PropertyType, Resource, ResourceProperties, SpecDatabase } from "@aws-cdk/service-spec-types";

type Data = Readonly<Record<string, unknown>>;

const TOP = [
  "AWSTemplateFormatVersion",
  "Conditions",
  "Description",
  "Globals",
  "Mappings",
  "Metadata",
  "Outputs",
  "Parameters",
  "Resources",
  "Rules",
  "Transform",
];
const AROUND_PROPERTIES = [
  "Condition",
  "Connectors",
  "CreationPolicy",
  "DeletionPolicy",
  "DependsOn",
  "Metadata",
  "Properties",
  "Type",
  "UpdatePolicy",
  "UpdateReplacePolicy",
];
const PSEUDO = [
  "AWS::AccountId",
  "AWS::NoValue",
  "AWS::Partition",
  "AWS::Region",
  "AWS::StackId",
  "AWS::StackName",
  "AWS::URLSuffix",
];

let loaded: SpecDatabase | undefined;

/** One sentence per problem. */
export function templateProblems(template: unknown): readonly string[] {
  loaded ??= loadAwsServiceSpecSync();
  return new Template(loaded, template).problems;
}

class Template {
  readonly problems: string[] = [];
  readonly #db: SpecDatabase;
  readonly #resources: Data;
  readonly #parameters: Data;

  constructor(db: SpecDatabase, template: unknown) {
    this.#db = db;
    const whole = isData(template) ? template : {};
    this.#resources = data(whole["Resources"]);
    this.#parameters = data(whole["Parameters"]);
    for (const name of Object.keys(whole))
      if (!TOP.includes(name)) this.problems.push(`${name} is no section`);
    if (Object.keys(this.#resources).length === 0) this.problems.push("there are no Resources");
    for (const [id, parameter] of Object.entries(this.#parameters))
      if (typeof data(parameter)["Type"] !== "string") this.problems.push(`Parameters.${id} has no Type`);
    for (const [id, resource] of Object.entries(this.#resources)) this.#resource(id, data(resource));
    for (const [id, output] of Object.entries(data(whole["Outputs"]))) {
      if (data(output)["Value"] === undefined) this.problems.push(`Outputs.${id} has no Value`);
      this.#references(`Outputs.${id}`, output);
    }
  }

  #resource(id: string, resource: Data): void {
    const at = `Resources.${id}`;
    for (const name of Object.keys(resource))
      if (!AROUND_PROPERTIES.includes(name))
        this.problems.push(`${at}.${name} is no attribute of a resource`);
    const type = String(resource["Type"]);
    const spec = this.#spec(type);
    if (!spec) {
      this.problems.push(`${at}: there is no type ${type}`);
      return;
    }
    this.#properties(`${at}.Properties`, data(resource["Properties"]), spec.properties);
    this.#references(at, resource);
  }

  #spec(type: string): Resource | undefined {
    return [...this.#db.lookup("resource", "cloudFormationType", "equals", type)][0];
  }

  #properties(at: string, given: Data, spec: ResourceProperties): void {
    for (const [name, { required }] of Object.entries(spec))
      if (required && given[name] === undefined) this.problems.push(`${at} lacks ${name}`);
    for (const [name, value] of Object.entries(given)) {
      const property = spec[name];
      if (!property) this.problems.push(`${at}.${name} is no property`);
      else if (![property.type, ...(property.previousTypes ?? [])].some((type) => this.#fits(value, type)))
        this.#explain(`${at}.${name}`, value, property.type);
    }
  }

  #fits(value: unknown, type: PropertyType): boolean {
    const before = this.problems.length;
    this.#explain("", value, type);
    return this.problems.splice(before).length === 0;
  }

  #explain(at: string, value: unknown, type: PropertyType): void {
    // What a function answers is known only when the stack is made.
    if (isIntrinsic(value)) return;
    const wrong = (): void => void this.problems.push(`${at} is no ${type.type}: ${JSON.stringify(value)}`);
    switch (type.type) {
      case "string":
      case "date-time":
        // CloudFormation turns scalars into strings, and strings into scalars.
        if (typeof value === "object") return wrong();
        if (type.type === "string" && type.allowedValues && !type.allowedValues.includes(String(value)))
          this.problems.push(`${at} is ${String(value)}, and none of ${type.allowedValues.join(", ")}`);
        return;
      case "number":
      case "integer":
        if (typeof value === "object" || !Number.isFinite(Number(value))) wrong();
        return;
      case "boolean":
        if (!["true", "false"].includes(String(value))) wrong();
        return;
      case "json":
        return;
      case "null":
        if (value !== null) wrong();
        return;
      case "array":
        if (!Array.isArray(value)) return wrong();
        for (const [index, item] of value.entries()) this.#explain(`${at}[${index}]`, item, type.element);
        return;
      case "map":
        if (!isData(value)) return wrong();
        for (const [name, item] of Object.entries(value)) this.#explain(`${at}.${name}`, item, type.element);
        return;
      case "tag":
        if (!isData(value) || typeof value["Key"] !== "string") wrong();
        return;
      case "union":
        if (!type.types.some((one) => this.#fits(value, one))) wrong();
        return;
      case "ref":
        if (!isData(value)) return wrong();
        this.#properties(at, value, this.#db.get("typeDefinition", type.reference).properties);
    }
  }

  /** Everything that Ref, GetAtt and Sub name must be there. */
  #references(at: string, value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.#references(at, item);
    if (!isData(value)) return;
    const { Ref: ref, "Fn::GetAtt": attribute, "Fn::Sub": sub } = value;
    if (typeof ref === "string") this.#named(at, ref);
    if (Array.isArray(attribute)) this.#attribute(at, String(attribute[0]), String(attribute[1]));
    if (typeof sub === "string")
      for (const [, name = ""] of sub.matchAll(/\$\{([^!}][^}]*)\}/g)) {
        const [id = "", ...rest] = name.split(".");
        if (rest.length === 0) this.#named(at, id);
        else this.#attribute(at, id, rest.join("."));
      }
    for (const item of Object.values(value)) this.#references(at, item);
  }

  #named(at: string, name: string): void {
    if (name in this.#resources || name in this.#parameters || PSEUDO.includes(name)) return;
    this.problems.push(`${at}: nothing is named ${name}`);
  }

  #attribute(at: string, id: string, name: string): void {
    const spec = this.#spec(String(data(this.#resources[id])["Type"]));
    // SAM's schema does not tell the attributes of what it makes.
    if (spec?.cloudFormationType.startsWith("AWS::Serverless::")) return;
    if (spec?.attributes[name] === undefined && spec?.properties[name] === undefined)
      this.problems.push(`${at}: ${id} has no attribute ${name}`);
  }
}

function isIntrinsic(value: unknown): boolean {
  if (!isData(value)) return false;
  const [name, ...more] = Object.keys(value);
  return more.length === 0 && name !== undefined && (name === "Ref" || name.startsWith("Fn::"));
}

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function data(value: unknown): Data {
  return isData(value) ? value : {};
}
