/** Settings of one resource, or of a part of one, as values with their cases. */

import type { Answer, From, Place, Value } from "../value.ts";
import { below, inEveryWorld } from "./evaluate.ts";
import { at, type Node, placeOf } from "./node.ts";
import { ABSENT, plainText, type Result, type TextResult, unknownText } from "./result.ts";
import { nameOf, type Target, targetOf } from "./target.ts";
import type { Template } from "./template.ts";
import type { Run } from "./worlds.ts";

/** What is set in a map of a template: of a resource, or of a part of one. */
export class Settings {
  readonly template: Template;
  readonly node: Node | undefined;
  /** Where one that is missing would have to be written. */
  readonly place: Place;
  /** What does not set what is not set. */
  readonly owner: Place;

  constructor(template: Template, node: Node | undefined, owner: Place, missing?: Place) {
    this.template = template;
    this.node = node;
    this.owner = owner;
    this.place = node ? placeOf(node) : (missing ?? owner);
  }

  read(run: Run, path: string): Result {
    return this.node ? below(run, run.evaluate(this.node, this.template), path) : ABSENT;
  }

  fallback<T>(value: T): Answer<T> {
    return { known: true, value, from: "default", place: this.owner };
  }

  /** @param path `ScalingConfig.MaximumConcurrency` */
  number<T extends number | undefined>(path: string, fallback: T): Value<number | T> {
    return inEveryWorld<number | T>((run) => {
      const result = this.read(run, path);
      return result.kind === "absent" ? this.fallback(fallback) : numberAnswer(result, lastOf(path));
    });
  }

  boolean(path: string, fallback: boolean): Value<boolean> {
    return inEveryWorld((run) => {
      const result = this.read(run, path);
      return result.kind === "absent" ? this.fallback(fallback) : booleanAnswer(result, lastOf(path));
    });
  }

  text<T extends string | undefined>(path: string, fallback: T): Value<string | T> {
    return inEveryWorld<string | T>((run) => {
      const result = this.read(run, path);
      return result.kind === "absent" ? this.fallback(fallback) : textAnswer(result, lastOf(path));
    });
  }

  /** Whether anything is set. */
  isSet(path: string): Value<boolean> {
    return inEveryWorld((run) => {
      const result = this.read(run, path);
      if (result.kind === "absent") return this.fallback(false);
      const open = openOf(result);
      if (open) return unknownText(open, lastOf(path));
      return { known: true, value: true, ...saidOf(result) };
    });
  }

  target(run: Run, path: string): Target | undefined {
    return targetOf(run, this.read(run, path), this.template);
  }

  /** What is named: the id of a resource here, else whatever names it elsewhere. `undefined`: nothing. */
  named(path: string): Value<string | undefined> {
    return inEveryWorld<string | undefined>((run) => {
      const result = this.read(run, path);
      const target = targetOf(run, result, this.template);
      return target === undefined
        ? this.fallback(undefined)
        : { known: true, value: nameOf(target), ...saidOf(result) };
    });
  }

  /** Settings of a part, under the same worlds. */
  part(...keys: readonly string[]): Settings {
    return new Settings(this.template, at(this.node, ...keys), this.owner, this.place);
  }
}

/** What a setting is called: the end of its path. */
export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** Where a known value came from. */
export function saidOf(result: Result): {
  readonly from: From;
  readonly place?: Place;
  readonly assuming?: string;
} {
  if (result.kind === "absent") return { from: "literal" };
  return {
    from: result.from,
    place: placeOf(result.node),
    ...(result.kind === "text" && result.assuming !== undefined ? { assuming: result.assuming } : {}),
  };
}

/** The result where it is open as a whole. */
export function openOf(result: Result): TextResult | undefined {
  return result.kind === "text" && result.parts.some((part) => typeof part === "object" && !part.resource)
    ? result
    : undefined;
}

/** A quoted number is a number. `subject` is what a reason calls it. */
export function numberAnswer(result: Result, subject: string): Answer<number> {
  const text = plainText(result);
  if (text === undefined) return unreadable(result, subject, "no number");
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number)
    ? unreadable(result, subject, "no number")
    : { known: true, value: number, ...saidOf(result) };
}

/** True or false, as CloudFormation reads it. */
export function booleanAnswer(result: Result, subject: string): Answer<boolean> {
  const text = plainText(result)?.toLowerCase();
  // What YAML 1.1 calls a boolean, as CloudFormation reads it.
  if (text === "true" || text === "yes" || text === "on")
    return { known: true, value: true, ...saidOf(result) };
  if (text === "false" || text === "no" || text === "off")
    return { known: true, value: false, ...saidOf(result) };
  return unreadable(result, subject, "neither true nor false");
}

/** A text in which nothing is open. */
export function textAnswer(result: Result, subject: string): Answer<string> {
  const text = plainText(result);
  return text === undefined
    ? unreadable(result, subject, "no text")
    : { known: true, value: text, ...saidOf(result) };
}

function unreadable(result: Result, subject: string, isNot: string): Answer<never> {
  if (result.kind === "absent") return { known: false, reason: `${subject} is not set` };
  if (result.kind !== "text")
    return {
      known: false,
      reason: `${subject} is a ${result.kind}, and ${isNot}`,
      place: placeOf(result.node),
    };
  const text = plainText(result);
  return text === undefined
    ? unknownText(result, subject)
    : { known: false, reason: `${subject} is "${text}", which is ${isNot}`, place: placeOf(result.node) };
}
