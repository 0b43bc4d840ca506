/** The world outside: what handlers change, and who would notice that it was changed twice. */

import type { Laws } from "./laws.ts";

export type EffectKind = "keyed" | "repeatable" | "plain" | "transact" | "commit";

export interface Effect {
  readonly kind: EffectKind;
  readonly name: string;
}

export class Ledger {
  readonly #laws: Laws;
  readonly #keys = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #answers = new Map<string, string>();
  readonly #resolved = new Set<string>();
  /** Effects that a person has resolved as not done, while the old attempt could no longer run. */
  readonly #refused = new Set<string>();

  constructor(laws: Laws) {
    this.#laws = laws;
  }

  /** A service that remembers keys: a second call under the same one changes nothing, and is answered the same. */
  keyed(work: string, name: string, key: string): string {
    const at = `${work}/${name}`;
    const known = this.#keys.get(at);
    if (known === undefined) {
      this.#keys.set(at, key);
      this.#add(at);
    }
    this.#laws.check(
      "keyed-once",
      known === undefined || known === key,
      () => `${at} under ${key} after ${known}`,
    );
    return `${at} for ${key}`;
  }

  repeatable(work: string, name: string): string {
    this.#counts.set(`${work}/${name}`, 1);
    return `${work}/${name} again`;
  }

  plain(work: string, name: string, fence: number): string {
    const at = `${work}/${name}`;
    const count = this.#add(at);
    this.#laws.check("plain-once", count === 1, () => `${at} happened ${count} times`);
    this.#laws.check(
      "not-done-is-final",
      !this.#refused.has(`${at}/${fence}`),
      () => `${at} happened in attempt ${fence}, after it was resolved as not done`,
    );
    return `${at} by ${fence}`;
  }

  /** What a verb has answered. */
  answered(work: string, name: string, value: unknown): void {
    const at = `${work}/${name}`;
    const known = this.#answers.get(at);
    if (known === undefined) this.#answers.set(at, String(value));
    this.#laws.check(
      "same-value",
      this.#resolved.has(at) || (typeof value === "string" && value === (known ?? value)),
      () => `${at} answered ${String(value)}${known === undefined ? "" : ` after ${known}`}`,
    );
  }

  /** A person has said that it was done, and not what it gave. */
  resolve(work: string, name: string): void {
    this.#resolved.add(`${work}/${name}`);
  }

  rows(work: string, names: readonly string[]): void {
    for (const name of names) {
      const count = this.#add(`${work}/${name}`);
      this.#laws.check("transaction-once", count === 1, () => `${work}/${name}: ${count} rows`);
    }
  }

  has(work: string, name: string): boolean {
    return this.#counts.has(`${work}/${name}`);
  }

  /** No attempt up to this fence may do it any more. */
  refuse(work: string, name: string, fence: number): void {
    for (let each = 1; each <= fence; each += 1) this.#refused.add(`${work}/${name}/${each}`);
  }

  state(): string {
    return [...this.#counts, ...this.#keys, ...this.#refused, ...this.#answers, ...this.#resolved].join(" ");
  }

  #add(at: string): number {
    const count = (this.#counts.get(at) ?? 0) + 1;
    this.#counts.set(at, count);
    return count;
  }
}
