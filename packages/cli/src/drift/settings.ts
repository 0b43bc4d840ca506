/** Compares one setting of a template with what is live. */

import { type Case, type Value, type World, meet } from "../facts/value.ts";
import type { Plain, Said } from "./item.ts";

export type Setting = string | number | boolean | undefined;

export type Compared =
  | { readonly same: true }
  | { readonly same: false; readonly template: readonly Said[]; readonly live: Said }
  | { readonly same: "unknown"; readonly reason: string };

/**
 * The account is one of the template's cases, and nobody says which: it agrees when its value is that of any.
 *
 * @param when the template's cases that the account may be
 */
export function compared(template: Value<Setting>, live: Value<Setting>, when: World): readonly Compared[] {
  const possible = template.cases.filter((one) => meet(one.when, when) !== undefined);
  return live.cases.map((one) => comparedCase(possible, one));
}

function comparedCase(possible: readonly Case<Setting>[], { when, answer }: Case<Setting>): Compared {
  if (!answer.known) return { same: "unknown", reason: `live: ${answer.reason}` };
  if (possible.some((one) => one.answer.known && one.answer.value === answer.value)) return { same: true };
  const open = possible.find((one) => !one.answer.known)?.answer;
  if (open !== undefined && !open.known)
    return { same: "unknown", reason: `in the template: ${open.reason}` };
  if (possible.length === 0) return { same: "unknown", reason: "the template has no such case" };
  return { same: false, template: possible.flatMap(said), live: said({ when, answer })[0] as Said };
}

function said({ when, answer }: Case<Setting>): readonly Said[] {
  if (!answer.known) return [];
  const { value, from, place } = answer;
  return [
    {
      value: value ?? (null satisfies Plain),
      from,
      ...(Object.keys(when).length === 0 ? {} : { when }),
      ...(place === undefined ? {} : { place }),
    },
  ];
}
