/** Where the configuration of a module lies: beside its caller, or where `terraform init` has put it. */

import type { Files } from "../files.ts";
import { type Configuration, configurationOf, joinedPath } from "./configuration.ts";
import type { Hcl } from "./hcl.ts";
import type { Block } from "./syntax.ts";

interface Caller {
  readonly path: string;
  readonly configuration: Configuration;
}

export class Sources {
  readonly #root: string;
  readonly #files: Files;
  readonly #parser: Hcl;
  readonly #read = new Map<string, Configuration | undefined>();
  readonly #installed: ReadonlyMap<string, string>;

  constructor(root: string, files: Files, parser: Hcl) {
    this.#root = root;
    this.#files = files;
    this.#parser = parser;
    this.#installed = installed(files.text(joinedPath(root, ".terraform/modules/modules.json")));
  }

  /** @returns the end of a sentence when it cannot be read */
  of(name: string, block: Block, { path, configuration }: Caller): Configuration | string {
    const expression = block.body.attributes.get("source")?.value;
    if (expression?.kind !== "literal" || typeof expression.value !== "string")
      return "has a source that is not known";
    const source = expression.value;
    const local = source.startsWith("./") || source.startsWith("../");
    const key = `${path.replaceAll(/\[[^\]]*\]/g, "").replaceAll("module.", "")}${name}`;
    const known = this.#installed.get(key);
    const folder = local ? joinedPath(configuration.folder, source) : known && joinedPath(this.#root, known);
    const found = folder && this.#configuration(folder);
    if (found) return found;
    return local
      ? `comes from ${source}, where no Terraform is`
      : `comes from ${source}, which is not on this disk ("terraform init" would put it there)`;
  }

  #configuration(folder: string): Configuration | undefined {
    if (!this.#read.has(folder)) this.#read.set(folder, configurationOf(folder, this.#files, this.#parser));
    return this.#read.get(folder);
  }
}

/** `.terraform/modules/modules.json` says where each module lies. */
function installed(text: string | undefined): ReadonlyMap<string, string> {
  try {
    const { Modules } = JSON.parse(text ?? "{}") as { Modules?: readonly { Key?: string; Dir?: string }[] };
    return new Map((Modules ?? []).flatMap(({ Key, Dir }) => (Key && Dir ? [[Key, Dir] as const] : [])));
  } catch {
    return new Map();
  }
}
