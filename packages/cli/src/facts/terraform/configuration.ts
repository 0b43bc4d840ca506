/** One folder of Terraform: its files as one module, and the values that lie beside it. */

import type { Files } from "../files.ts";
import type { Hcl } from "./hcl.ts";
import { jsonBody, jsonValues } from "./json-syntax.ts";
import type { Attribute, Block, Body, Expression } from "./syntax.ts";

export interface Configuration {
  readonly folder: string;
  readonly variables: ReadonlyMap<string, Block>;
  readonly locals: ReadonlyMap<string, Attribute>;
  /** By `aws_sqs_queue.orders`. */
  readonly resources: ReadonlyMap<string, Block>;
  readonly data: ReadonlyMap<string, Block>;
  readonly modules: ReadonlyMap<string, Block>;
  readonly outputs: ReadonlyMap<string, Block>;
  /** Resources and modules that are defined twice: Terraform refuses them, and only the last is read. */
  readonly twice: readonly Block[];
}

/** @returns `undefined`: there is no Terraform in that folder */
export function configurationOf(folder: string, files: Files, hcl: Hcl): Configuration | undefined {
  const names = files.names(folder).filter((name) => /\.tf(\.json)?$/.test(name) && !name.startsWith("."));
  // Overrides come after all others, in their own order.
  const ordered = [...names.filter((name) => !isOverride(name)), ...names.filter(isOverride)];
  const building = new Building(folder);
  let found = false;
  for (const name of ordered) {
    const path = joinedPath(folder, name);
    const text = files.text(path);
    if (text === undefined) continue;
    found = true;
    building.add(name.endsWith(".json") ? jsonBody(text, path, hcl) : hcl.body(text, path), isOverride(name));
  }
  return found ? building : undefined;
}

function isOverride(name: string): boolean {
  return /(^|_)override\.tf(\.json)?$/.test(name);
}

/** `terraform.tfvars` and `*.auto.tfvars`, as Terraform reads them without being told: the later one wins. */
export function valuesOf(folder: string, files: Files, hcl: Hcl): ReadonlyMap<string, Expression> {
  const names = files.names(folder);
  const wanted = [
    ...["terraform.tfvars", "terraform.tfvars.json"].filter((name) => names.includes(name)),
    ...names.filter((name) => /\.auto\.tfvars(\.json)?$/.test(name)),
  ];
  const values = new Map<string, Expression>();
  for (const name of wanted) {
    const path = joinedPath(folder, name);
    const text = files.text(path) ?? "";
    if (name.endsWith(".json"))
      for (const [key, value] of jsonValues(text, path, hcl)) values.set(key, value);
    else for (const [key, { value }] of hcl.body(text, path).attributes) values.set(key, value);
  }
  return values;
}

/** As paths are shown: `modules/queue`, without `./` and with `..` worked out where it can be. */
export function joinedPath(folder: string, path: string): string {
  if (path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== ".." && parts.at(-1) !== "") parts.pop();
    else parts.push(part);
  }
  return parts.join("/") || ".";
}

class Building implements Configuration {
  readonly folder: string;
  readonly variables = new Map<string, Block>();
  readonly locals = new Map<string, Attribute>();
  readonly resources = new Map<string, Block>();
  readonly data = new Map<string, Block>();
  readonly modules = new Map<string, Block>();
  readonly outputs = new Map<string, Block>();
  readonly twice: Block[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  add({ blocks }: Body, override: boolean): void {
    for (const block of blocks) {
      if (block.type === "locals")
        for (const [name, attribute] of block.body.attributes) this.locals.set(name, attribute);
      const list = this.#listOf(block.type);
      const name = block.labels.join(".");
      const before = list?.get(name);
      if (before && !override) this.twice.push(block);
      list?.set(name, before && override ? overridden(before, block) : block);
    }
  }

  #listOf(type: string): Map<string, Block> | undefined {
    switch (type) {
      case "variable":
        return this.variables;
      case "resource":
        return this.resources;
      case "data":
        return this.data;
      case "module":
        return this.modules;
      case "output":
        return this.outputs;
      default:
        return undefined;
    }
  }
}

/** Each attribute by itself, nested blocks by their type. */
function overridden(before: Block, by: Block): Block {
  const types = new Set(by.body.blocks.map(({ type }) => type));
  return {
    ...before,
    body: {
      attributes: new Map([...before.body.attributes, ...by.body.attributes]),
      blocks: [...before.body.blocks.filter(({ type }) => !types.has(type)), ...by.body.blocks],
    },
  };
}
