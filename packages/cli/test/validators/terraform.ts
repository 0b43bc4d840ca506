/**
 * Validates Terraform's configuration: its grammar by HashiCorp's own HCL parser (compiled to JavaScript in `hcl2-parser`),
 * and names and kinds of the arguments against the AWS provider's documentation, written down below for the blocks that
 * are printed. Not checked: what `terraform plan` asks AWS.
 */

import hcl from "hcl2-parser";

type Data = Readonly<Record<string, unknown>>;
/** An argument's kind; a nested block is a list of objects in the parser's answer. */
type Kinds = Readonly<Record<string, "string" | "boolean" | "list" | "expression" | readonly [Kinds]>>;

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs, by block and type; `!` marks what is required. */
const DOCUMENTED: Readonly<Record<string, Kinds>> = {
  // …/resources/dynamodb_table
  "resource aws_dynamodb_table": {
    "name!": "string",
    billing_mode: "string",
    hash_key: "string",
    range_key: "string",
    deletion_protection_enabled: "boolean",
    attribute: [{ "name!": "string", "type!": "string" }],
    ttl: [{ attribute_name: "string", enabled: "boolean" }],
    // https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
    lifecycle: [{ prevent_destroy: "boolean" }],
  },
  // …/resources/iam_policy
  "resource aws_iam_policy": {
    name: "string",
    name_prefix: "string",
    description: "string",
    "policy!": "expression",
  },
  // …/data-sources/iam_policy_document
  "data aws_iam_policy_document": {
    statement: [{ sid: "string", effect: "string", actions: "list", resources: "list" }],
  },
  // https://developer.hashicorp.com/terraform/language/values
  variable: { description: "string", "type!": "expression", default: "list" },
  output: { "value!": "expression" },
};

/** The configuration as the parser has it, when nothing is wrong with its grammar. */
export function parseHcl(text: string): Data {
  const [parsed, error] = hcl.parseToObject(text);
  if (error !== null || parsed === null) throw new Error("the HCL parser refuses it");
  return parsed;
}

/** One sentence per problem. */
export function terraformProblems(text: string): readonly string[] {
  const problems: string[] = [];
  for (const [block, types] of Object.entries(parseHcl(text))) {
    for (const [type, bodies] of Object.entries(types as Data)) {
      if (block === "variable" || block === "output")
        check(`${block} ${type}`, bodies, DOCUMENTED[block], problems);
      else
        for (const [name, body] of Object.entries(bodies as Data))
          check(`${block} ${type} ${name}`, body, DOCUMENTED[`${block} ${type}`], problems);
    }
  }
  return problems;
}

function check(at: string, bodies: unknown, kinds: Kinds | undefined, problems: string[]): void {
  if (!kinds) {
    problems.push(`${at} is not documented here`);
    return;
  }
  for (const body of bodies as readonly Data[]) {
    for (const name of Object.keys(kinds))
      if (name.endsWith("!") && body[name.slice(0, -1)] === undefined) problems.push(`${at} lacks ${name}`);
    for (const [name, value] of Object.entries(body)) {
      const kind = kinds[name] ?? kinds[`${name}!`];
      if (kind === undefined) problems.push(`${at}: there is no argument ${name}`);
      else if (Array.isArray(kind)) check(`${at}.${name}`, value, kind[0], problems);
      else if (!fits(value, kind as string)) problems.push(`${at}: ${name} is no ${String(kind)}`);
    }
  }
}

function fits(value: unknown, kind: string): boolean {
  const expression = typeof value === "string" && /^\$\{[^}]+\}$/.test(value);
  if (kind === "expression" || expression) return expression;
  return kind === "list" ? Array.isArray(value) : typeof value === kind;
}
