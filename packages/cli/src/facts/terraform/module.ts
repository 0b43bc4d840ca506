/** One use of a module: what its variables, locals, resources and outputs come to. */

import type { Place } from "../value.ts";
import type { Reading } from "./builtin.ts";
import type { Configuration } from "./configuration.ts";
import {
  type Datum,
  invalid,
  isNull,
  labelled,
  list,
  map,
  mixed,
  type Origin,
  scalar,
  type Thing,
  unseen,
  withOrigin,
} from "./datum.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { type Expansion, expansionOf, isIn, keyed } from "./expansion.ts";
import { pointed } from "./item.ts";
import type { Memory } from "./memory.ts";
import { Resource } from "./resource.ts";
import { ModuleScope } from "./scope.ts";
import type { Block, Expression } from "./syntax.ts";
import { typed } from "./types.ts";
import { ANOTHER, type Worlds } from "./worlds.ts";

/** What all modules of one reading share. */
export interface Shared {
  readonly worlds: Worlds;
  readonly memory: Memory;
  readonly root: string;
  reading(folder: string): Reading;
  /** The configuration of a module's source, or why it cannot be read. */
  source(name: string, block: Block, from: Module): Configuration | string;
}

export interface Inputs {
  /** `undefined`: it is not given. */
  value(name: string): Datum | undefined;
  /** Whether the module is deployed, in the world that is being read. */
  exists(): boolean;
}

export class Module {
  readonly shared: Shared;
  readonly configuration: Configuration;
  /** Empty, or ends with a dot: `module.x.`. */
  readonly path: string;
  /** As {@link path}, without the keys of instances. */
  readonly pointer: string;
  readonly inputs: Inputs | undefined;
  readonly scope: Scope;
  readonly #values: ReadonlyMap<string, Expression>;

  constructor(
    shared: Shared,
    configuration: Configuration,
    place: { readonly path: string; readonly pointer: string } = { path: "", pointer: "" },
    given: { readonly inputs?: Inputs; readonly values?: ReadonlyMap<string, Expression> } = {},
  ) {
    this.shared = shared;
    this.configuration = configuration;
    this.path = place.path;
    this.pointer = place.pointer;
    this.inputs = given.inputs;
    this.#values = given.values ?? new Map();
    this.scope = new ModuleScope(this);
  }

  /** An expression by the name of what it sets, worked out once. */
  evaluated(expression: Expression, scope: Scope, pointer: string, key = pointer): Datum {
    return this.shared.memory.of(key, () => pointed(evaluate(expression, scope), pointer));
  }

  variable(name: string): Datum {
    return this.shared.memory.of(`${this.path}var.${name}`, () => this.#variable(name));
  }

  #variable(name: string): Datum {
    const block = this.configuration.variables.get(name);
    if (!block) return invalid(`the module has no variable ${name}`);
    const label = `${this.path}var.${name}`;
    const { worlds } = this.shared;
    const type = block.body.attributes.get("type")?.value;
    const place = { ...block.head, pointer: `${this.pointer}var.${name}` };
    const given = this.inputs?.value(name) ?? this.#given(name, place);
    const nullable = block.body.attributes.get("nullable")?.value.text !== "false";
    if (given && (nullable || !isNull(given))) return typed(given, type, this.scope);
    const taken = worlds.taken(label);
    if (taken === ANOTHER)
      return labelled(label, `the variable ${name} is not what it is compared with`, { place });
    if (taken) return withOrigin(taken, { from: "branch", place, choice: label });
    const otherwise = block.body.attributes.get("default")?.value;
    if (!otherwise)
      return labelled(label, `the variable ${name} has no default`, { place, bounds: worlds.bounds(label) });
    const value = typed(pointed(evaluate(otherwise, this.scope), place.pointer), type, this.scope);
    // Who calls a module and leaves a variable out has decided; who runs the root module can still give it.
    const open = this.inputs === undefined;
    const origin: Partial<Origin> = {
      from: "parameter-default",
      ...(open ? { assuming: `the default of the variable ${name}` } : {}),
    };
    const all = deeply(value, origin);
    return open && all.kind === "scalar" ? withOrigin(all, { choice: label }) : all;
  }

