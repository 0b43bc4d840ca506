/** One region's calls: paced, tried again when throttled, and what was refused written down. */

import type { LiveAction } from "./policy.ts";
import { Pace, pause, type PaceOptions } from "../../aws/pace.ts";
import { troubleOf } from "../../aws/trouble.ts";

/** What a call came to. */
export type Answered<T> =
  | { readonly kind: "answer"; readonly value: T }
  /** `not allowed: lambda:ListAliases` */
  | { readonly kind: "unknown"; readonly reason: string }
  | { readonly kind: "gone" };

/** Of a list that ends early: what came before, and why it ended. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly reason?: string;
  readonly gone?: true;
}

export interface Refusal {
  readonly action: LiveAction;
  /** What it was asked about: `orders and 41 others`. */
  readonly what: string;
  readonly region: string;
  /** AWS's own words, of the first. */
  readonly message: string;
}

export interface Pacing {
  readonly lambda: PaceOptions;
  readonly sqs: PaceOptions;
  readonly cloudwatch: PaceOptions;
  /** Of the first retry of a throttled call; the next ones wait twice as long each. */
  readonly backoffMs: number;
}

/**
 * Lambda answers 15 control plane requests a second, of the whole account in that region, and of deployments too
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html): some are left to the others.
 */
export const PACING: Pacing = {
  lambda: { atOnce: 8, perSecond: 12 },
  sqs: { atOnce: 16, perSecond: 100 },
  cloudwatch: { atOnce: 2, perSecond: 10 },
  backoffMs: 250,
};

/** With the default pacing: over two minutes, besides what the SDK retries by itself. */
const MAX_TRIES = 15;
const LONGEST_BACKOFF_MS = 15_000;

export class Calls {
  readonly region: string;
  readonly #signal: AbortSignal;
  readonly #backoffMs: number;
  readonly #paces: Readonly<Record<string, Pace>>;
  readonly #refused = new Map<LiveAction, { readonly about: Set<string>; readonly message: string }>();
  /** How many calls were answered, even by "there is no such thing". */
  answers = 0;

  constructor(region: string, signal: AbortSignal, { lambda, sqs, cloudwatch, backoffMs }: Pacing) {
    this.region = region;
    this.#signal = signal;
    this.#backoffMs = backoffMs;
    this.#paces = { lambda: new Pace(lambda), sqs: new Pace(sqs), cloudwatch: new Pace(cloudwatch) };
  }

  /**
   * @param about for people, when it is refused: the function, the queue
   * @throws what no other call would survive: wrong credentials, no network, the signal's reason
   */
  async ask<T>(
    action: LiveAction,
    about: string,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<Answered<T>> {
    const pace = this.#paces[action.slice(0, action.indexOf(":"))] as Pace;
    return await pace.turn(async () => {
      for (let tries = 1; ; tries += 1) {
        const sentAtMs = await pace.step(this.#signal);
        try {
          const value = await send({ abortSignal: this.#signal });
          this.answers += 1;
          pace.answered();
          return { kind: "answer", value };
        } catch (error) {
          this.#signal.throwIfAborted();
          const trouble = troubleOf(error);
          if (trouble === "throttled" && tries < MAX_TRIES) {
            pace.throttled(sentAtMs);
            await pause(Math.min(this.#backoffMs * 2 ** (tries - 1), LONGEST_BACKOFF_MS), this.#signal);
            continue;
          }
          return this.#outcome(action, about, trouble, error);
        }
      }
    });
  }

  /** All pages of a list. */
  async list<Page, T>(
    action: LiveAction,
    about: string,
    send: (marker: string | undefined, options: { readonly abortSignal: AbortSignal }) => Promise<Page>,
    read: (page: Page) => { readonly items: readonly T[] | undefined; readonly next: string | undefined },
    seen?: (count: number) => void,
  ): Promise<Listed<T>> {
    const items: T[] = [];
    let marker: string | undefined;
    for (;;) {
      const from = marker;
      const answered = await this.ask(action, about, (options) => send(from, options));
      if (answered.kind === "gone") return { items, gone: true };
      if (answered.kind === "unknown") return { items, reason: answered.reason };
      const page = read(answered.value);
      items.push(...(page.items ?? []));
      seen?.(items.length);
      if (page.next === undefined || page.next === "") return { items };
      if (page.next === from) return { items, reason: `${action} answers the same page again and again` };
      marker = page.next;
    }
  }

  get refused(): readonly Refusal[] {
    return [...this.#refused].map(([action, { about, message }]) => {
      const [first = "", ...others] = about;
      const more = others.length === 1 ? ` and ${others[0]}` : ` and ${others.length} others`;
      return { action, what: others.length === 0 ? first : first + more, region: this.region, message };
    });
  }

  #outcome(
    action: LiveAction,
    about: string,
    trouble: ReturnType<typeof troubleOf>,
    error: unknown,
  ): Answered<never> {
    const said = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replace(
      /\.$/,
      "",
    );
    switch (trouble) {
      case "credentials":
      case "unreachable":
        throw error;
      case "gone":
        this.answers += 1;
        return { kind: "gone" };
      case "denied": {
        const refusal = this.#refused.get(action) ?? { about: new Set(), message: said };
        this.#refused.set(action, { ...refusal, about: refusal.about.add(about) });
        return { kind: "unknown", reason: `not allowed: ${action}` };
      }
      case "throttled":
        this.answers += 1;
        return { kind: "unknown", reason: `${action} was throttled ${MAX_TRIES} times (${said})` };
      case "failed":
        this.answers += 1;
        return { kind: "unknown", reason: `${action} failed (${said})` };
    }
  }
}
