/** Reads a folder of Terraform as facts: its root module, and the local modules that it calls. */

import { type Files, InputProblem } from "../files.ts";
import type { Facts, Gap } from "../model.ts";
import { type Configuration, configurationOf, joinedPath, valuesOf } from "./configuration.ts";
import { keysOf } from "./expansion.ts";
import { factsOf } from "./facts.ts";
import { type Hcl, hcl } from "./hcl.ts";
import type { Item } from "./item.ts";
import { Memory } from "./memory.ts";
import { Module, type Shared } from "./module.ts";
import { Resource } from "./resource.ts";
import { Sources } from "./sources.ts";
import type { Block } from "./syntax.ts";
import { Worlds } from "./worlds.ts";

/** Modules that call each other deeper than this call themselves. */
const MAX_DEPTH = 20;

/**
 * What the folder's `.tf` and `.tf.json` files define, as one module, with the modules below it.
 *
 * @throws InputProblem when there is no Terraform in it, or a file is not well formed
 */
export async function readTerraformFolder(folder: string, files: Files): Promise<Facts> {
  const parser = await hcl();
  const configuration = configurationOf(folder, files, parser);
  if (!configuration)
    throw new InputProblem(`${folder} holds no Terraform: give a folder with .tf or .tf.json files.`);
  return new FolderReader(configuration, files, parser).facts();
}

class FolderReader {
  readonly #configuration: Configuration;
  readonly #files: Files;
  readonly #parser: Hcl;
  readonly #sources: Sources;

  constructor(configuration: Configuration, files: Files, parser: Hcl) {
    this.#configuration = configuration;
    this.#files = files;
    this.#parser = parser;
    this.#sources = new Sources(configuration.folder, files, parser);
  }

  facts(): Facts {
    const { folder } = this.#configuration;
    const values = valuesOf(folder, this.#files, this.#parser);
    const worlds = new Worlds();
    return worlds.settled(() => {
      const shared: Shared = {
        worlds,
        memory: new Memory(worlds),
        root: folder,
        reading: (from) => ({ text: (path) => this.#text(from, path) }),
        source: (name, block, from) => this.#sources.of(name, block, from),
      };
      const items: Item[] = [];
      const gaps: Gap[] = [];
      collect(new Module(shared, this.#configuration, undefined, { values }), items, gaps);
      return factsOf("terraform", folder, items, gaps, worlds);
    });
  }

  /** `path.module` is already part of a path. */
  #text(folder: string, path: string): string | undefined {
    return this.#files.text(path) ?? this.#files.text(joinedPath(folder, path));
  }
}

function collect(module: Module, items: Item[], gaps: Gap[], depth = 0): void {
  const { worlds, source } = module.shared;
  for (const [address, block] of module.configuration.resources)
    for (const key of keys(address, block)) items.push(new Resource(module, block, key));
  for (const { type, labels, head } of module.configuration.twice)
    gaps.push({
      reason: `${type} ${labels.join(".")} is defined twice, and only the last one is looked at`,
      place: head,
    });
  for (const [name, block] of module.configuration.modules) {
    const called = source(name, block, module);
    const address = `module.${name}`;
    if (typeof called === "string" || depth === MAX_DEPTH) {
      const why = typeof called === "string" ? called : "calls itself without an end";
      gaps.push({
        reason: `${module.path}${address} ${why}: what it makes is not looked at`,
        place: { ...block.head, pointer: module.pointer + address },
      });
      continue;
    }
    for (const key of keys(address, block))
      collect(module.called(name, block, called, key), items, gaps, depth + 1);
  }

  /** Of all worlds together; one that is never deployed has an instance too, which does not exist. */
  function keys(address: string, block: Block): Set<string | number | undefined> {
    const all = worlds.all(() => ({
      known: true,
      value: keysOf(module.expansion(block, address)),
      from: "literal",
    }));
    const found = all.cases.flatMap(({ answer }) => (answer.known ? answer.value : ["*"]));
    if (found.length > 0) return new Set(found);
    return new Set([block.body.attributes.has("count") ? 0 : "*"]);
  }
}
