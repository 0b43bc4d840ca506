/** One service: its functions, and the CloudFormation resources that it brings along. */

import type { Files } from "../files.ts";
import type { Gap } from "../model.ts";
import { documentOf, entry, type Node } from "./document.ts";
import type { Found } from "./found.ts";
import { Variables } from "./variables.ts";

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly node: Node;
  readonly found: Extract<Found, { known: true }>;
  readonly properties: Found | undefined;
  readonly condition: string | undefined;
}

export interface Lambda {
  /** Its key below `functions`. */
  readonly id: string;
  readonly found: Extract<Found, { known: true }>;
}

export class Service {
  readonly variables: Variables;
  readonly folder: string;
  readonly gaps: Gap[] = [];
  readonly lambdas: readonly Lambda[];
  readonly resources: ReadonlyMap<string, Resource>;
  readonly root: Node;

  constructor(path: string, text: string, files: Files) {
    this.root = documentOf(text, path);
    this.folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
    this.variables = new Variables(this.root, this.folder, files);
    this.lambdas = [...this.#lambdas()];
    this.resources = new Map([...this.#resources()].map((resource) => [resource.id, resource]));
  }

  get(...path: readonly string[]): Found | undefined {
    return this.variables.at(this.variables.root(), ...path);
  }

  at(of: Found | undefined, ...path: readonly string[]): Found | undefined {
    return this.variables.at(of, ...path);
  }

  items(found: Found | undefined): readonly Found[] {
    if (!found?.known || found.node.kind !== "list") return [];
    return found.node.items.map((item) => this.variables.resolved(item, found));
  }

  *#lambdas(): Generator<Lambda> {
    for (const { name, found } of this.#entries(this.get("functions"), "functions"))
      if (found.known) yield { id: name, found };
      else this.#gap(`the function ${name} is not known: ${found.reason}`, found);
  }

  *#resources(): Generator<Resource> {
    const parts = this.get("resources");
    for (const part of parts?.known && parts.node.kind === "list" ? this.items(parts) : [parts]) {
      if (part && !part.known) this.#gap(`a part of the resources is not known: ${part.reason}`, part);
      for (const { name, found } of this.#entries(this.at(part, "Resources"), "resources")) {
        if (!found.known) {
          this.#gap(`the resource ${name} is not known: ${found.reason}`, found);
          continue;
        }
        const type = this.at(found, "Type");
        const condition = entry(found.node, "Condition");
        yield {
          id: name,
          type: type?.known && type.node.kind === "scalar" ? String(type.node.value) : "",
          node: found.node,
          found,
          properties: this.at(found, "Properties"),
          condition: condition?.kind === "scalar" ? String(condition.value) : undefined,
        };
      }
    }
  }

  /** Of a map, or of a list of maps. */
  *#entries(
    of: Found | undefined,
    what: string,
  ): Generator<{ readonly name: string; readonly found: Found }> {
    if (!of) return;
    if (!of.known) {
      this.#gap(`the ${what} are not known: ${of.reason}`, of);
      return;
    }
    if (of.node.kind === "list") {
      for (const item of this.items(of)) yield* this.#entries(item, what);
      return;
    }
    if (of.node.kind !== "map") return;
    for (const [name, node] of of.node.entries) {
      const found = this.variables.resolved(node, of);
      const { key } = node;
      yield { name, found: found.known && key ? { ...found, node: { ...found.node, key } } : found };
    }
  }

  #gap(reason: string, { place }: Extract<Found, { known: false }>): void {
    this.gaps.push({ reason, place });
  }
}
