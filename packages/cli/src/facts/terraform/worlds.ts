/**
 * What a configuration leaves open, tried one way after the other: a reader is run again for each way in which the
 * choices that it meets can be taken. The alternatives of a choice are the values that the configuration compares it
 * with anywhere; since those are learnt on the way, everything is read until nothing new is learnt.
 */

import { type Answer, type Case, unknown, type Value, type World } from "../value.ts";
import { isNull, type ScalarDatum } from "./datum.ts";

/** What a choice is called when it is none of the values that it is compared with. */
export const ANOTHER = "another value";

/** Ways beyond these are not looked at one by one. */
const MAX_WAYS = 256;
const MAX_ROUNDS = 6;

/** Thrown by a reader: in this world Terraform would refuse the configuration, so nothing is deployed. */
export class Impossible extends Error {
  override readonly name = "Impossible";
}

/** Thrown by a reader: what it needs is not known, for this reason. */
export class Unseen extends Error {
  override readonly name = "Unseen";
}

interface Domain {
  default?: ScalarDatum;
  readonly compared: Map<string, ScalarDatum>;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export class Worlds {
  /** How often a choice was asked for: who sees it unchanged depends on none. */
  asked = 0;
  readonly #domains = new Map<string, Domain>();
  readonly #bounds = new Map<string, Bounds>();
  #world: Record<string, string> = {};
  #looked = new Set<string>();
  #open: World[] = [];
  #learnt = false;

  /** Runs `read` until it learns nothing new of what is compared with what. */
  settled<T>(read: () => T): T {
    for (let round = 1; ; round += 1) {
      this.#learnt = false;
      const result = read();
      if (!this.#learnt || round === MAX_ROUNDS) return result;
    }
  }

  /** @param exists whether the thing is deployed: worlds in which it is not are left out, if there are others */
  all<T>(read: () => Answer<T>, exists?: () => boolean): Value<T> {
    const cases: Case<T>[] = [];
    const without: Case<T>[] = [];
    this.#open = [{}];
    let ways = 0;
    for (let world = this.#open.pop(); world; world = this.#open.pop()) {
      ways += 1;
      if (ways > MAX_WAYS) return unknown(`it depends on more than ${MAX_WAYS} combinations of values`);
      this.#world = { ...world };
      const there = exists ? isThere(exists) : true;
      const answer = answered(read);
      if (answer) (there ? cases : without).push({ when: this.#world, answer });
    }
    this.#world = {};
    const [first, ...rest] = simplified(cases.length > 0 ? cases : without);
    if (!first) return unknown("no value of the variables makes the configuration valid");
    return { cases: [first, ...rest] };
  }

  /** Which choices `work` looked at: its result holds as long as they stand as they do now. */
  watched<T>(work: () => T): { readonly value: T; readonly looked: ReadonlySet<string> } {
    const outer = this.#looked;
    const looked = new Set<string>();
    this.#looked = looked;
    try {
      return { value: work(), looked };
    } finally {
      this.#looked = outer;
      for (const label of looked) outer.add(label);
    }
  }

  look(label: string): void {
    this.#looked.add(label);
  }

  /** How a choice stands: what was taken, if it was decided. */
  state(label: string): string | undefined {
    return this.#world[label];
  }

  /** What a variable was decided to be in this world. */
  taken(label: string): ScalarDatum | typeof ANOTHER | undefined {
    this.look(label);
    const name = this.#world[label];
    if (name === undefined) return undefined;
    if (name === ANOTHER) return ANOTHER;
    const domain = this.#domains.get(label);
    return domain?.compared.get(name) ?? domain?.default;
  }

  /**
   * Decides `label` among all that it is compared with.
   *
   * @param candidates what it is compared with here
   * @param byDefault its default, which comes first
   */
  choose(label: string, candidates: readonly ScalarDatum[], byDefault?: ScalarDatum): string {
    const domain: Domain = this.#domains.get(label) ?? { compared: new Map() };
    this.#domains.set(label, domain);
    if (byDefault) domain.default ??= byDefault;
    for (const candidate of candidates)
      if (!domain.compared.has(nameOf(candidate))) {
        domain.compared.set(nameOf(candidate), candidate);
        this.#learnt = true;
      }
    return this.decide(label, alternatives(domain));
  }

  /** Decides a condition of which nothing but its text is known. */
  decide(label: string, ways: readonly string[]): string {
    this.asked += 1;
    this.look(label);
    const taken = this.#world[label];
    if (taken !== undefined) return taken;
    const [first = ANOTHER, ...others] = ways;
    for (const other of others.toReversed()) this.#open.push({ ...this.#world, [label]: other });
    this.#world[label] = first;
    return first;
  }

  bounds(label: string): Bounds | undefined {
    return this.#bounds.get(label);
  }

  /** AWS takes no other values there. */
  limit(label: string, { min, max }: Bounds): void {
    const before = this.#bounds.get(label);
    const after = {
      min: Math.max(min, before?.min ?? -Infinity),
      max: Math.min(max, before?.max ?? Infinity),
    };
    if (after.min > after.max || (after.min === before?.min && after.max === before.max)) return;
    this.#bounds.set(label, after);
    this.#learnt = true;
  }
}

/** What is not known to be there may be. */
function isThere(exists: () => boolean): boolean {
  try {
    return exists();
  } catch (error) {
    if (error instanceof Unseen) return true;
    if (error instanceof Impossible) return false;
    throw error;
  }
}

function answered<T>(read: () => Answer<T>): Answer<T> | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Impossible) return undefined;
    if (error instanceof Unseen) return { known: false, reason: error.message };
    throw error;
  }
}

/** A default that is compared with nothing stands for all other values; otherwise there are others. */
function alternatives({ default: byDefault, compared }: Domain): readonly string[] {
  const names = [...compared.keys()];
  const first = byDefault && nameOf(byDefault);
  const booleans = names.includes("true") && names.includes("false");
  const others = booleans || (first !== undefined && !compared.has(first)) ? [] : [ANOTHER];
  return [...(first === undefined ? [] : [first]), ...names.filter((name) => name !== first), ...others];
}

export function nameOf(datum: ScalarDatum): string {
  if (isNull(datum)) return "null";
  return datum.value === "" ? '""' : String(datum.value);
}

/** A choice that changes nothing is left out. */
function simplified<T>(cases: readonly Case<T>[]): readonly Case<T>[] {
  let rest = cases;
  const labels = new Set(cases.flatMap(({ when }) => Object.keys(when)));
  for (const label of labels) {
    if (rest.some(({ when }) => !Object.hasOwn(when, label))) continue;
    const groups = Map.groupBy(rest, ({ when }) =>
      JSON.stringify(Object.entries(without(when, label)).toSorted()),
    );
    const ways = new Set(rest.map(({ when }) => when[label])).size;
    const idle = [...groups.values()].every(
      (group) =>
        group.length === ways && new Set(group.map(({ answer }) => JSON.stringify(answer))).size === 1,
    );
    if (idle)
      rest = [...groups.values()].flatMap(([one]) =>
        one ? [{ when: without(one.when, label), answer: one.answer }] : [],
      );
  }
  return rest;
}

function without(world: World, label: string): World {
  const { [label]: _, ...rest } = world;
  return rest;
}
