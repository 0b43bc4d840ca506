/** Messages that are written with the user's rows, and sent by a relay after they have committed. */

import { outgoing } from "../../correlation.ts";
import { current } from "../../engine/current.ts";
import { OnceError, typeOf } from "../../errors.ts";
import { systemRandom } from "../../ports.ts";

/** Of the SQL outboxes. */
export const DEFAULT_TABLE = "effectively_once_outbox";

export interface OutboxMessage {
  /** Where to: a queue's URL, a topic's ARN, whatever the relay's `send` understands. */
  readonly to: string;
  readonly body: string;
  /** Messages of one key are sent in the order in which they were committed. @default in no order */
  readonly key?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** As the relay hands it to `send`. */
export interface OutgoingMessage {
  /** The same each time that it is sent: what the receiver knows a second copy by. */
  readonly id: string;
  readonly to: string;
  readonly body: string;
  readonly key: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** 1 at the first try. */
  readonly tries: number;
}

/** A row of the outbox. `lane`: the key, or the id where there is none. */
export interface OutboxRow {
  readonly id: string;
  readonly lane: string;
  readonly to: string;
  readonly body: string;
  readonly key: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The correlation id of the message in hand goes along. */
export function rowsOf(messages: readonly OutboxMessage[]): readonly OutboxRow[] {
  const here = current();
  const carried = here ? Object.fromEntries(outgoing(here.context.correlationId, here.carrier)) : {};
  return messages.map(({ to, body, key, attributes }) => {
    for (const [name, value] of [
      ["to", to],
      ["body", body],
    ] as const)
      if (typeof value !== "string" || value === "")
        throw new OnceError(
          "invalid-option",
          `A message of the outbox needs \`${name}\`, a non-empty string, got ${value === "" ? "an empty one" : typeOf(value)}.`,
        );
    if (key !== undefined && (typeof key !== "string" || key === ""))
      throw new OnceError(
        "invalid-option",
        `The \`key\` of a message of the outbox is a non-empty string, got ${key === "" ? "an empty one" : typeOf(key)}. Leave it out for a message that needs no order.`,
      );
    const id = systemRandom.token();
    return { id, lane: key ?? `id:${id}`, to, body, key, attributes: { ...carried, ...attributes } };
  });
}

/** A row that this relay has taken, until its lease is over. */
export interface TakenRow extends OutboxRow {
  /** Names the row in its table. */
  readonly at: unknown;
  readonly tries: number;
}

/** From a row of a SQL table. */
export function takenRow(row: Readonly<Record<string, unknown>>, attributes: unknown): TakenRow {
  return {
    at: row["seq"],
    id: String(row["id"]),
    lane: String(row["lane"]),
    to: String(row["destination"]),
    body: String(row["body"]),
    key: typeof row["key"] === "string" ? row["key"] : undefined,
    attributes: attributes as Record<string, string>,
    tries: Number(row["tries"]),
  };
}

/** What a relay needs of a table of messages. Each call may be made by several relays at once. */
export interface OutboxTable {
  /** Takes up to `limit` rows, of each lane only the first, that nobody holds; counts the try. */
  take(limit: number, leaseMs: number): Promise<readonly TakenRow[]>;
  /** Removes a row that was sent. */
  sent(row: TakenRow): Promise<void>;
  /** Gives a row back, to be taken again after `ms` and not before. */
  later(row: TakenRow, ms: number): Promise<void>;
}
