/** What the table looks like and what a role must be allowed: for `setup`, and for whoever writes templates. */

export interface DynamodbSchema {
  /** The partition key, a string. There is no sort key and no index. */
  readonly keyAttribute: "id";
  readonly keyType: "S";
  /** Time to live: epoch seconds, past the record's own expiry. NULL on a record that must stay. */
  readonly ttlAttribute: "expires_at_seconds";
  readonly billingMode: "PAY_PER_REQUEST";
  /** IAM actions, all on the table of records unless said otherwise. */
  readonly actions: {
    /** What every handler needs. PartiQL has actions of its own (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html). */
    readonly handler: readonly string[];
    /** Besides, for `transact` and `commit` (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html). */
    readonly transactions: readonly string[];
    /** On your own tables, for what a transaction's body asks: `put`, `update`, `delete`, `check` in this order. */
    readonly ownTables: readonly string[];
    /** Besides, for `check()`. */
    readonly check: readonly string[];
    /** For `setup()`. */
    readonly setup: readonly string[];
    /** For the operator: list, resolve, rerun, forget. */
    readonly operator: readonly string[];
  };
}

/** The one place that names the table's attributes and the IAM actions. */
export const dynamodbSchema: DynamodbSchema = {
  keyAttribute: "id",
  keyType: "S",
  ttlAttribute: "expires_at_seconds",
  billingMode: "PAY_PER_REQUEST",
  actions: {
    handler: ["dynamodb:BatchGetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"],
    transactions: ["dynamodb:UpdateItem"],
    ownTables: [
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:ConditionCheckItem",
    ],
    check: ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"],
    setup: [
      "dynamodb:CreateTable",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:UpdateTimeToLive",
    ],
    operator: ["dynamodb:BatchGetItem", "dynamodb:PartiQLDelete", "dynamodb:PartiQLUpdate", "dynamodb:Scan"],
  },
};
