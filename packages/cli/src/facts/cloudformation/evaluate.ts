/** What a node of a template comes to, in one world. */

import { symbol } from "../linear.ts";
import type { Answer, Value } from "../value.ts";
import { intrinsic } from "./intrinsics.ts";
import { type MapNode, type Node } from "./node.ts";
import { ABSENT, hole, inherited, literal, type Result } from "./result.ts";
import type { Template } from "./template.ts";
import { fork, type Run } from "./worlds.ts";

/** The cases of what `body` answers. */
export function inEveryWorld<T>(body: (run: Run) => Answer<T>): Value<T> {
  return fork(evaluate, body);
}

function evaluate(run: Run, node: Node, template: Template): Result {
  if (node.kind === "scalar") return node.isNull ? ABSENT : scalar(node.text, node);
  const from = node.from ?? "literal";
  if (node.kind === "list")
    return { kind: "list", node, from, items: node.items.map((item) => () => run.evaluate(item, template)) };
  const [name = "", second] = node.entries.keys();
  const argument = node.entries.get(name)?.value;
  if (
    second === undefined &&
    argument !== undefined &&
    (name === "Ref" || /^Fn::(?!ForEach::|Transform$)/.test(name))
  )
    return inherited(intrinsic(run, name, argument, node, template), from);
  // Alone, a macro writes all of it.
  if (second === undefined && name === "Fn::Transform") return hiddenBy(node) ?? ABSENT;
  return { kind: "map", node, template, from };
}

/** `{{resolve:ssm:…}}` is put in by the deployment. */
function scalar(text: string, node: Node): Result {
  const dynamic = text.includes("{{resolve:") ? /\{\{resolve:[^}]*\}\}/.exec(text)?.[0] : undefined;
  if (dynamic === undefined) return literal(text, node);
  return hole({ spelled: text, why: `is a dynamic reference (${dynamic})`, linear: symbol(text) }, node);
}

/** What stands at a key, in this world: `absent` where nothing does, and open where something may that is not seen. */
export function child(run: Run, result: Result, key: string): Result {
  if (result.kind === "absent") return ABSENT;
  if (result.kind === "text") {
    // What is open as a whole is open in all its parts; a plain text has none.
    return result.parts.some((part) => typeof part === "object") ? result : ABSENT;
  }
  if (result.kind === "list") return ABSENT;
  const { node, template } = result;
  const found = node.entries.get(key)?.value;
  if (found !== undefined) return inherited(run.evaluate(found, template), result.from);
  return hiddenBy(node) ?? ABSENT;
}

/** What stands at a path: `ScalingConfig.MaximumConcurrency`. */
export function below(run: Run, result: Result, path: string): Result {
  return path === "" ? result : path.split(".").reduce((here, key) => child(run, here, key), result);
}

/** A macro inside of a map may write any key that is not there. */
function hiddenBy(node: MapNode): Result | undefined {
  for (const name of node.entries.keys()) {
    if (name === "Fn::Transform")
      return hole({ spelled: "${Fn::Transform}", why: "may be written by a macro (Fn::Transform)" }, node);
    if (name.startsWith("Fn::ForEach::"))
      return hole({ spelled: `\${${name}}`, why: `may be written by ${name}` }, node);
  }
  return undefined;
}
