/** Names that other programs share with the runtime: tables, attributes, permissions. */

export { type DynamodbSchema, dynamodbSchema } from "./stores/dynamodb/schema.ts";
