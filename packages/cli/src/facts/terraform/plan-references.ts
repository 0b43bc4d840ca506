/** What a value of a plan will name, when it is not known yet: followed through the plan's configuration. */

import type { Names } from "./datum.ts";
import {
  type ConfiguredModule,
  type ConfiguredResource,
  type ModuleCall,
  referencesOf,
} from "./plan-shape.ts";

/** Where an expression of a plan stands. */
export interface Position {
  /** Empty, or ends with a dot: `module.x["a"].`. */
  readonly prefix: string;
  readonly configuration: ConfiguredModule | undefined;
  readonly call?: ModuleCall;
  readonly parent?: Position;
  readonly key?: string | number;
  readonly resource?: ConfiguredResource;
}

/** References that are followed one after the other at most: those of a loop would have no end. */
const MAX_STEPS = 30;

export class PlanReferences {
  readonly #addresses: ReadonlySet<string>;

  constructor(addresses: readonly string[]) {
    this.#addresses = new Set(addresses);
  }

  /** The planned resource that is meant, and which of its attributes. */
  names(references: readonly string[], at: Position, steps = 0): Names | undefined {
    if (steps > MAX_STEPS) return undefined;
    for (const reference of references) {
      const found = this.#follow(reference, references, at, steps + 1);
      if (found) return found;
    }
    return undefined;
  }

  #follow(reference: string, all: readonly string[], at: Position, steps: number): Names | undefined {
    const [first = "", second = "", third] = reference.split(".");
    if (first === "var" && at.parent)
      return this.names(referencesOf(at.call?.expressions?.[bare(second)]), at.parent, steps);
    if (first === "module") {
      const call = at.configuration?.module_calls?.[bare(second)];
      const prefix = this.#modulePrefix(`${at.prefix}module.${second}`, at.key);
      const expression = third === undefined ? undefined : call?.module?.outputs?.[bare(third)]?.expression;
      if (prefix === undefined || !call) return undefined;
      return this.names(
        referencesOf(expression),
        { prefix, configuration: call.module, call, parent: at },
        steps,
      );
    }
    if (first === "each" && at.resource)
      return this.names(referencesOf(at.resource.for_each_expression), { ...at, resource: undefined }, steps);
    const address = resourceAddress(reference);
    if (address === undefined) return undefined;
    const instance = this.#instance(at.prefix + address.address, at.key);
    if (instance === undefined) return undefined;
    // Behind an index that is no literal the attribute is not said; what is referred to for its name is meant as such.
    const indexed = all.some((one) => one.startsWith("each.") || one.startsWith("count."));
    return { address: instance, attribute: address.attribute ?? (indexed ? "arn" : "id") };
  }

  /** Itself, its only instance, or the one with the same key. */
  #instance(address: string, key: string | number | undefined): string | undefined {
    if (this.#addresses.has(address)) return address;
    const keyed = key === undefined ? undefined : `${address}[${JSON.stringify(key)}]`;
    if (keyed !== undefined && this.#addresses.has(keyed)) return keyed;
    const instances = [...this.#addresses].filter((one) => one.startsWith(`${address}[`));
    return instances.length === 1 ? instances[0] : undefined;
  }

  #modulePrefix(address: string, key: string | number | undefined): string | undefined {
    const prefixes = new Set<string>();
    for (const one of this.#addresses) {
      if (one.startsWith(`${address}.`)) return `${address}.`;
      const index = one.startsWith(`${address}[`)
        ? /^\[(?:"(?:\\.|[^"\\])*"|\d+)\]/.exec(one.slice(address.length))
        : null;
      if (index) prefixes.add(`${address}${index[0]}.`);
    }
    const keyed = `${address}[${JSON.stringify(key)}].`;
    if (prefixes.has(keyed)) return keyed;
    return prefixes.size === 1 ? [...prefixes][0] : undefined;
  }
}

function bare(name: string): string {
  return name.replace(/\[.*$/, "");
}

/** `aws_sqs_queue.q["a"].arn` in its two parts; `undefined`: it is no resource's. */
function resourceAddress(
  reference: string,
): { readonly address: string; readonly attribute?: string } | undefined {
  const match = /^([a-z]\w*)\.([\w-]+)((?:\["(?:\\.|[^"\\])*"\]|\[\d+\])?)(?:\.([\w-]+))?/.exec(reference);
  if (!match || /^(var|local|data|module|each|count|path|terraform|self)$/.test(match[1] ?? ""))
    return undefined;
  return { address: `${match[1]}.${match[2]}${match[3]}`, attribute: match[4] };
}
