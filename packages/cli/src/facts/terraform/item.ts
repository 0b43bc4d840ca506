/** What the readers of resources look at, whether a configuration or a plan said it. */

import type { Place } from "../value.ts";
import { type Datum, isNull, type MapDatum, NOTHING } from "./datum.ts";
import { Unseen } from "./worlds.ts";

/** The settings of a resource or of a block in it, in the world that is being read. */
export interface Section {
  /** `aws_sqs_queue.orders`, `aws_sqs_queue.orders.redrive_allow_policy`. */
  readonly pointer: string;
  /** Its head. */
  readonly place: Place;
  /** All of it: where what is missing would be written. */
  readonly settings: Place;
  /** `null` when it is not set. */
  get(name: string): Datum;
  /** @throws Unseen when it is not known whether there are any */
  sections(name: string): readonly Section[];
}

/** A resource, once for each instance of it. */
export interface Item extends Section {
  readonly type: string;
  /** `module.x.aws_sqs_queue.orders["a"]`. */
  readonly address: string;
  /** In the world that is being read. @throws Unseen */
  exists(): boolean;
  /** Where the source of a function lies on this disk. */
  sourceFolder(): string | undefined;
}

/** Blocks as data: in a plan, and in `.tf.json`. */
export class MapSection implements Section {
  readonly pointer: string;
  readonly place: Place;
  readonly settings: Place;
  readonly #data: MapDatum;

  constructor(pointer: string, place: Place, data: MapDatum) {
    this.pointer = pointer;
    this.place = { ...place, pointer };
    this.settings = { ...place, pointer };
    this.#data = data;
  }

  get(name: string): Datum {
    const datum = this.#data.entries.get(name) ?? NOTHING;
    return pointed(datum, `${this.pointer}.${name}`);
  }

  sections(name: string): readonly Section[] {
    return sectionsOf(this.get(name), `${this.pointer}.${name}`, this.place);
  }
}

/** A map is one block, a list of maps several. */
export function sectionsOf(datum: Datum, pointer: string, place: Place): readonly Section[] {
  if (isNull(datum)) return [];
  if (datum.kind === "map") return [new MapSection(pointer, datum.place ?? place, datum)];
  if (datum.kind === "list")
    return datum.items.flatMap((item, at) => {
      const own = datum.items.length > 1 ? `${pointer}[${at}]` : pointer;
      if (item.kind === "unknown") throw new Unseen(item.reason);
      return item.kind === "map" ? [new MapSection(own, item.place ?? place, item)] : [];
    });
  throw new Unseen(datum.kind === "unknown" ? datum.reason : `${pointer} is no block`);
}

/** What a value is called, where its place does not say so yet. */
export function pointed(datum: Datum, pointer: string): Datum {
  if (!datum.place || datum.place.pointer !== undefined) return datum;
  return { ...datum, place: { ...datum.place, pointer } };
}
