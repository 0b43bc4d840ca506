/** One instance of a resource of a configuration. */

import type { Place } from "../value.ts";
import type { Configuration } from "./configuration.ts";
import {
  type Datum,
  invalid,
  isNull,
  labelled,
  NOTHING,
  scalar,
  textOf,
  type Thing,
  unseen,
} from "./datum.ts";
import { entriesOf, evaluate, type Scope } from "./evaluate.ts";
import { keyed } from "./expansion.ts";
import { type Item, pointed, type Section, sectionsOf } from "./item.ts";
import { PROVIDER_DEFAULTS } from "./provider-defaults.ts";
import type { Block, Body, Expression } from "./syntax.ts";
import { Unseen, type Worlds } from "./worlds.ts";

/** What a resource asks of its module. */
interface Owner {
  readonly path: string;
  readonly pointer: string;
  readonly configuration: Configuration;
  readonly shared: { readonly worlds: Worlds };
  readonly scope: Scope;
  evaluated(expression: Expression, scope: Scope, pointer: string, key?: string): Datum;
  scopeOf(block: Block, address: string, key: string | number | undefined): Scope;
  exists(): boolean;
  has(block: Block, address: string, key: string | number | undefined): boolean;
}

/** The settings of a block and of the blocks in it. */
class BlockSection implements Section {
  readonly pointer: string;
  readonly place: Place;
  readonly settings: Place;
  readonly #owner: Owner;
  readonly #body: Body;
  readonly #scope: Scope;
  readonly #key: string | undefined;

  /** @param key what its values are remembered by; `undefined`: they are not */
  constructor(owner: Owner, block: Block, scope: Scope, pointer: string, key: string | undefined) {
    this.#owner = owner;
    this.#body = block.body;
    this.#scope = scope;
    this.#key = key;
    this.pointer = pointer;
    this.place = { ...block.head, pointer };
    this.settings = { ...block.place, pointer };
  }

  get(name: string): Datum {
    const attribute = this.#body.attributes.get(name);
    if (!attribute) return NOTHING;
    const pointer = `${this.pointer}.${name}`;
    return this.#key === undefined
      ? pointed(evaluate(attribute.value, this.#scope), pointer)
      : this.#owner.evaluated(attribute.value, this.#scope, pointer, `${this.#key}.${name}`);
  }

  protected written(name: string): Expression | undefined {
    return this.#body.attributes.get(name)?.value;
  }

  sections(name: string): readonly Section[] {
    const pointer = `${this.pointer}.${name}`;
    const blocks = this.#body.blocks.flatMap((block) => {
      if (block.type === name) return [{ block, scope: this.#scope, dynamic: false }];
      if (block.type === "dynamic" && block.labels[0] === name) return this.#dynamic(block, name);
      return [];
    });
    const attribute = this.#body.attributes.has(name) ? sectionsOf(this.get(name), pointer, this.place) : [];
    const several = blocks.length + attribute.length > 1;
    return [
      ...blocks.map(({ block, scope, dynamic }, at) => {
        const key = dynamic || this.#key === undefined ? undefined : `${this.#key}.${name}[${at}]`;
        return new BlockSection(this.#owner, block, scope, several ? `${pointer}[${at}]` : pointer, key);
      }),
      ...attribute,
    ];
  }

  /** `dynamic "x"`: its content once for each element. @throws Unseen */
  #dynamic(block: Block, name: string): { block: Block; scope: Scope; dynamic: boolean }[] {
    const each = block.body.attributes.get("for_each")?.value;
    const content = block.body.blocks.find(({ type }) => type === "content");
    if (!each || !content) return [];
    const over = evaluate(each, this.#scope);
    const entries = entriesOf(over);
    if (!isEntries(entries))
      throw new Unseen(`the dynamic block ${name} has a for_each that is not known: ${reasonOf(entries)}`);
    const iterator = block.body.attributes.get("iterator")?.value.text ?? name;
    return entries.map(([key, value]) => {
      const own = over.kind === "list" ? value : key;
      const element: Thing = {
        label: iterator,
        get: (part) =>
          part === "key" ? own : part === "value" ? value : invalid(`${iterator} has no ${part}`),
      };
      const names = new Map<string, Datum>([
        [iterator, { kind: "object", object: element, from: "literal" }],
      ]);
      return { block: { ...block, body: content.body }, scope: this.#scope.with(names), dynamic: true };
    });
  }
}

/** What names a thing to others. */
const IDENTITY =
  /^(id|arn|url|name|function_name|bucket|invoke_arn|qualified_arn|qualified_invoke_arn|stream_arn|queue_url)$/;

export class Resource extends BlockSection implements Item {
  readonly type: string;
  readonly address: string;
  readonly #owner: Owner;
  readonly #block: Block;
  readonly #name: string;
  readonly #instance: string | number | undefined;

  constructor(owner: Owner, block: Block, instance: string | number | undefined) {
    const name = block.labels.join(".");
    const address = `${owner.path}${name}${keyed(instance)}`;
    super(owner, block, owner.scopeOf(block, name, instance), owner.pointer + name, address);
    this.#owner = owner;
    this.#block = block;
    this.#name = name;
    this.#instance = instance;
    this.type = block.labels[0] ?? "";
    this.address = address;
  }

  exists(): boolean {
    return this.#owner.exists() && this.#owner.has(this.#block, this.#name, this.#instance);
  }

  asThing(): Thing {
    return { label: this.address, get: (name) => this.read(name) };
  }

  /** The folder that the archive of its code is made of, as far as the configuration says. */
  sourceFolder(): string | undefined {
    const written = this.written("filename")?.text ?? "";
    const archive = /^data\.archive_file\.([\w-]+)/.exec(written)?.[1];
    const block = this.#owner.configuration.data.get(`archive_file.${archive}`);
    if (!block) return undefined;
    const section = new BlockSection(this.#owner, block, this.#owner.scope, "data", undefined);
    const folder = textOf(section.get("source_dir"));
    const file = textOf(section.get("source_file"));
    return folder ?? file?.split("/").slice(0, -1).join("/");
  }

  /** What another resource reads of it: its setting, its default, or what AWS gives it. */
  read(name: string): Datum {
    const names = { address: this.address, attribute: name };
    const set = this.get(name);
    if (!isNull(set)) return set.names && !IDENTITY.test(name) ? set : { ...set, names };
    const otherwise = PROVIDER_DEFAULTS.get(`${this.type}.${name}`);
    if (otherwise !== undefined && !(set.kind === "scalar" && set.assuming))
      return scalar(otherwise, { from: "default", place: this.place, names });
    const label = `${this.address}.${name}`;
    if (this.#block.body.blocks.some(({ type, labels }) => type === name || labels[0] === name))
      return unseen(`${label} is a block`, { names });
    return labelled(label, `${label} is given by AWS`, {
      place: this.place,
      names,
      bounds: this.#owner.shared.worlds.bounds(label),
    });
  }
}

function isEntries(entries: ReturnType<typeof entriesOf>): entries is readonly (readonly [Datum, Datum])[] {
  return Array.isArray(entries);
}

function reasonOf(datum: Datum): string {
  return datum.kind === "unknown" ? datum.reason : "it is no list";
}
