/** What all facts of a template have in common: their id, where they stand, and whether they are deployed. */

import type { Fact } from "../model.ts";
import type { Answer, Place, Value } from "../value.ts";
import { conditionHolds } from "./conditions.ts";
import type { Guards } from "./elements.ts";
import { inEveryWorld } from "./evaluate.ts";
import { at, below, itemsOf, placeOf, textOf } from "./node.ts";
import { Settings } from "./settings.ts";
import type { Resource, Template } from "./template.ts";
import type { Run } from "./worlds.ts";

/** @param properties where they are not those of the resource: of a version of it, of one of its targets */
export function settingsOf(resource: Resource, properties = resource.properties): Settings {
  const owner = resource.place;
  return new Settings(resource.template, properties, owner, {
    ...owner,
    // What SAM makes has none: it stands where it is asked for.
    pointer: resource.made ? resource.node.pointer : below(resource.node.pointer, "Properties"),
  });
}

/** What every fact of a resource has. With guards: of a version of it that is there under conditions. */
export function factOf(resource: Resource, guards: Guards = []): Fact & { readonly place: Place } {
  const ignores = ignoresOf(resource.made?.owner ?? resource);
  return {
    id: resource.path,
    place: resource.place,
    settings: settingsOf(resource).place,
    exists: existsOf(resource, guards),
    ...(ignores.length > 0 ? { ignores } : {}),
  };
}

/** Of something that stands within a resource. */
export function partOf(
  resource: Resource,
  id: string,
  part: Settings,
  guards: Guards = [],
): Fact & { readonly place: Place } {
  const place = part.node ? placeOf(part.node) : part.owner;
  return { ...factOf(resource, guards), id, place, settings: part.place };
}

function existsOf(resource: Resource, guards: Guards): Value<boolean> {
  return inEveryWorld((run) => existsIn(run, resource, guards));
}

/** Whether a resource is deployed in that world, with all that it is nested in. */
export function existsIn(run: Run, resource: Resource, guards: Guards = []): Answer<boolean> {
  let isConditional = false;
  for (const [template, name, wanted] of conditionsOf(resource, guards)) {
    isConditional = true;
    const holds = conditionHolds(run, name, template);
    if (typeof holds !== "boolean")
      return {
        known: false,
        reason: `whether ${resource.path} is deployed ${holds.why}`,
        place: resource.place,
      };
    if (holds !== wanted) return { known: true, value: false, from: "branch", place: resource.place };
  }
  if (resource.made?.isMade?.(run) === false)
    return { known: true, value: false, from: "branch", place: resource.place };
  return {
    known: true,
    value: true,
    from: isConditional ? "branch" : "literal",
    place: resource.place,
  };
}

/** Its own, those of the stacks it is nested in, and those of its place in a list. */
function* conditionsOf(resource: Resource, guards: Guards): Generator<readonly [Template, string, boolean]> {
  const { made, template } = resource;
  if (made) {
    yield* conditionsOf(made.owner, made.guards);
    return;
  }
  const { nesting } = template;
  const stack = nesting?.template.resources.get(nesting.id);
  if (stack) yield* conditionsOf(stack, []);
  const own = textOf(at(resource.node, "Condition"));
  if (own !== undefined) yield [template, own, true];
  for (const [name, wanted] of guards) yield [template, name, wanted];
}

/** `Metadata: { EffectivelyOnce: { ignore: [{ rule: DUP003, reason: … }] } }`. */
function ignoresOf({ node }: Resource): readonly { readonly rule: string; readonly reason?: string }[] {
  return itemsOf(at(node, "Metadata", "EffectivelyOnce", "ignore")).flatMap((item) => {
    const rule = textOf(item) ?? textOf(at(item, "rule"));
    const reason = textOf(at(item, "reason"));
    return rule === undefined ? [] : [{ rule, ...(reason === undefined ? {} : { reason }) }];
  });
}
