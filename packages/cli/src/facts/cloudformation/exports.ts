/** What the stacks of one application export to each other: `Fn::ImportValue` then names something that is at hand. */

import type { Files } from "../files.ts";
import { loaded } from "./nested.ts";
import { at, entriesOf, type Node, textOf } from "./node.ts";
import { gatherCompared, type Template } from "./template.ts";

/** A stack's template. */
export interface StackFile {
  /** What its facts are called after in another stack: `Orders/`. */
  readonly prefix: string;
  readonly path: string;
  readonly text: string;
}

/** An output of another stack, to be evaluated there. */
export interface Exported {
  readonly template: Template;
  readonly value: Node;
}

/** Reads the stacks when something is imported, and not before. */
export class Exports {
  readonly #stacks: readonly StackFile[];
  readonly #files: Files;
  #byName: Map<string, Exported> | undefined;

  constructor(stacks: readonly StackFile[], files: Files) {
    this.#stacks = stacks;
    this.#files = files;
  }

  named(name: string): Exported | undefined {
    return (this.#byName ??= this.#read()).get(name);
  }

  /** The templates that were read for what they export. */
  get templates(): readonly Template[] {
    return [
      ...new Set([...(this.#byName ?? new Map<string, Exported>()).values()].map(({ template }) => template)),
    ];
  }

  #read(): Map<string, Exported> {
    const all = new Map<string, Exported>();
    for (const { prefix, path, text } of this.#stacks) {
      if (!text.includes("Export")) continue;
      // Its gaps are told with the stack itself.
      const template = loaded(path, text, this.#files, [], { isSure: true, prefix });
      gatherCompared(template);
      for (const [, { value: output }] of entriesOf(at(template.root, "Outputs"))) {
        const name = textOf(at(output, "Export", "Name"));
        const value = at(output, "Value");
        if (name !== undefined && value) all.set(name, { template, value });
      }
    }
    return all;
  }
}
