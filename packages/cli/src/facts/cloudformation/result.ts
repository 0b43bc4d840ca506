/** What an expression of a template comes to, in one world. */

import type { Linear } from "../linear.ts";
import type { From, Unknown } from "../value.ts";
import type { MapNode, Node } from "./node.ts";
import { placeOf } from "./node.ts";
import type { Template } from "./template.ts";

/** A part of a text that a template alone does not decide. */
export interface Hole {
  /** The same for the same expression, so that texts can be compared: `${Queue.Arn}`, `${AWS::Region}`. */
  readonly spelled: string;
  /** The rest of a sentence about it: `is imported (Fn::ImportValue)`. */
  readonly why: string;
  readonly resource?: { readonly template: Template; readonly id: string; readonly attribute: string };
  readonly linear?: Linear;
  /** Texts that it is known not to be. */
  readonly isNot?: (text: string) => boolean;
}

/** A plain text, or something that only a deployment puts there. */
export type Part = string | Hole;

/** A text, a number or a boolean: CloudFormation does not tell them apart. */
export interface TextResult {
  readonly kind: "text";
  readonly parts: readonly Part[];
  readonly from: From;
  readonly assuming?: string;
  readonly node: Node;
}

/** A map whose values are still to be evaluated. */
export interface MapResult {
  readonly kind: "map";
  readonly node: MapNode;
  readonly template: Template;
  readonly from: From;
}

/** A list whose items are still to be evaluated. */
export interface ListResult {
  readonly kind: "list";
  readonly items: readonly (() => Result)[];
  readonly from: From;
  readonly node: Node;
}

/** Everything that is not known is a text with a hole, whatever it would be. */
export type Result = { readonly kind: "absent" } | TextResult | MapResult | ListResult;

/** Nothing is set, or `AWS::NoValue` is. */
export const ABSENT: Result = { kind: "absent" };

/** A text as it is written. */
export function literal(text: string, node: Node): TextResult {
  return { kind: "text", parts: [text], from: node.from ?? "literal", node };
}

/** A text that is open as a whole. */
export function hole(made: Hole, node: Node): TextResult {
  return { kind: "text", parts: [made], from: "literal", node };
}

/** The text, where nothing is open in it. */
export function plainText(result: Result): string | undefined {
  if (result.kind !== "text") return undefined;
  return result.parts.every((part) => typeof part === "string") ? result.parts.join("") : undefined;
}

/** The text with what is open spelled out: equal ones are equal whatever is open. */
export function spelledText(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : part.spelled)).join("");
}

/** The one hole that the whole text is. */
export function onlyHole(result: Result): Hole | undefined {
  if (result.kind !== "text") return undefined;
  const parts = result.parts.filter((part) => part !== "");
  const [first] = parts;
  return parts.length === 1 && typeof first === "object" ? first : undefined;
}

/** What is open in a text, as a sentence about `subject`. */
export function unknownText(result: TextResult, subject: string): Unknown {
  const whole = onlyHole(result);
  const open = whole ?? result.parts.find((part) => typeof part === "object");
  const why =
    whole?.why ??
    (open === undefined
      ? "is not known"
      : `is ${spelledText(result.parts)}, and ${open.spelled} ${open.why}`);
  return {
    known: false,
    reason: `${subject} ${why}`,
    place: placeOf(result.node),
    ...(whole?.linear ? { linear: whole.linear } : {}),
  };
}

/** What is below something takes over where that came from. */
export function inherited<T extends Result>(result: T, from: From): T {
  return result.kind === "absent" || from === "literal" || result.from !== "literal"
    ? result
    : { ...result, from };
}

/** What the branch of a condition comes to. */
export function branched<T extends Result>(result: T): T {
  return result.kind === "absent" ? result : { ...result, from: "branch" };
}
