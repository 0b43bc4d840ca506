/** The guard switched off: every delivery is taken for a new one. For tests of what a handler does, never by accident in production. */

import { OnceError } from "../errors.ts";
import type { Random } from "../ports.ts";
import type { ClaimRequest, Owner, Store, TransactRequest, Won, Written } from "../store.ts";

const VARIABLE = "EFFECTIVELY_ONCE_DISABLED";
const IN_PRODUCTION = "yes-in-production";

/**
 * Whether the environment says so. Inside Lambda only `yes-in-production` does: a variable that was left behind by a
 * test must not take the guard off a pipeline.
 */
export function guardDisabled(env: Readonly<Record<string, string | undefined>>): boolean {
  const value = env[VARIABLE];
  if (value === undefined || ["", "0", "false", "no"].includes(value.toLowerCase())) return false;
  const inLambda = env["AWS_LAMBDA_FUNCTION_NAME"] !== undefined;
  if (!inLambda || value === IN_PRODUCTION) return true;
  throw new OnceError(
    "guard-disabled",
    `${VARIABLE} is set to "${value.slice(0, 40)}" inside Lambda: without the guard every redelivery takes effect again. ` +
      `Remove the variable, or set it to "${IN_PRODUCTION}" if that is what you mean.`,
  );
}

export function disabledWarning(): OnceError {
  return new OnceError(
    "guard-disabled",
    `The guard is switched off (${VARIABLE}): every delivery runs, duplicates too. Remove the variable to switch it on.`,
  );
}

/** `store` without its memory: claims are won, writes are taken, and only a transaction reaches the database. */
export function unguarded<Tx>(store: Store<Tx>, random: Random): Store<Tx> {
  const written = (items: readonly unknown[]): Promise<readonly Written[]> =>
    Promise.resolve(items.map((): Written => ({ kind: "written" })));

  /** A record of its own for each transaction, so that its fenced write has something to write to. */
  async function freshOwner(): Promise<Owner> {
    const token = random.token();
    const id = random.token() + random.token();
    const request: ClaimRequest = {
      id,
      scope: "disabled",
      label: "disabled",
      token,
      leaseMs: 60_000,
      runMs: 60_000,
      retentionMs: 60_000,
    };
    const [claim] = await store.claim([request]);
    if (claim?.kind === "won") return { id, token, fence: claim.fence };
    throw claim?.kind === "error" ? claim.error : disabledWarning();
  }

  const quiet: Store<Tx> = {
    traits: store.traits,
    setup: () => store.setup(),
    check: () => store.check(),
    close: () => store.close(),
    read: (ids) => store.read(ids),
    list: (query) => store.list(query),
    resolve: (resolution) => store.resolve(resolution),
    rerun: (ids) => store.rerun(ids),
    forget: (ids) => store.forget(ids),
    claim: (requests) => Promise.resolve(requests.map(first)),
    complete: written,
    fail: written,
    release: written,
    renew: written,
    checkpoint: written,
  };
  if (!store.transact) return quiet;
  return {
    ...quiet,
    transact: async <T>(request: TransactRequest<T>, body: (tx: Tx) => Promise<T>) => {
      const owner = await freshOwner();
      // Called on the store itself: a store may be an instance of a class.
      return await (store as Required<Store<Tx>>).transact<T>({ ...request, owner }, body);
    },
  };
}

function first(request: ClaimRequest): Won {
  return {
    kind: "won",
    verdict: "first",
    fence: 1,
    attempts: 1,
    generation: 0,
    firstAttemptAtMs: 0,
    nowMs: 0,
    leaseUntilMs: request.leaseMs,
    steps: {},
  };
}
