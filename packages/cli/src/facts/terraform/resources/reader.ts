/** What the readers of all kinds of resources share: values in all worlds, and what a value names. */

import { destinationKind } from "../../services.ts";
import type { Destination, Fact } from "../../model.ts";
import type { Answer, Place, Value } from "../../value.ts";
import { byDefault, knownAnswer, type Limits, notKnown, numberAnswer } from "../answers.ts";
import { booleanAnswer, textAnswer } from "../answers.ts";
import { type Datum, isNull, textOf } from "../datum.ts";
import { decodedJson } from "../encoded.ts";
import { type Item, pointed, type Section } from "../item.ts";
import { idOf, type Resolver, type Target } from "../resolve.ts";
import type { Worlds } from "../worlds.ts";

export type Delivered = { readonly kind: "function" | "queue" | "other"; readonly id: string };

export class Reader {
  readonly worlds: Worlds;
  readonly resolver: Resolver;
  readonly items: readonly Item[];

  constructor(worlds: Worlds, resolver: Resolver, items: readonly Item[]) {
    this.worlds = worlds;
    this.resolver = resolver;
    this.items = items;
  }

  of(type: string): readonly Item[] {
    return this.items.filter((item) => item.type === type);
  }

  /** What `read` answers in each world in which the resource is deployed. */
  value<T>(item: Item, read: () => Answer<T>): Value<T> {
    return this.worlds.all(read, () => item.exists());
  }

  fact(item: Item, id: string = item.address, section: Section = item): Fact {
    return {
      id,
      place: section.place,
      settings: section.settings,
      exists: this.worlds.all(() => ({
        known: true,
        value: item.exists(),
        from: "literal",
        place: item.place,
      })),
    };
  }

  number(item: Item, name: string, limits: Limits): Value<number> {
    return this.value(item, () => numberAnswer(item, name, limits, this.worlds));
  }

  boolean(item: Item, name: string, otherwise: boolean): Value<boolean> {
    return this.value(item, () => booleanAnswer(item, name, otherwise));
  }

  text(item: Item, name: string): Value<string | undefined> {
    return this.value(item, () => textAnswer(item, name));
  }

  target(datum: Datum): Target {
    return this.resolver.target(datum);
  }

  /** A dead-letter target: the id of a queue here, else what names it; nothing where nothing is set. */
  deadLetter(section: Section | undefined, name: string, of: Section): Answer<string | undefined> {
    if (!section) return { known: true, value: undefined, from: "default", place: of.place };
    return this.named(section.get(name), section.place);
  }

  /** What a value names; an unknown ARN is still one. */
  named(datum: Datum, place: Place): Answer<string | undefined> {
    if (isNull(datum) || textOf(datum) === "") return byDefault(undefined, datum, place);
    if (datum.kind === "unknown" && (datum.label === undefined || datum.invalid) && !datum.names)
      return { known: false, reason: datum.reason, place: datum.place ?? place };
    const value = idOf(this.target(datum));
    if (datum.kind === "unknown") return { known: true, value, from: "literal", place: datum.place ?? place };
    return knownAnswer(value, datum);
  }

  /** The dead-letter target of a `redrive_policy`, and how often it tries. */
  redrive(
    datum: Datum,
    section: Section,
    name: string,
    entry: string,
  ): Datum | Extract<Answer<never>, { known: false }> {
    const policy = decodedJson(datum);
    // A plan does not know the text of a policy before the queue that it names is made, but which queue that is.
    if (policy.kind === "unknown" && policy.names?.attribute === "arn" && entry === "deadLetterTargetArn")
      return policy;
    if (policy.kind !== "map") return notKnown(policy, section, name);
    const found = policy.entries.get(entry);
    return found
      ? pointed(found, `${section.pointer}.${name}.${entry}`)
      : { kind: "scalar", value: null, from: "default" };
  }

  /** The resource of one type that is meant; otherwise why it is not known. */
  reference(datum: Datum, type: string | readonly string[], place: Place): Answer<string> {
    const target = this.target(datum);
    if (target.item && [type].flat().includes(target.item.type))
      return {
        known: true,
        value: target.item.address,
        from: originFrom(datum),
        place: datum.place ?? place,
      };
    return { known: false, reason: target.reason, place: datum.place ?? place };
  }

  destination(datum: Datum, place: Place): Answer<Destination | undefined> {
    if (isNull(datum)) return byDefault(undefined, datum, place);
    const answer = this.named(datum, place);
    if (!answer.known) return answer;
    const to = answer.value ?? "";
    return { ...answer, value: { kind: destinationKind(this.target(datum).service), to } };
  }

  delivered(datum: Datum, place: Place): Answer<Delivered> {
    const { item, service, text, reason } = this.target(datum);
    if (item?.type === "aws_lambda_function") return answer({ kind: "function", id: item.address });
    if (item?.type === "aws_sqs_queue") return answer({ kind: "queue", id: item.address });
    if (service === undefined || service === "lambda" || service === "sqs")
      return { known: false, reason, place: datum.place ?? place };
    return answer({ kind: "other", id: item?.address ?? text });

    function answer(value: Delivered): Answer<Delivered> {
      return { known: true, value, from: originFrom(datum), place: datum.place ?? place };
    }
  }
}

function originFrom(datum: Datum) {
  return datum.kind === "unknown" ? "literal" : datum.from;
}
