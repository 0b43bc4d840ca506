export type { OutboxMessage, OutgoingMessage } from "./message.ts";
export { postgresOutbox, type PostgresOutboxOptions, postgresOutboxSetupSql } from "./postgres.ts";
export type { Drained, Outbox, Relay, RelayOptions } from "./relay.ts";
export { OUTBOX_ID_ATTRIBUTE, snsSender, sqsSender } from "./senders.ts";
export { sqliteOutbox, type SqliteOutbox, type SqliteOutboxOptions } from "./sqlite.ts";
export { dynamodbOutbox, type DynamodbOutboxOptions } from "./dynamodb.ts";
