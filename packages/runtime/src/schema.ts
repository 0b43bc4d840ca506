/** Names that other programs share with the runtime: tables, attributes, permissions. */

export { EVENT_KIND, EVENTS_VARIABLE } from "./engine/event-channel.ts";
export { type DynamodbSchema, dynamodbSchema } from "./stores/dynamodb/schema.ts";
export { postgresSetupSql } from "./stores/postgres/schema.ts";
export { sqliteSetupSql } from "./stores/sqlite/schema.ts";
