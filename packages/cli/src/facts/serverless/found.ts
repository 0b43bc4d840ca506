/** What a place of a service says, after its variables: a part of a document, or why it is not known. */

import { symbol } from "../linear.ts";
import type { Answer, From, Place } from "../value.ts";
import type { Node } from "./document.ts";

/** What came with a value on its way through variables. */
export interface Way {
  readonly from: From;
  readonly assuming?: string;
}

export type Found = (Way & { readonly known: true; readonly node: Node }) | NotFound;

export interface NotFound {
  readonly known: false;
  readonly reason: string;
  readonly place: Place;
  /** What stands for it: `${env:QUEUE_ARN}`. */
  readonly text: string;
}

export const LITERALLY: Way = { from: "literal" };

/** A node that came this way: of another part of a document, only its way. */
export function reached(node: Node, { from, assuming }: Way): Found {
  return { known: true, node, from, ...(assuming === undefined ? {} : { assuming }) };
}

/** The less certain of two ways, with all that was taken for granted. */
export function both(first: Way, second: Way): Way {
  const from = second.from === "literal" ? first.from : second.from;
  const assumed = [...new Set([first.assuming, second.assuming].filter((one) => one !== undefined))];
  return { from, ...(assumed.length > 0 ? { assuming: assumed.join(" and ") } : {}) };
}

export function answerOf<T>(found: Extract<Found, { known: true }>, value: T): Answer<T> {
  const { from, assuming, node } = found;
  return { known: true, value, from, place: node.place, ...(assuming === undefined ? {} : { assuming }) };
}

export function unknownAnswer({ reason, place }: NotFound): Extract<Answer<never>, { known: false }> {
  return { known: false, reason, place };
}

/** @param found `undefined` or null: it is not set */
export function numberAnswer<T = number>(found: Found | undefined, otherwise: Answer<T>): Answer<number | T> {
  if (!found || isNull(found)) return otherwise;
  if (!found.known) return { ...unknownAnswer(found), linear: symbol(found.text) };
  const { node } = found;
  const value = node.kind === "scalar" && node.value !== "" ? Number(node.value) : Number.NaN;
  if (Number.isFinite(value) && typeof (node as { value?: unknown }).value !== "boolean")
    return answerOf(found, value);
  return { known: false, reason: `${spelled(node)} is no number`, place: node.place };
}

export function booleanAnswer(found: Found | undefined, otherwise: Answer<boolean>): Answer<boolean> {
  if (!found || isNull(found)) return otherwise;
  if (!found.known) return unknownAnswer(found);
  const { node } = found;
  const text = node.kind === "scalar" ? String(node.value) : undefined;
  if (text === "true" || text === "false") return answerOf(found, text === "true");
  return { known: false, reason: `${spelled(node)} is neither true nor false`, place: node.place };
}

export function textAnswer<T>(found: Found | undefined, otherwise: Answer<T>): Answer<string | T> {
  if (!found || isNull(found)) return otherwise;
  if (!found.known) return unknownAnswer(found);
  const { node } = found;
  if (node.kind === "scalar") return answerOf(found, String(node.value));
  return { known: false, reason: `${spelled(node)} is worked out by CloudFormation`, place: node.place };
}

export function isNull(found: Found): boolean {
  return found.known && found.node.kind === "scalar" && found.node.value === null;
}

/** As it stands, for people and for comparing. */
export function spelled(node: Node): string {
  switch (node.kind) {
    case "scalar":
      return String(node.value);
    case "list":
      return `[${node.items.map(spelled).join(", ")}]`;
    case "map":
      return `{${[...node.entries]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}: ${spelled(value)}`)
        .join(", ")}}`;
  }
}
