/** What the demo counted: the JSON it prints, and the one counter that reads every ledger. */

import type { ToldDelivery } from "./told.ts";

export interface SideCount {
  /** Orders and their resends. */
  readonly messages: number;
  /** How often a message was handed to the handler. */
  readonly deliveries: number;
  /** Charges at the payment service and rows in the orders table. */
  readonly effects: number;
  readonly duplicatedEffects: number;
  /** Orders that lack their charge or their row. */
  readonly lost: number;
}

export interface GuardedCount extends SideCount {
  /** Records that a person has to look at. */
  readonly inDoubt: number;
  /** How often each verdict was given; a process that was killed could not say its own. */
  readonly verdicts: Readonly<Record<string, number>>;
}

export interface DemoReport {
  readonly schemaVersion: 1;
  readonly seed: number;
  readonly store: string;
  readonly naive: SideCount;
  readonly naiveKeyed: SideCount;
  readonly guarded: GuardedCount;
}

/** By the word of each: a delivery whose store never answered has no verdict, and counts by how it ended. */
export function countVerdicts(told: readonly ToldDelivery[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { verdict, ending } of told) counts[verdict ?? ending] = (counts[verdict ?? ending] ?? 0) + 1;
  return counts;
}

/** Per order, one charge and one row are right. The same for every side. */
export function countEffects(
  orderIds: readonly string[],
  charges: readonly string[],
  rows: readonly string[],
): Pick<SideCount, "effects" | "duplicatedEffects" | "lost"> {
  const charged = new Set(charges);
  const inserted = new Set(rows);
  return {
    effects: charges.length + rows.length,
    duplicatedEffects: charges.length - charged.size + rows.length - inserted.size,
    lost: new Set(orderIds.filter((id) => !charged.has(id) || !inserted.has(id))).size,
  };
}
