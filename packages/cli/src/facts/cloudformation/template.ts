/** The sections of a template, and its nested templates, before anything in them is evaluated. */

import type { Place } from "../value.ts";
import type { Guards } from "./elements.ts";
import { at, callOf, entriesOf, itemsOf, type MapNode, type Node, type Source, textOf } from "./node.ts";
import type { Run } from "./worlds.ts";

/** A resource of a template, before anything in it is evaluated. */
export interface Resource {
  readonly template: Template;
  readonly id: string;
  /** With the names of the nested stacks it is in: `Child/Queue`. */
  readonly path: string;
  readonly type: string;
  /** Of its logical id. */
  readonly place: Place;
  readonly node: Node;
  /** With SAM's globals in them. */
  readonly properties: Node | undefined;
  /** Set for what stands in no template: SAM makes it of another resource. */
  readonly made?: Made;
}

/** Of what SAM makes: what it is made of. */
export interface Made {
  /** Whose conditions it shares. */
  readonly owner: Resource;
  readonly guards: Guards;
  readonly generatedBy: string;
  /** Whether it is made in that world at all. */
  readonly isMade?: (run: Run) => boolean;
}

/** A parameter as it is declared. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly node: Node;
  readonly fallback: string | undefined;
  readonly allowed: readonly string[] | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The stack that this one is nested in, and what it gives to its parameters. */
export interface Nesting {
  readonly template: Template;
  readonly id: string;
  readonly parameters: Node | undefined;
}

/** One template. Those nested in it are its children. */
export class Template {
  readonly root: MapNode;
  readonly source: Source;
  /** `""`, or `Child/` below a nested stack. */
  readonly prefix: string;
  readonly nesting: Nesting | undefined;
  readonly isSam: boolean;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly resources = new Map<string, Resource>();
  /** By the logical id of the nested stack. */
  readonly children = new Map<string, Template>();
  /** Texts that a parameter, or a pseudo parameter, is compared with: they are worlds of their own. */
  readonly compared = new Map<string, Set<string>>();

  /** Of the top one: what other stacks of the same application export. */
  imports: ((name: string) => { readonly template: Template; readonly value: Node } | undefined) | undefined;

  constructor(root: MapNode, nesting?: Nesting, prefix = "") {
    this.root = root;
    this.source = root.source;
    this.nesting = nesting;
    this.prefix = nesting ? `${nesting.template.prefix}${nesting.id}/` : prefix;
    this.isSam = transformsOf(root).some((name) => name.startsWith("AWS::Serverless"));
    this.parameters = parametersOf(at(root, "Parameters"));
  }

  condition(name: string): Node | undefined {
    return at(this.root, "Conditions", name);
  }

  output(name: string): Node | undefined {
    return at(this.root, "Outputs", name, "Value");
  }

  /** The template that all are nested in. */
  get top(): Template {
    return this.nesting ? this.nesting.template.top : this;
  }

  /** This template and those nested in it. */
  *all(): Generator<Template> {
    yield this;
    for (const child of this.children.values()) yield* child.all();
  }

  *allResources(): Generator<Resource> {
    for (const template of this.all()) yield* template.resources.values();
  }
}

/** The macros of a whole template, where they are named plainly. */
export function transformsOf(root: MapNode): readonly string[] {
  const transform = at(root, "Transform");
  const nodes = transform?.kind === "list" ? transform.items : transform ? [transform] : [];
  return nodes.map((node) => textOf(node) ?? textOf(at(node, "Name")) ?? "a macro without a name");
}

function parametersOf(section: Node | undefined): ReadonlyMap<string, Parameter> {
  return new Map(
    entriesOf(section).map(([name, { value: node }]) => [
      name,
      {
        name,
        node,
        type: textOf(at(node, "Type")) ?? "String",
        fallback: textOf(at(node, "Default")),
        allowed: allowedOf(at(node, "AllowedValues")),
        min: numberOf(at(node, "MinValue")),
        max: numberOf(at(node, "MaxValue")),
      },
    ]),
  );
}

function allowedOf(node: Node | undefined): readonly string[] | undefined {
  const texts = itemsOf(node).map(textOf);
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts : undefined;
}

function numberOf(node: Node | undefined): number | undefined {
  const text = textOf(node);
  return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/** Gathers what parameters are compared with: in conditions, and as keys of mappings; of nested stacks first. */
export function gatherCompared(template: Template): void {
  for (const child of template.children.values()) gatherCompared(child);
  const note = (name: string, texts: Iterable<string>): void => {
    const known = template.compared.get(name) ?? new Set();
    template.compared.set(name, known);
    for (const text of texts) known.add(text);
  };
  const refOf = (node: Node | undefined): string | undefined => {
    const call = node && callOf(node);
    return call?.[0] === "Ref" ? textOf(call[1]) : undefined;
  };
  const visit = (node: Node): void => {
    const call = callOf(node);
    if (call?.[0] === "Fn::Equals") {
      const [left, right] = itemsOf(call[1]);
      for (const [one, other] of [
        [left, right],
        [right, left],
      ] as const) {
        const name = refOf(one);
        const text = textOf(other);
        if (name !== undefined && text !== undefined) note(name, [text]);
      }
    } else if (call?.[0] === "Fn::FindInMap") {
      const [map, top, second] = itemsOf(call[1]);
      const mapping = at(template.root, "Mappings", textOf(map) ?? "");
      const topRef = refOf(top);
      const secondRef = refOf(second);
      const rows = entriesOf(mapping);
      if (topRef !== undefined)
        note(
          topRef,
          rows.map(([key]) => key),
        );
      if (secondRef !== undefined)
        note(
          secondRef,
          rows.flatMap(([, row]) => entriesOf(row.value).map(([key]) => key)),
        );
    }
    if (node.kind === "list") node.items.forEach(visit);
    else if (node.kind === "map") for (const { value } of node.entries.values()) visit(value);
  };
  visit(template.root);
  // What a nested stack compares its parameter with is compared with the parameter that gives it.
  const { nesting } = template;
  if (nesting)
    for (const [name, texts] of template.compared) {
      const given = refOf(at(nesting.parameters, name));
      if (given === undefined) continue;
      const above = nesting.template.compared.get(given) ?? new Set();
      nesting.template.compared.set(given, above);
      for (const text of texts) above.add(text);
    }
}
