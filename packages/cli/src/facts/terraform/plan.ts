/** Reads a plan of Terraform (`terraform show -json`) as facts: all values that it knows, and what it does not know yet. */

import { InputProblem } from "../files.ts";
import type { Facts, Gap } from "../model.ts";
import type { Place } from "../value.ts";
import { type Datum, list, map, type MapDatum, scalar, unseen } from "./datum.ts";
import { factsOf } from "./facts.ts";
import { type Item, MapSection } from "./item.ts";
import { PlanReferences, type Position } from "./plan-references.ts";
import {
  type ConfiguredResource,
  isRecord,
  type Plan,
  type PlannedModule,
  type PlannedResource,
  referencesOf,
} from "./plan-shape.ts";
import { Worlds } from "./worlds.ts";

/** Whether a text may be a plan; a state is none. */
export function isPlan(text: string): boolean {
  return /^\s*\{[^]{0,200}"format_version"\s*:/.test(text) && text.includes('"planned_values"');
}

/** @throws InputProblem when it is no plan */
export function readTerraformPlan(path: string, text: string): Facts {
  const plan = parsed(path, text);
  const root = plan.planned_values?.root_module ?? plan.values?.root_module;
  if (!root)
    throw new InputProblem(
      `${path} holds no planned values: make it by "terraform plan -out=plan" and "terraform show -json plan".`,
    );
  const resources = [...resourcesOf(root, { prefix: "", configuration: plan.configuration?.root_module })];
  const references = new PlanReferences(resources.map(({ resource }) => resource.address));
  const unknowns = new Map(
    (plan.resource_changes ?? []).map(({ address, change }) => [address ?? "", change?.after_unknown]),
  );
  const place = { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const items = resources.map(
    ({ resource, at }) => new PlannedItem(resource, at, unknowns.get(resource.address), references, place),
  );
  const worlds = new Worlds();
  return worlds.settled(() => factsOf("terraform-plan", path, items, gapsOf(plan, place), worlds));
}

function parsed(path: string, text: string): Plan {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new InputProblem(`${path} is not JSON: ${(error as Error).message}.`);
  }
  if (!isRecord(data))
    throw new InputProblem(`${path} is no plan of Terraform: one JSON object is expected.`);
  return data as Plan;
}

function gapsOf(plan: Plan, place: Place): readonly Gap[] {
  return [
    ...(plan.errored === true
      ? [{ reason: "the plan ended in an error, and may lack resources", place }]
      : []),
    ...(plan.complete === false && plan.errored !== true
      ? [{ reason: "the plan is not complete: parts of it were left for a later run", place }]
      : []),
  ];
}

/** All that is managed, with where it stands in the configuration. */
function* resourcesOf(
  module: PlannedModule,
  at: Position,
): Generator<{ readonly resource: PlannedResource; readonly at: Position }> {
  for (const resource of module.resources ?? []) {
    if (resource.mode === "data") continue;
    const configured = at.configuration?.resources?.find(
      ({ type, name, mode }) => type === resource.type && name === resource.name && mode !== "data",
    );
    yield { resource, at: { ...at, resource: configured, key: resource.index } };
  }
  for (const child of module.child_modules ?? []) {
    const own = (child.address ?? "").slice(at.prefix.length);
    const [, name = "", index] = /^module\.([\w-]+)(?:\[(.+)\])?$/.exec(own) ?? [];
    const call = at.configuration?.module_calls?.[name];
    yield* resourcesOf(child, {
      prefix: `${child.address}.`,
      configuration: call?.module,
      call,
      parent: { ...at, ...(index === undefined ? {} : { key: JSON.parse(index) as string | number }) },
    });
  }
}

class PlannedItem extends MapSection implements Item {
  readonly type: string;
  readonly address: string;

  constructor(
    resource: PlannedResource,
    at: Position,
    unknown: unknown,
    references: PlanReferences,
    place: Place,
  ) {
    const { address, type, values = {} } = resource;
    const own = { ...place, pointer: address };
    super(
      address,
      own,
      dataOf(values, unknown, at.resource?.expressions, { at, references, place: own, address }),
    );
    this.type = type;
    this.address = address;
  }

  exists(): boolean {
    return true;
  }

  /** A plan says nothing of the files of a module. */
  sourceFolder(): undefined {
    return undefined;
  }
}

interface Around {
  readonly at: Position;
  readonly references: PlanReferences;
  readonly place: Place;
  readonly address: string;
}

function dataOf(
  values: Readonly<Record<string, unknown>>,
  unknown: unknown,
  expressions: ConfiguredResource["expressions"],
  around: Around,
): MapDatum {
  const notYet = isRecord(unknown) ? unknown : {};
  const names = new Set([...Object.keys(values), ...Object.keys(notYet)]);
  const entries = new Map(
    [...names].map((name) => [name, datumOf(values[name], notYet[name], expressions?.[name], name, around)]),
  );
  return map(entries, { from: "literal", place: around.place });
}

/** `expression`: of an attribute what it refers to, of blocks the same shape as theirs. */
function datumOf(value: unknown, unknown: unknown, expression: unknown, name: string, around: Around): Datum {
  if (unknown === true) return notYet(expression, name, around);
  // What the configuration does not set has the provider's default.
  const origin = {
    from: expression === undefined ? ("default" as const) : ("literal" as const),
    place: around.place,
  };
  if (Array.isArray(value))
    return list(
      value.map((item, at) =>
        datumOf(
          item,
          Array.isArray(unknown) ? (unknown as unknown[])[at] : undefined,
          Array.isArray(expression)
            ? ((expression as unknown[])[at] ?? (expression as unknown[])[0])
            : expression,
          name,
          around,
        ),
      ),
      origin,
    );
  if (isRecord(value)) {
    const block = isRecord(expression) && !("references" in expression) && !("constant_value" in expression);
    if (block) return dataOf(value, unknown, expression, around);
    const every = Object.fromEntries(Object.keys(value).map((key) => [key, expression]));
    return dataOf(value, unknown, expression === undefined ? undefined : every, around);
  }
  const known = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return scalar(known ? value : null, origin);
}

function notYet(expression: unknown, name: string, { at, references, place, address }: Around): Datum {
  const found = referencesOf(expression);
  const names = references.names(found, at);
  const through = found[0] === undefined ? "" : `, as it depends on ${at.prefix}${found[0]}`;
  return unseen(`${name} is known after the plan is applied${through}`, {
    place,
    label: found[0] === undefined ? `${address}.${name}` : at.prefix + found[0],
    ...(names ? { names } : {}),
  });
}
