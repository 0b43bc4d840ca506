/** Settings of a service as values of facts. */

import { destinationKind } from "../services.ts";
import type { Destination, Fact } from "../model.ts";
import type { Answer, Place, Value } from "../value.ts";
import type { Node } from "./document.ts";
import { answerOf, booleanAnswer, type Found, isNull, numberAnswer, textAnswer } from "./found.ts";
import { idOf, type References } from "./references.ts";
import type { Service } from "./service.ts";

export class Reader {
  readonly service: Service;
  readonly references: References;

  constructor(service: Service, references: References) {
    this.service = service;
    this.references = references;
  }

  fact(id: string, node: Node, condition?: string): Fact {
    const place = node.key ?? node.place;
    const exists: Answer<boolean> =
      condition === undefined
        ? { known: true, value: true, from: "literal", place }
        : { known: false, reason: `its condition ${condition} is left to CloudFormation`, place };
    return { id, place, settings: node.place, exists: one(exists) };
  }

  /** Of a resource: what CloudFormation would have to work out is not known, but for defaults of parameters. */
  setting(found: Found | undefined): Found | undefined {
    if (!found?.known || found.node.kind !== "map") return found;
    const [first, ...others] = found.node.entries;
    if (!first || others.length > 0) return found;
    const [name, argument] = first;
    if (name !== "Ref" && !name.startsWith("Fn::")) return found;
    const id = argument.kind === "scalar" ? String(argument.value) : "";
    const otherwise = name === "Ref" ? this.#parameterDefault(id) : undefined;
    if (otherwise?.known)
      return { ...otherwise, from: "parameter-default", assuming: `the default of the parameter ${id}` };
    return {
      known: false,
      reason:
        name === "Ref"
          ? `${id} is a parameter without a default, or a resource`
          : `${name} is left to CloudFormation`,
      place: found.node.place,
      text: name === "Ref" ? id : name,
    };
  }

  #parameterDefault(id: string): Found | undefined {
    const parts = this.service.get("resources");
    const all = parts?.known && parts.node.kind === "list" ? this.service.items(parts) : [parts];
    return all
      .map((part) => this.service.at(part, "Parameters", id, "Default"))
      .find((found) => found !== undefined);
  }

  number(found: Found | undefined, otherwise: number, place: Place): Value<number> {
    return one(numberAnswer(found, byDefault(otherwise, place)));
  }

  boolean(found: Found | undefined, otherwise: boolean, place: Place): Value<boolean> {
    return one(booleanAnswer(found, byDefault(otherwise, place)));
  }

  text(found: Found | undefined, place: Place): Value<string | undefined> {
    return one(textAnswer<string | undefined>(found, byDefault(undefined, place)));
  }

  /** The id of a thing here, else what names it; nothing where nothing is set. */
  named(found: Found | undefined, place: Place): Answer<string | undefined> {
    if (!found || isNull(found)) return byDefault(undefined, place);
    const value = idOf(this.references.target(found));
    return found.known ? answerOf(found, value) : { known: true, value, from: "literal", place: found.place };
  }

  /** The thing of one of the types that is meant; otherwise why it is not known. */
  reference(found: Found | undefined, types: readonly string[], place: Place): Answer<string> {
    if (!found) return { known: false, reason: "it is not set", place };
    const target = this.references.target(found);
    if (target.id !== undefined && types.includes(target.type ?? ""))
      return found.known
        ? answerOf(found, target.id)
        : { known: true, value: target.id, from: "literal", place: found.place };
    return { known: false, reason: target.reason, place: found.known ? found.node.place : found.place };
  }

  destination(found: Found | undefined, place: Place): Answer<Destination | undefined> {
    const answer = this.named(found, place);
    if (!answer.known || answer.value === undefined || !found) return answer as Answer<undefined>;
    return {
      ...answer,
      value: { kind: destinationKind(this.references.target(found).service), to: answer.value },
    };
  }
}

export function one<T>(answer: Answer<T>): Value<T> {
  return { cases: [{ when: {}, answer }] };
}

export function byDefault<T>(value: T, place: Place): Answer<T> {
  return { known: true, value, from: "default", place };
}
