/** What a transaction's body gets: it collects actions, and all of them are written together with the record, or none. */

import { OnceError, typeOf } from "../../errors.ts";
import { marshalItem } from "./marshal.ts";

/** A condition on one item, in DynamoDB's expression language, with plain values. */
export interface DynamoCondition {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  /** Plain values by placeholder: `{ ":stock": 3 }`. */
  readonly ExpressionAttributeValues?: object | undefined;
}
export interface DynamoPut extends DynamoCondition {
  readonly TableName: string;
  /** The whole item, in plain values. */
  readonly Item: object;
}
export interface DynamoUpdate extends DynamoCondition {
  readonly TableName: string;
  readonly Key: object;
  readonly UpdateExpression: string;
}
export interface DynamoDelete extends DynamoCondition {
  readonly TableName: string;
  readonly Key: object;
}
export interface DynamoCheck extends DynamoCondition {
  readonly TableName: string;
  readonly Key: object;
  readonly ConditionExpression: string;
}

/**
 * The transaction that `commit` and `transact` give on DynamoDB: at most 99 actions, in any tables of the same account
 * and region, no two on one item. Nothing is sent before the body has returned, so it reads nothing back.
 *
 * Plain values: strings, numbers, bigints, booleans, null, arrays, plain objects, Maps, bytes, and Sets of strings,
 * numbers or bytes.
 */
export interface DynamoTx {
  /** Writes an item, in place of the one that has its key; throws `unstorable-value` for what DynamoDB cannot hold. */
  put(action: DynamoPut): void;
  update(action: DynamoUpdate): void;
  delete(action: DynamoDelete): void;
  /** Writes nothing, and the transaction fails when the condition does not hold. */
  check(action: DynamoCheck): void;
}

export type ActionKind = keyof DynamoTx;

export interface Action {
  readonly kind: ActionKind;
  readonly table: string;
  /** As TransactWriteItems takes it. */
  readonly item: object;
}

/** TransactWriteItems takes 100 actions, and one is the record's own. */
export const MAX_ACTIONS = 99;

const CONDITION = ["ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"];
const FIELDS: Readonly<Record<ActionKind, readonly string[]>> = {
  put: ["TableName", "Item", ...CONDITION],
  update: ["TableName", "Key", "UpdateExpression", ...CONDITION],
  delete: ["TableName", "Key", ...CONDITION],
  check: ["TableName", "Key", ...CONDITION],
};
const REQUIRED: Readonly<Record<ActionKind, readonly string[]>> = {
  put: ["TableName"],
  update: ["TableName", "UpdateExpression"],
  delete: ["TableName"],
  check: ["TableName", "ConditionExpression"],
};
const API_NAMES: Readonly<Record<ActionKind, string>> = {
  put: "Put",
  update: "Update",
  delete: "Delete",
  check: "ConditionCheck",
};

export class Actions {
  readonly #actions: Action[] = [];
  #ended = false;
  readonly tx: DynamoTx = {
    put: (action) => this.#add("put", action),
    update: (action) => this.#add("update", action),
    delete: (action) => this.#add("delete", action),
    check: (action) => this.#add("check", action),
  };

  /** What was collected; from now on the `tx` that the body was given throws. */
  end(): readonly Action[] {
    this.#ended = true;
    return this.#actions;
  }

  /** Values are taken as they are now: what the body changes of them later is not written. */
  #add(kind: ActionKind, given: object): void {
    if (this.#ended)
      throw new OnceError(
        "verb-after-end",
        `tx.${kind} was called after the transaction's body had ended. Await everything in it before it returns.`,
      );
    if (this.#actions.length >= MAX_ACTIONS)
      throw new OnceError(
        "invalid-option",
        `A transaction on DynamoDB takes ${MAX_ACTIONS} actions besides the record's own, and this body asks for more. Use several \`transact\` steps.`,
      );
    this.#actions.push(actionOf(kind, given));
  }
}

function actionOf(kind: ActionKind, given: object): Action {
  const what = `tx.${kind}`;
  if (typeof given !== "object" || given === null)
    throw wrong(`${what} takes an object, got ${typeOf(given)}.`);
  const fields = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields))
    if (!FIELDS[kind].includes(name))
      throw wrong(`${what} has no field ${name}. It has: ${FIELDS[kind].join(", ")}.`);
  for (const name of REQUIRED[kind])
    if (typeof fields[name] !== "string" || fields[name] === "")
      throw wrong(`${what}: ${name} must be a string that is not empty, got ${typeOf(fields[name])}.`);
  const item: Record<string, unknown> = { ...fields };
  const key = kind === "put" ? "Item" : "Key";
  item[key] = marshalItem(`${what}: ${key}`, fields[key]);
  const values = fields["ExpressionAttributeValues"];
  if (values !== undefined)
    item["ExpressionAttributeValues"] = marshalItem(`${what}: ExpressionAttributeValues`, values);
  return { kind, table: String(fields["TableName"]), item: { [API_NAMES[kind]]: item } };
}

function wrong(message: string): OnceError {
  return new OnceError("invalid-option", message);
}
