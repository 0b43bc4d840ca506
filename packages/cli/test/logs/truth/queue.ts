/** The queue and its pollers: receives, visibility, batches, the dead-letter queue and what comes back from it. */

import type { Agenda, Chance } from "./chance.ts";
import type { Settings } from "./definition.ts";
import { type Batch, type Message, QUEUE } from "./live.ts";

export class Queue {
  readonly #settings: Settings;
  readonly #chance: Chance;
  readonly #agenda: Agenda;
  readonly #invoke: (batch: Batch) => void;
  #gathering: Batch[number][] | undefined;

  constructor(settings: Settings, chance: Chance, agenda: Agenda, invoke: (batch: Batch) => void) {
    this.#settings = settings;
    this.#chance = chance;
    this.#agenda = agenda;
    this.#invoke = invoke;
  }

  send(key: string, atMs: number, by: Message["by"] = "producer"): void {
    const message: Message = {
      id: this.#chance.uuid(),
      key,
      source: QUEUE,
      sentAtMs: Math.round(atMs),
      by,
      receives: 0,
      firstReceivedAtMs: undefined,
      deleted: false,
      last: undefined,
    };
    this.#agenda.at(Math.round(atMs) + this.#chance.between(5, 60), () => this.#receive(message));
  }

  /** With the handle of an older receive the request succeeds and the message stays. */
  remove(message: Message, receive: number, atMs: number): void {
    this.#agenda.at(atMs, () => {
      if (message.receives === receive) message.deleted = true;
    });
  }

  #receive(message: Message): void {
    if (message.receives >= this.#settings.maxReceiveCount) {
      message.deleted = true;
      if (this.#chance.is(this.#settings.rates.redrive))
        this.send(message.key, this.#agenda.nowMs + this.#chance.between(60_000, 300_000), "redrive");
      return;
    }
    const { nowMs } = this.#agenda;
    message.receives++;
    message.firstReceivedAtMs ??= nowMs;
    const one = { message, receive: message.receives, receivedAtMs: nowMs };
    this.#agenda.at(nowMs + this.#settings.visibilitySeconds * 1_000, () => {
      if (!message.deleted && message.receives === one.receive) this.#receive(message);
    });
    this.#gather(one);
    if (this.#chance.is(this.#settings.rates.queueDuplicate))
      this.#agenda.at(nowMs + this.#chance.between(1, 500), () => this.#invoke([one]));
  }

  #gather(one: Batch[number]): void {
    if (!this.#gathering) {
      const batch = [one];
      this.#gathering = batch;
      this.#agenda.at(this.#agenda.nowMs + this.#settings.windowSeconds * 1_000 + 10, () =>
        this.#close(batch),
      );
    } else this.#gathering.push(one);
    if (this.#gathering.length >= this.#settings.batchSize) this.#close(this.#gathering);
  }

  #close(batch: Batch): void {
    if (this.#gathering !== batch) return;
    this.#gathering = undefined;
    this.#invoke(batch);
  }
}
