/** What names mean in a module: `var`, `local`, `module`, `data`, `path`, and the types of resources. */

import type { Reading } from "./builtin.ts";
import { type Datum, labelled, map, scalar, type Thing, unseen } from "./datum.ts";
import type { Scope } from "./evaluate.ts";
import type { Worlds } from "./worlds.ts";

/** What a scope asks of its module. */
export interface Names {
  readonly path: string;
  readonly configuration: { readonly folder: string };
  readonly shared: { readonly worlds: Worlds; readonly root: string; reading(folder: string): Reading };
  variable(name: string): Datum;
  local(name: string): Datum;
  child(name: string): Datum;
  data(type: string, name: string): Datum;
  resource(type: string, name: string): Datum;
}

export class ModuleScope implements Scope {
  readonly worlds: Worlds;
  readonly label: string;
  readonly reading: Reading;
  readonly #module: Names;
  readonly #own: ReadonlyMap<string, Datum>;

  constructor(module: Names, own: ReadonlyMap<string, Datum> = new Map(), label = module.path) {
    this.#module = module;
    this.#own = own;
    this.label = label;
    this.worlds = module.shared.worlds;
    this.reading = module.shared.reading(module.configuration.folder);
  }

  with(names: ReadonlyMap<string, Datum>, label: string = this.label): Scope {
    return new ModuleScope(this.#module, new Map([...this.#own, ...names]), label);
  }

  named(name: string): Datum {
    const own = this.#own.get(name);
    if (own) return own;
    const module = this.#module;
    switch (name) {
      case "var":
        return thing("var", (variable) => module.variable(variable));
      case "local":
        return thing("local", (local) => module.local(local));
      case "module":
        return thing("module", (child) => module.child(child));
      case "data":
        return thing("data", (type) => thing(`data.${type}`, (one) => module.data(type, one)));
      case "path": {
        const { folder } = module.configuration;
        return map(
          new Map([
            ["module", scalar(folder)],
            ["root", scalar(module.shared.root)],
            ["cwd", scalar(module.shared.root)],
          ]),
        );
      }
      case "terraform":
        return thing("terraform", (part) =>
          labelled(`terraform.${part}`, `terraform.${part} is known when Terraform runs`),
        );
      case "each":
      case "count":
      case "self":
        return unseen(`${name} means nothing here`, { invalid: true });
      default:
        return thing(name, (one) => module.resource(name, one));
    }
  }
}

function thing(label: string, get: (name: string) => Datum): Datum {
  const object: Thing = { label, get };
  return { kind: "object", object, from: "literal" };
}