  #given(name: string, place: Place): Datum | undefined {
    const expression = this.#values.get(name);
    return expression && pointed(evaluate(expression, this.scope), place.pointer ?? name);
  }

  local(name: string): Datum {
    const attribute = this.configuration.locals.get(name);
    if (!attribute) return invalid(`the module has no local ${name}`);
    const key = `${this.path}local.${name}`;
    return this.evaluated(attribute.value, this.scope, `${this.pointer}local.${name}`, key);
  }

  output(name: string): Datum {
    const value = this.configuration.outputs.get(name)?.body.attributes.get("value")?.value;
    if (!value) return invalid(`the module has no output ${name}`);
    return this.evaluated(value, this.scope, `${this.pointer}output.${name}`, `${this.path}output.${name}`);
  }

  data(type: string, name: string): Datum {
    const address = `${this.path}data.${type}.${name}`;
    const block = this.configuration.data.get(`${type}.${name}`);
    if (!block) return invalid(`the module has no data.${type}.${name}`);
    return labelled(address, `${address} is looked up when Terraform runs (a data source)`, {
      place: { ...block.head, pointer: address },
    });
  }

  resource(type: string, name: string): Datum {
    const block = this.configuration.resources.get(`${type}.${name}`);
    if (!block) return invalid(`the module has no ${type}.${name}`);
    return this.#spread(block, `${type}.${name}`, (key) => new Resource(this, block, key).asThing());
  }

  /** A resource or a module with its `count` or `for_each`. */
  #spread(block: Block, address: string, thing: (key: string | number | undefined) => Thing): Datum {
    const object = (key: string | number | undefined): Datum => ({
      kind: "object",
      object: thing(key),
      from: "literal",
      place: block.head,
    });
    const expansion = this.expansion(block, address);
    switch (expansion.kind) {
      case "one":
        return object(undefined);
      case "count":
        return list(Array.from({ length: expansion.count }, (_, at) => object(at)));
      case "each":
        return map(new Map([...expansion.entries.keys()].map((key) => [key, object(key)])));
      case "unknown":
        return unseen(expansion.reason, { place: block.head, each: object("*") });
    }
  }

  /** In the world that is being read. */
  expansion(block: Block, address: string): Expansion {
    return this.shared.memory.of(`${this.path}${address} expanded`, () => expansionOf(block, this.scope), {
      kind: "unknown",
      by: "count",
      reason: `the number of ${address} depends on itself`,
    });
  }

  /** What stands behind `module.x`. */
  child(name: string): Datum {
    const block = this.configuration.modules.get(name);
    if (!block) return invalid(`there is no module.${name}`);
    const source = this.shared.source(name, block, this);
    const address = `module.${name}`;
    if (typeof source === "string")
      return labelled(this.path + address, `${this.path}${address} ${source}`, {
        place: { ...block.head, pointer: this.pointer + address },
      });
    return this.#spread(block, address, (key) => {
      const module = this.called(name, block, source, key);
      return { label: module.path.slice(0, -1), get: (output) => module.output(output) };
    });
  }

  called(name: string, block: Block, source: Configuration, key: string | number | undefined): Module {
    const address = `module.${name}`;
    const path = `${this.path}${address}${keyed(key)}.`;
    return this.shared.memory.forever(path, () => {
      const scope = this.scopeOf(block, address, key);
      return new Module(
        this.shared,
        source,
        { path, pointer: `${this.pointer}${address}.` },
        {
          inputs: {
            exists: () => this.exists() && this.has(block, address, key),
            value: (input) => {
              const attribute = block.body.attributes.get(input);
              if (!attribute) return undefined;
              const pointer = `${this.pointer}${address}.${input}`;
              return this.evaluated(attribute.value, scope, pointer, `${path}${input} given`);
            },
          },
        },
      );
    });
  }

  /** Whether it is deployed, in the world that is being read. @throws Unseen */
  exists(): boolean {
    return this.inputs?.exists() ?? true;
  }

  /** @throws Unseen */
  has(block: Block, address: string, key: string | number | undefined): boolean {
    return isIn(this.expansion(block, address), key);
  }

  scopeOf(block: Block, address: string, key: string | number | undefined): Scope {
    if (key === undefined) return this.scope;
    const label = `${this.path}${address}${keyed(key)}`;
    const symbolic = key === "*";
    const each: Thing = {
      label: "each",
      get: (name) => {
        const expansion = this.expansion(block, address);
        if (symbolic && expansion.kind === "unknown")
          return labelled(`${label}.each.${name}`, expansion.reason);
        if (name === "key") return scalar(key);
        if (expansion.kind !== "each") return unseen("it is not deployed there");
        return expansion.entries.get(String(key)) ?? unseen(`${label} is not deployed there`);
      },
    };
    const count: Thing = {
      label: "count",
      get: () => {
        if (symbolic) return labelled(`${label}.count.index`, "the count is not known");
        return typeof key === "number" ? scalar(key) : invalid("count is not used here");
      },
    };
    const object = (thing: Thing): Datum => ({ kind: "object", object: thing, from: "literal" });
    return this.scope.with(
      new Map([
        ["each", object(each)],
        ["count", object(count)],
      ]),
      `${this.path}${address}${keyed(key)}: `,
    );
  }
}

function deeply(datum: Datum, origin: Partial<Origin>): Datum {
  switch (datum.kind) {
    case "unknown":
      return datum;
    case "list":
      return {
        ...datum,
        ...origin,
        items: datum.items.map((item) => deeply(item, origin)),
      };
    case "map":
      return {
        ...datum,
        ...origin,
        entries: new Map([...datum.entries].map(([key, value]) => [key, deeply(value, origin)])),
      };
    default:
      return datum.from === "literal" || origin.assuming === undefined
        ? withOrigin(datum, origin)
        : withOrigin(datum, mixed([datum, withOrigin(datum, origin)], datum.place));
  }
}
