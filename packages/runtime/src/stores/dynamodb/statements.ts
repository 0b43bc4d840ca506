/**
 * The PartiQL that this store sends. Values are always parameters; names are our own or checked.
 *
 * Of the language only what is documented for DynamoDB with plain examples: one `SET` with commas, equality in
 * `WHERE`. An attribute is never removed but set to NULL.
 */

import type { StoredRecord } from "../../store.ts";
import { changes, KEY_ATTRIBUTE, toItem } from "./item.ts";
import type { AttributeValue } from "./transport.ts";

/** As BatchExecuteStatement takes it. */
export interface Statement {
  readonly Statement: string;
  readonly Parameters: readonly AttributeValue[];
  readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD";
}

/**
 * Refused when there is an item of that key, whatever it holds. Whether the refusal brings that item along differs
 * (`docs/assumptions.md`); where it does not, it is read.
 */
export function insert(table: string, record: StoredRecord): Statement {
  const entries = Object.entries(toItem(record));
  return {
    Statement: `INSERT INTO "${table}" VALUE {${entries.map(([name]) => `'${name}': ?`).join(", ")}}`,
    Parameters: entries.map(([, value]) => value),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

/**
 * On the revision that was seen, and nothing else: a takeover on the owner's token alone would steal a lease that was
 * renewed since. The token tells revisions apart that are equal by chance, when the record was deleted and made anew.
 */
export function update(table: string, seen: StoredRecord, next: StoredRecord): Statement {
  const set = changes(seen, next);
  return {
    Statement:
      `UPDATE "${table}" SET ${set.map(([name]) => `"${name}" = ?`).join(", ")} ` +
      `WHERE "${KEY_ATTRIBUTE}" = ? AND "rev" = ? AND "token" = ?`,
    Parameters: [...set.map(([, value]) => value), { S: seen.id }, ...seenValues(seen)],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

function seenValues(seen: StoredRecord): readonly [AttributeValue, AttributeValue] {
  return [{ N: String(seen.rev) }, { S: seen.token }];
}

/** The same change as an action of TransactWriteItems. */
export function updateAction(table: string, seen: StoredRecord, next: StoredRecord): object {
  const set = changes(seen, next);
  const [rev, token] = seenValues(seen);
  return {
    Update: {
      TableName: table,
      Key: { [KEY_ATTRIBUTE]: { S: seen.id } },
      UpdateExpression: `SET ${set.map((_change, index) => `#n${index} = :v${index}`).join(", ")}`,
      ConditionExpression: "#rev = :seenRev AND #token = :seenToken",
      ExpressionAttributeNames: {
        ...Object.fromEntries(set.map(([name], index) => [`#n${index}`, name])),
        "#rev": "rev",
        "#token": "token",
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(set.map(([, value], index) => [`:v${index}`, value])),
        ":seenRev": rev,
        ":seenToken": token,
      },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

export function remove(table: string, id: string): Statement {
  return { Statement: `DELETE FROM "${table}" WHERE "${KEY_ATTRIBUTE}" = ?`, Parameters: [{ S: id }] };
}
