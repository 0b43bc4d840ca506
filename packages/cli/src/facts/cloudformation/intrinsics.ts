/** CloudFormation's functions, in one world. */

import { symbol } from "../linear.ts";
import { parameterResult, pseudoResult } from "./choices.ts";
import { arnParts } from "./arn-parts.ts";
import { conditionHolds } from "./conditions.ts";
import { findInMap } from "./find-in-map.ts";
import { at, itemsOf, type Node, textOf } from "./node.ts";
import {
  ABSENT,
  branched,
  hole,
  inherited,
  onlyHole,
  type Part,
  plainText,
  type Result,
  spelledText,
  type TextResult,
} from "./result.ts";
import type { Template } from "./template.ts";
import type { Run } from "./worlds.ts";

/** @param node the whole call, `argument` what it is called with */
export function intrinsic(run: Run, name: string, argument: Node, node: Node, template: Template): Result {
  switch (name) {
    case "Ref":
      return ref(run, textOf(argument) ?? "", node, template);
    case "Fn::GetAtt":
      return getAtt(run, argument, node, template);
    case "Fn::Sub":
      return sub(run, argument, node, template);
    case "Fn::If":
      return choice(run, argument, node, template);
    case "Fn::Join":
      return join(run, argument, node, template);
    case "Fn::Select":
      return select(run, argument, node, template);
    case "Fn::Split":
      return split(run, argument, node, template);
    case "Fn::FindInMap":
      return findInMap(run, argument, node, template);
    case "Fn::ImportValue": {
      const exported = spelled(run.evaluate(argument, template));
      const found = template.top.imports?.(exported);
      const value = found && run.once(`import ${exported}`, () => run.evaluate(found.value, found.template));
      if (value) return value;
      const call = `Fn::ImportValue ${exported}`;
      // Whatever it is, it is the same wherever it is imported.
      return hole(
        { spelled: `\${${call}}`, why: "is imported (Fn::ImportValue)", linear: symbol(call) },
        node,
      );
    }
    default:
      return hole({ spelled: `\${${name} at ${node.pointer}}`, why: `is computed by ${name}` }, node);
  }
}

function ref(run: Run, name: string, node: Node, template: Template): Result {
  const parameter = template.parameters.get(name);
  if (parameter) return parameterResult(run, parameter, template, node);
  if (name.startsWith("AWS::")) return pseudoResult(run, name, template, node);
  return attribute(run, name, "Ref", node, template);
}

function getAtt(run: Run, argument: Node, node: Node, template: Template): Result {
  if (argument.kind !== "list") {
    const [id = "", ...rest] = (textOf(argument) ?? "").split(".");
    return attribute(run, id, rest.join("."), node, template);
  }
  const [id, ...rest] = argument.items;
  const parts = rest.map((part) => plainText(run.evaluate(part, template)));
  if (parts.some((part) => part === undefined))
    return hole(
      {
        spelled: `\${Fn::GetAtt at ${node.pointer}}`,
        why: "is an attribute that the template does not name plainly",
      },
      node,
    );
  return attribute(run, textOf(id) ?? "", parts.join("."), node, template);
}

function attribute(run: Run, id: string, name: string, node: Node, template: Template): Result {
  const output = /^Outputs\.(.+)$/.exec(name)?.[1];
  if (output !== undefined && template.resources.has(id)) {
    const child = template.children.get(id);
    const value = child?.output(output);
    const result =
      child && value && run.once(`${child.prefix} output ${output}`, () => run.evaluate(value, child));
    if (result) return result;
    const why = child ? "which that stack does not have" : "whose template is not at hand";
    return hole(
      {
        spelled: `\${${template.prefix}${id}.${name}}`,
        why: `is the output ${output} of the nested stack ${id}, ${why}`,
      },
      node,
    );
  }
  const spelledId = `\${${template.prefix}${id}${name === "Ref" ? "" : `.${name}`}}`;
  // SAM names what it makes of a function: `MyFunction.Alias`, `MyFunction.DestinationQueue`.
  const made = /^([^.]+)\.DestinationQueue$/.exec(id)?.[1];
  if (made !== undefined)
    for (const outcome of ["OnSuccess", "OnFailure"]) {
      const queue = `${made}EventInvokeConfig${outcome}Queue`;
      if (template.resources.has(queue)) return attribute(run, queue, name, node, template);
    }
  const owner = template.resources.has(id) ? id : (/^([^.]+)\.(?:Alias|Version)$/.exec(id)?.[1] ?? id);
  if (!template.resources.has(owner))
    return hole({ spelled: spelledId, why: `names ${id}, which the template does not have` }, node);
  const resource = { template, id: owner, attribute: owner === id ? name : id.slice(owner.length + 1) };
  return hole(
    {
      spelled: spelledId,
      why: `is ${name === "Ref" ? "the name of" : `${name} of`} ${owner}, which only a deployment knows`,
      resource,
    },
    node,
  );
}

