/** The part of `pg` that is used, typed by ourselves: no type of ours imports a package that may not be installed. */

export interface PgResult {
  readonly rows: readonly Record<string, unknown>[];
  /** The command tag: what the server says it has done. */
  readonly command?: string | undefined;
  readonly rowCount?: number | null | undefined;
}

export interface PgQueryable {
  query(sql: string, values?: unknown[]): Promise<PgResult>;
}

/** A client as `pool.connect()` gives it. */
export interface PgPoolClient extends PgQueryable {
  release: (error?: Error | boolean) => void;
  on?(event: "error", listener: (error: Error) => void): unknown;
  removeListener?(event: "error", listener: (error: Error) => void): unknown;
}

export interface PgPool extends PgQueryable {
  connect(): Promise<PgPoolClient>;
  readonly options?: { readonly max?: number | undefined } | undefined;
  on?(event: "error", listener: (error: Error) => void): unknown;
  listenerCount?(event: "error"): number;
}

/** What a pool must look like for its clients to be given to transaction bodies. */
export interface PgPoolLike {
  connect(...values: never[]): unknown;
  query(...values: never[]): unknown;
}

/**
 * The client type of a user's pool: what a transaction body gets. `connect` of `pg` is overloaded, and inference
 * alone would pick the overload with a callback.
 */
export type PgClient<P> = P extends {
  connect: { (): Promise<infer C>; (callback: never): void };
}
  ? C
  : P extends { connect(): Promise<infer C> }
    ? C
    : never;

const DEFAULT_MAX = 10;

/** One connection is always left for claims, renewals and completions; a pool of one is used by turns. */
export function transactionsAtOnce(pool: PgPool): number {
  return Math.max(1, (pool.options?.max ?? DEFAULT_MAX) - 1);
}

/** Ends the connection whatever it is doing, so that nothing more of it is sent: a COMMIT least of all. */
export function cutOff(client: object): void {
  const { connection } = client as { connection?: { stream?: { destroy?: () => void } } };
  connection?.stream?.destroy?.();
}

const quiet = () => {};

/** A client that is checked out has no listener for errors, and one that breaks between two queries would end the process. */
export async function borrow(
  pool: PgPool,
): Promise<{ client: PgPoolClient; giveBack(broken: boolean): void }> {
  const client = await pool.connect();
  client.on?.("error", quiet);
  const release = client.release;
  return {
    client,
    giveBack(broken) {
      client.release = release;
      release.call(client, broken);
      client.removeListener?.("error", quiet);
    },
  };
}
