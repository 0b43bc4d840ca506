/** What handlers do, and what may become of their messages' effects. */

import { type Context, isOnceError, Permanent, type SqsMessage } from "@effectively-once/runtime";
import { type Environment, Refused } from "./environment.ts";
import type { Effect, Ledger } from "./ledger.ts";
import type { SimTx } from "./transactions.ts";

export interface Body {
  readonly work?: string;
  /** Differs where a producer sends the same key with other content. */
  readonly payload: number;
}
export type SimContext = Context<SimTx>;

export interface Program {
  readonly name: string;
  readonly effects: readonly Effect[];
  /** All but the last begin together. */
  readonly parallel?: boolean;
  /** The last one as well. */
  readonly together?: boolean;
}

const charge: Effect = { kind: "keyed", name: "charge" };
const points: Effect = { kind: "keyed", name: "points" };
const mail: Effect = { kind: "plain", name: "mail" };
const index: Effect = { kind: "repeatable", name: "index" };
const stock: Effect = { kind: "transact", name: "stock" };
const order: Effect = { kind: "commit", name: "order" };

export const PROGRAMS: readonly Program[] = [
  { name: "charge, then the row", effects: [charge, order] },
  { name: "a mail", effects: [mail] },
  { name: "charge, mail, row", effects: [charge, mail, order] },
  { name: "index, stock", effects: [index, stock] },
  { name: "stock, mail", effects: [stock, mail] },
  { name: "two charges beside each other, then the row", effects: [charge, points, order], parallel: true },
  { name: "the row beside its charge", effects: [charge, order], together: true },
  { name: "nothing but the key", effects: [] },
];

/** What a deploy adds in front: an attempt that began under the old code goes on under the new. */
const ADDED: Effect = { kind: "keyed", name: "added" };

export function effectsOf(program: Program, version: number): readonly Effect[] {
  return version === 0 ? program.effects : [ADDED, ...program.effects];
}

export interface Run {
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly program: Program;
  readonly version: number;
  readonly fence: number;
  readonly workMs: number;
  /** A handler has swallowed that the engine refused an effect. */
  readonly refused: () => void;
  /** What the handler itself does wrong this time. */
  readonly fault: "none" | "handler throws" | "handler throws Permanent" | "handler swallows errors";
}

export async function runProgram(message: SqsMessage<Body>, ctx: SimContext, run: Run): Promise<void> {
  const work = message.body.work ?? "";
  const effects = effectsOf(run.program, run.version);
  const last = effects.length - 1;
  const made = async (effect: Effect): Promise<void> => {
    try {
      await make(effect, work, ctx, run);
    } catch (error) {
      if (run.fault !== "handler swallows errors") throw error;
      if (forbidsCompletion(effect, error)) run.refused();
    }
  };
  if (run.program.together) {
    await Promise.all(effects.map(made));
    return;
  }
  if (run.program.parallel) await Promise.all(effects.slice(0, last).map(made));
  for (const [at, effect] of effects.entries()) {
    if (run.program.parallel && at < last) continue;
    await made(effect);
    if (at === 0 && run.fault === "handler throws") throw new Error("the handler failed");
    if (at === 0 && run.fault === "handler throws Permanent") throw new Permanent("the handler gave up");
  }
}

/** A commit that is not settled may be written yet, and then its message is completed. What else commit throws forbids it. */
function forbidsCompletion({ kind }: Effect, error: unknown): boolean {
  const code = isOnceError(error) ? error.code : "";
  if (kind === "commit") return code !== "store-error";
  return kind !== "transact" && ["fenced", "deadline", "in-doubt", "store-error"].includes(code);
}

async function make(effect: Effect, work: string, ctx: SimContext, run: Run): Promise<void> {
  run.ledger.answered(work, effect.name, await asked(effect, work, ctx, run));
}

function asked({ name, kind }: Effect, work: string, ctx: SimContext, run: Run): Promise<string> {
  const { environment, ledger, fence, workMs } = run;
  switch (kind) {
    case "keyed":
      return ctx.keyed(name, ({ key, signal }) =>
        environment.effect(name, () => ledger.keyed(work, name, key), workMs, signal),
      );
    case "repeatable":
      return ctx.repeatable(name, ({ signal }) =>
        environment.effect(name, () => ledger.repeatable(work, name), workMs, signal),
      );
    case "plain":
      return ctx.plain(
        name,
        ({ signal }) => environment.effect(name, () => ledger.plain(work, name, fence), workMs, signal),
        { didNotHappen: (error) => error instanceof Refused },
      );
    case "transact":
      return ctx.transact(name, (tx) => environment.effect(name, () => tx.insert(work, name), workMs));
    case "commit":
      return ctx.commit((tx) => environment.effect(name, () => tx.insert(work, name), workMs));
  }
}