/** `Fn::Sub: text`, or with names of its own. */
function sub(run: Run, argument: Node, node: Node, template: Template): Result {
  const [text, names] = argument.kind === "list" ? argument.items : [argument];
  if (text?.kind !== "scalar")
    return hole({ spelled: `\${Fn::Sub at ${node.pointer}}`, why: "is computed by Fn::Sub" }, node);
  const pieces = text.text.split(/\$\{([^}]*)\}/);
  return joined(
    pieces.map((piece, index) => {
      if (index % 2 === 0) return [piece];
      if (piece.startsWith("!")) return [`\${${piece.slice(1)}}`];
      const name = piece.trim();
      const own = at(names, name);
      if (own) return run.evaluate(own, template);
      const dot = name.indexOf(".");
      return dot === -1 || template.resources.has(name)
        ? ref(run, name, node, template)
        : attribute(run, name.slice(0, dot), name.slice(dot + 1), node, template);
    }),
    "",
    node,
  );
}

function choice(run: Run, argument: Node, node: Node, template: Template): Result {
  const [condition, then, otherwise] = itemsOf(argument);
  const name = textOf(condition) ?? "";
  const holds = conditionHolds(run, name, template);
  if (typeof holds !== "boolean")
    return hole({ spelled: `\${Fn::If ${name} at ${node.pointer}}`, why: holds.why }, node);
  const taken = holds ? then : otherwise;
  return taken === undefined ? ABSENT : branched(run.evaluate(taken, template));
}

function join(run: Run, argument: Node, node: Node, template: Template): Result {
  const [delimiter, list] = itemsOf(argument);
  const items = list && run.evaluate(list, template);
  if (items?.kind === "text" && onlyHole(items)) return items;
  if (items?.kind !== "list")
    return hole({ spelled: `\${Fn::Join at ${node.pointer}}`, why: "is computed by Fn::Join" }, node);
  return joined(
    items.items.map((item) => item()),
    textOf(delimiter) ?? "",
    node,
  );
}

/** One text of several; where one of them is no text, the whole is open. */
function joined(pieces: readonly (Result | readonly Part[])[], delimiter: string, node: Node): Result {
  const parts: Part[] = [];
  let made: Pick<TextResult, "from" | "assuming"> = { from: "literal" };
  let isFirst = true;
  for (const piece of pieces) {
    const isResult = "kind" in piece;
    if (isResult && piece.kind === "absent") continue;
    if (!isFirst && delimiter !== "") parts.push(delimiter);
    isFirst = false;
    if (!isResult) parts.push(...piece);
    else if (piece.kind === "text") {
      parts.push(...piece.parts);
      if (made.from === "literal") made = { ...made, from: piece.from };
      if (piece.assuming !== undefined && !made.assuming?.includes(piece.assuming))
        made = {
          ...made,
          assuming: made.assuming === undefined ? piece.assuming : `${made.assuming} and ${piece.assuming}`,
        };
    } else parts.push({ spelled: `\${a list at ${node.pointer}}`, why: "is a list" });
  }
  return { kind: "text", parts: parts.filter((part) => part !== ""), ...made, node };
}

function select(run: Run, argument: Node, node: Node, template: Template): Result {
  const [index, list] = itemsOf(argument);
  const place = index && plainText(run.evaluate(index, template));
  const items = list && run.evaluate(list, template);
  const item = items?.kind === "list" && place !== undefined ? items.items[Number(place)] : undefined;
  if (item && items?.kind === "list") return inherited(item(), items.from);
  const open = items && onlyHole(items);
  return hole(
    {
      spelled: `\${Fn::Select ${place ?? "?"} ${open?.spelled ?? node.pointer}}`,
      why: open?.why ?? "is computed by Fn::Select",
    },
    node,
  );
}

function split(run: Run, argument: Node, node: Node, template: Template): Result {
  const [delimiter, source] = itemsOf(argument);
  const by = textOf(delimiter) ?? "";
  const text = source && run.evaluate(source, template);
  const whole = text && onlyHole(text);
  const plain = text && plainText(text);
  if (plain !== undefined && by !== "" && text?.kind === "text")
    return {
      kind: "list",
      from: text.from,
      node,
      items: plain.split(by).map((part) => () => ({ ...text, parts: [part] })),
    };
  const arn = by === ":" && whole ? arnParts(whole, node) : undefined;
  if (arn) return arn;
  return hole(
    {
      spelled: `\${Fn::Split ${by} ${whole?.spelled ?? node.pointer}}`,
      why: whole?.why ?? "is computed by Fn::Split",
    },
    node,
  );
}

function spelled(result: Result): string {
  return result.kind === "text" ? spelledText(result.parts) : "?";
}
