/** What a fix asks of a file, and what an editor of its language answers. */

import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../rules/check-all.ts";

/** One setting to be written: what several findings want of it is one wish. */
export interface Wish {
  readonly file: string;
  readonly pointer: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly findings: readonly Finding[];
}

/** A change of the text that fulfils some wishes: two settings that need the same new map are written together. */
export interface Draft {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly wishes: readonly Wish[];
}

export interface Drafted {
  readonly drafts: readonly Draft[];
  /** Why it is not done, as a part of a sentence. */
  readonly refused: ReadonlyMap<Wish, string>;
}

/** Thrown by editors, for one wish: it stays as it is, and the reason is told. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The segments of a JSON pointer. */
export function segmentsOf(pointer: string): readonly string[] {
  if (!pointer.startsWith("/")) throw new Refusal(`${pointer} is no place in this file`);
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What is not there yet below a map: new keys, with new maps on the way. Two wishes for one new map share it. */
export function grown(
  tree: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [first = "", ...rest] = path;
  if (rest.length === 0) return { ...tree, [first]: value };
  const [next = ""] = rest;
  if (next === "-" || next === "0") {
    if (rest.length > 1) throw new Refusal(`a list of maps would have to be written for ${first}`);
    const items = tree[first];
    return { ...tree, [first]: [...(Array.isArray(items) ? items : []), value] };
  }
  const below = tree[first];
  return { ...tree, [first]: grown(isMap(below) ? below : {}, rest, value) };
}

/** The parts of a path that may be made: not a resource, nor a function, nor the section that they stand in. */
export function mayGrow(found: readonly string[]): boolean {
  const section = found.findIndex((segment) => segment === "Resources" || segment === "functions");
  return found.length > (section < 0 ? 0 : section + 1);
}

/** Whether the value that stands there is the one that the finding was about. What is missing has no value to compare. */
export function checkFrom({ from }: Wish, now: unknown): void {
  if (from === undefined || from === null)
    throw new Refusal(`${JSON.stringify(now)} is written there, where nothing was seen`);
  if (String(now) !== String(from) && !isDeepStrictEqual(now, from))
    throw new Refusal(`${JSON.stringify(now)} is written there, not ${JSON.stringify(from)}`);
}

/** Texts that another tool fills in: their value is not what is written. */
export function checkLiteral(text: string): void {
  const variable = /\$\{[^}]*\}?|\{\{[^}]*\}?\}?/.exec(text)?.[0];
  if (variable !== undefined) throw new Refusal(`its value comes from ${variable}`);
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The line end that a file uses, by its first. */
export function lineEndOf(text: string): "\r\n" | "\n" {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}
