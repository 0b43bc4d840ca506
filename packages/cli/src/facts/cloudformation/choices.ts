/** What a parameter can be, as far as it matters: the worlds that a template leaves open. */

import { symbol } from "../linear.ts";
import { type Node } from "./node.ts";
import { ABSENT, type Hole, hole, type Result, type TextResult } from "./result.ts";
import type { Parameter, Template } from "./template.ts";
import type { Run } from "./worlds.ts";

const ANOTHER = "(another)";
const EMPTY = "(empty)";

interface Options {
  /** Names of worlds, that of the default first. */
  readonly names: readonly string[];
  readonly isNotAnother: (text: string) => boolean;
}

/** What a parameter comes to. In a condition it is decided; elsewhere its default is assumed. */
export function parameterResult(run: Run, parameter: Parameter, template: Template, node: Node): Result {
  const given = template.nesting && nestedArgument(template, parameter.name);
  if (given !== undefined && template.nesting) {
    const above = template.nesting.template;
    const result = run.once(`${template.prefix} parameter ${parameter.name}`, () =>
      run.evaluate(given, above),
    );
    return result === undefined
      ? hole(openParameter(parameter, template, "refers to itself"), node)
      : listed(result, parameter, node);
  }
  return listed(ownResult(run, parameter, template, node), parameter, node);
}

function nestedArgument(template: Template, name: string): Node | undefined {
  const { nesting } = template;
  if (nesting?.parameters?.kind !== "map") return undefined;
  return nesting.parameters.entries.get(name)?.value;
}

function ownResult(run: Run, parameter: Parameter, template: Template, node: Node): Result {
  const { name, type, fallback } = parameter;
  if (type.startsWith("AWS::SSM::Parameter::Value"))
    return hole(
      openParameter(parameter, template, `is the parameter ${name}, which is read from Parameter Store`),
      node,
    );
  const choice = template.prefix + name;
  const isDecided = run.choices.has(choice);
  // A number that conditions look at is in each of their worlds another one.
  const isForked = run.deciding || (isNumber(parameter) && template.compared.has(name));
  if (isDecided || isForked) {
    const options = optionsOf(parameter, template);
    const taken = run.choose(choice, options.names);
    if (taken === ANOTHER) {
      const why =
        options.names.length > 1
          ? `is another value of the parameter ${name}`
          : `is the parameter ${name}, which has no default`;
      return hole({ ...openParameter(parameter, template, why), isNot: options.isNotAnother }, node);
    }
    return { kind: "text", parts: [taken === EMPTY ? "" : taken], from: "branch", node };
  }
  if (fallback === undefined)
    return hole(openParameter(parameter, template, `is the parameter ${name}, which has no default`), node);
  return {
    kind: "text",
    parts: [fallback],
    from: "parameter-default",
    assuming: `the default of the parameter ${name}`,
    node,
  };
}

/** Many a number is declared as a text. */
function isNumber({ type, fallback = "" }: Parameter): boolean {
  return type === "Number" || (fallback.trim() !== "" && Number.isFinite(Number(fallback)));
}

function openParameter(parameter: Parameter, template: Template, why: string): Hole {
  const id = template.prefix + parameter.name;
  const numbers = parameter.allowed?.map(Number).filter((number) => !Number.isNaN(number)) ?? [];
  const isClosed = numbers.length > 0 && numbers.length === parameter.allowed?.length;
  return {
    spelled: `\${${id}}`,
    why,
    linear: symbol(id, {
      min: isClosed ? Math.min(...numbers) : (parameter.min ?? -Infinity),
      max: isClosed ? Math.max(...numbers) : (parameter.max ?? Infinity),
    }),
  };
}

/** A list that is given as one text. */
function listed(result: Result, { type }: Parameter, node: Node): Result {
  if (result.kind !== "text" || !/^(?:CommaDelimitedList$|List<)/.test(type)) return result;
  const { parts, from, assuming } = result;
  if (!parts.every((part) => typeof part === "string")) return result;
  const texts = parts.join("").split(",");
  return {
    kind: "list",
    from,
    node,
    items: texts.map((text) => () => ({ ...result, parts: [text.trim()], from, assuming })),
  };
}

/** What the template compares a parameter with, its default, and what else its allowed values leave. */
function optionsOf({ name, fallback, allowed }: Parameter, template: Template): Options {
  const compared = template.compared.get(name) ?? new Set<string>();
  const possible = (text: string): boolean => allowed === undefined || allowed.includes(text);
  const told = [...(fallback === undefined ? [] : [fallback]), ...[...compared].filter(possible)];
  const rest = allowed?.filter((text) => !told.includes(text));
  if (rest?.length === 1) told.push(...rest);
  const isClosed = rest !== undefined && rest.length <= 1;
  const names = [...new Set(told.map((text) => (text === "" ? EMPTY : text)))];
  return {
    names: isClosed ? names : [...names, ANOTHER],
    isNotAnother: (text) => told.includes(text) || !possible(text),
  };
}

/** `AWS::Region`, `AWS::AccountId`: nothing is their default. */
export function pseudoResult(run: Run, name: string, template: Template, node: Node): Result {
  if (name === "AWS::NoValue") return ABSENT;
  const open: Hole = { spelled: `\${${name}}`, why: `is ${name}, which only a deployment decides` };
  // Nested stacks are in their parent's region and account.
  const compared = comparedAnywhere(template.top, name);
  const isOfStack = name === "AWS::StackName" || name === "AWS::StackId";
  const choice = isOfStack ? template.prefix + name : name;
  if (compared.size === 0 || !(run.deciding || run.choices.has(choice)))
    return hole(isOfStack ? { ...open, spelled: `\${${choice}}` } : open, node);
  const taken = run.choose(choice, [...compared, ANOTHER]);
  if (taken === ANOTHER) return hole({ ...open, isNot: (text) => compared.has(text) }, node);
  const text: TextResult = { kind: "text", parts: [taken], from: "branch", node };
  return text;
}

function comparedAnywhere(top: Template, name: string): ReadonlySet<string> {
  const all = new Set<string>();
  for (const template of top.all()) for (const text of template.compared.get(name) ?? []) all.add(text);
  return all;
}
