/**
 * Conditions, taken apart down to the parameters they look at: two conditions on one parameter then exclude each other
 * by themselves. What cannot be taken apart is a choice of its own, named after the condition.
 */

import { callOf, itemsOf, type Node, textOf } from "./node.ts";
import { onlyHole, plainText, type Result, spelledText } from "./result.ts";
import type { Template } from "./template.ts";
import type { Run } from "./worlds.ts";

/** Why a condition has no answer, as the rest of a sentence. */
export interface NoAnswer {
  readonly why: string;
}

/** `undefined`: it depends on something that is no choice of the template. */
type Answer = boolean | NoAnswer | undefined;

/** Whether a named condition holds. */
export function conditionHolds(run: Run, name: string, template: Template): boolean | NoAnswer {
  const node = template.condition(name);
  if (node === undefined)
    return { why: `depends on the condition ${name}, which the template does not have` };
  const key = `${template.prefix} condition ${name}`;
  const answer = run.once(key, () => ({ answer: run.decide(() => holds(run, node, template)) }));
  if (answer === undefined) return { why: `depends on the condition ${name}, which refers to itself` };
  if (answer.answer !== undefined) return answer.answer;
  // A parameter may have the same name.
  const choice = template.prefix + (template.parameters.has(name) ? `${name} (condition)` : name);
  return run.choose(choice, ["true", "false"]) === "true";
}

function holds(run: Run, node: Node, template: Template): Answer {
  const call = callOf(node);
  if (call === undefined) return undefined;
  const [name, argument] = call;
  const parts = (): readonly Node[] => itemsOf(argument);
  switch (name) {
    case "Condition":
      return conditionHolds(run, textOf(argument) ?? "", template);
    case "Fn::Not": {
      const [part] = argument.kind === "list" ? parts() : [argument];
      const answer = part && holds(run, part, template);
      return typeof answer === "boolean" ? !answer : answer;
    }
    case "Fn::And":
      return every(parts(), true, (part) => holds(run, part, template));
    case "Fn::Or":
      return every(parts(), false, (part) => holds(run, part, template));
    case "Fn::Equals": {
      const [left, right] = parts();
      return left && right && areEqual(run.evaluate(left, template), run.evaluate(right, template));
    }
    default:
      return undefined;
  }
}

/** And, where `unit` is true; or, where it is false. What decides does so whatever the others are. */
function every(parts: readonly Node[], unit: boolean, answerOf: (part: Node) => Answer): Answer {
  const open: (NoAnswer | undefined)[] = [];
  for (const part of parts) {
    const answer = answerOf(part);
    if (answer === !unit) return answer;
    if (typeof answer !== "boolean") open.push(answer);
  }
  return open.length === 0 ? unit : open.find((answer) => answer !== undefined);
}

function areEqual(left: Result, right: Result): boolean | undefined {
  if (left.kind !== "text" || right.kind !== "text") return undefined;
  if (spelledText(left.parts) === spelledText(right.parts)) return true;
  const [leftText, rightText] = [plainText(left), plainText(right)];
  if (leftText !== undefined && rightText !== undefined) return false;
  const isNot = onlyHole(leftText === undefined ? left : right)?.isNot;
  const text = leftText ?? rightText;
  return text !== undefined && isNot?.(text) ? false : undefined;
}
