/**
 * The lines about messages in one run, put together: one slot for each message that the handler was given, however many
 * lines speak of it. A line that names a message id only, or a key only, belongs to the slot that has both.
 */

import type { DeliveryFailed, DeliverySeen, DeliveryTold } from "../model.ts";
import type { MessageLine } from "./runs.ts";

export interface Slot {
  messageId: string | undefined;
  key: string | undefined;
  readonly seen: DeliverySeen[];
  readonly told: DeliveryTold[];
  /** Where the first line that names it stands among those of the run. */
  place: number;
  failed: boolean;
  /** Whether one of several messages failed, and nothing says whether it was this one. */
  doubtful: boolean;
  /** The highest receive count of the messages that this one may be. */
  receiveCount: number | undefined;
}

export interface Slots {
  /** In the order in which the log names them first. */
  readonly slots: readonly Slot[];
  /** Messages that are in keyed slots, and nothing says in which. */
  readonly unpaired: number;
  /** Lines that name neither a key nor a message. */
  readonly nameless: number;
}

/** @param lines in the order of time */
export function slotsOf(lines: readonly MessageLine[]): Slots {
  const table = new Table();
  const failures: { readonly failure: DeliveryFailed; readonly place: number }[] = [];
  let nameless = 0;
  // What has both names comes first: the others are found by it.
  for (const wanted of [3, 2, 1, 0]) {
    for (const [place, line] of lines.entries()) {
      if (names(line) !== wanted) continue;
      if (line.kind === "delivery-failed") failures.push({ failure: line, place });
      // What a guard tells of is a delivery, even where it has found no key.
      else if (wanted === 0 && line.kind === "delivery") nameless += 1;
      else table.add(line, place);
    }
  }
  const unpaired = table.pair();
  for (const { failure, place } of failures) if (!table.fail(failure, place)) nameless += 1;
  const slots = [...table.slots].sort((left, right) => left.place - right.place);
  return { slots, unpaired, nameless };
}

class Table {
  slots: Slot[] = [];
  readonly #byMessage = new Map<string, Slot[]>();
  readonly #byKey = new Map<string, Slot[]>();
  #dropped = 0;

  add(line: DeliverySeen | DeliveryTold, place: number): void {
    const { key, messageId } = line;
    const fitting = this.#fitting(key, messageId);
    const into = fitting.length > 0 ? fitting : [this.#open(key, messageId, place)];
    if (line.kind === "told") {
      // Two messages of one key are told of one by one.
      into.reduce((least, slot) => (slot.told.length < least.told.length ? slot : least)).told.push(line);
    } else {
      // A message with several keys is described once, for all of them; which message of a key is meant is not said.
      for (const slot of messageId === undefined ? into.slice(0, 1) : into) slot.seen.push(line);
    }
    for (const slot of into) slot.place = Math.min(slot.place, place);
  }

  /**
   * Slots that know only their key, and others that know only their message, are the same messages. Which is which cannot
   * be told when there are several: then the keys stay, and each may be the message that was received most often.
   */
  pair(): number {
    const keyed = this.slots.filter((slot) => slot.key !== undefined && slot.messageId === undefined);
    const known = this.slots.filter(
      (slot) => slot.key === undefined && slot.messageId !== undefined && slot.told.length === 0,
    );
    const [one, other] = [keyed[0], known[0]];
    if (!one || !other) return 0;
    const gone = new Set(known);
    this.slots = this.slots.filter((slot) => !gone.has(slot));
    for (const { messageId } of known) this.#byMessage.delete(messageId as string);
    if (keyed.length === 1 && known.length === 1) {
      one.messageId = other.messageId;
      one.seen.push(...other.seen);
      one.place = Math.min(one.place, other.place);
      this.#byMessage.set(one.messageId as string, [one]);
      return 0;
    }
    let most = 1;
    for (const { seen } of known)
      for (const { receiveCount = 1 } of seen) most = Math.max(most, receiveCount);
    if (most > 1) for (const slot of keyed) slot.receiveCount = most;
    this.#dropped += known.length;
    return known.length;
  }

  /** @returns whether it names anything */
  fail({ key, messageId }: DeliveryFailed, place: number): boolean {
    if (key === undefined && messageId === undefined) return false;
    const fitting = this.#fitting(key, messageId);
    if (fitting.length === 1 || (messageId !== undefined && fitting.length > 0)) {
      for (const slot of fitting) {
        slot.key ??= key;
        slot.messageId ??= messageId;
        slot.failed = true;
      }
      return true;
    }
    // Several messages of one key, of which one has failed; or one that may be any whose other name only is known.
    const others =
      fitting.length > 0
        ? fitting
        : this.slots.filter((slot) => (messageId === undefined ? slot.key : slot.messageId) === undefined);
    const [lone] = others;
    if (lone === undefined) {
      this.#open(key, messageId, place).failed = true;
    } else if (this.slots.length === 1 && this.#dropped === 0) {
      lone.key ??= key;
      lone.messageId ??= messageId;
      lone.failed = true;
    } else {
      for (const slot of others) slot.doubtful = true;
    }
    return true;
  }

  #fitting(key: string | undefined, messageId: string | undefined): readonly Slot[] {
    const keyed = key === undefined ? [] : (this.#byKey.get(key) ?? []);
    if (messageId === undefined) return keyed;
    const known = this.#byMessage.get(messageId) ?? [];
    if (key === undefined) return known;
    const both = known.filter((slot) => slot.key === key || slot.key === undefined);
    return both.length > 0 ? both : keyed.filter((slot) => slot.messageId === undefined);
  }

  #open(key: string | undefined, messageId: string | undefined, place: number): Slot {
    const slot: Slot = {
      messageId,
      key,
      seen: [],
      told: [],
      place,
      failed: false,
      doubtful: false,
      receiveCount: undefined,
    };
    this.slots.push(slot);
    if (key !== undefined) listed(this.#byKey, key, slot);
    if (messageId !== undefined) listed(this.#byMessage, messageId, slot);
    return slot;
  }
}

function listed(map: Map<string, Slot[]>, name: string, slot: Slot): void {
  const list = map.get(name);
  if (list) list.push(slot);
  else map.set(name, [slot]);
}

function names({ key, messageId }: MessageLine): number {
  return (key === undefined ? 0 : 2) + (messageId === undefined ? 0 : 1);
}
