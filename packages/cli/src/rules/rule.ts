/** What a rule is: a pure function over facts. It never reads a file, and never asks AWS. */

import type { Facts } from "../facts/model.ts";
import type { Place, World } from "../facts/value.ts";

export type Severity = "error" | "warning" | "info";
export const PROFILES = ["minimal", "recommended", "strict"] as const;
export type Profile = (typeof PROFILES)[number];

export interface Rule {
  /** `DUP001`. */
  readonly id: string;
  /** `visibility-below-timeout`. */
  readonly name: string;
  /** One line: what it fires on. */
  readonly title: string;
  /** How it counts in each profile; a check may say another severity for a case that is worse. */
  readonly severity: Readonly<Record<Profile, Severity | "off">>;
  /** One sentence: what happens when it is left so. */
  readonly why: string;
  /** One sentence: what to do. */
  readonly fix: string;
  /** The statement of AWS that it rests on. `undefined`: there is none, and its page says so. */
  readonly source?: string;
  /** One outcome per subject that it is about. What it is not about has none, or `not-applicable` with the reason. */
  check(facts: Facts): readonly Outcome[];
}

/** What an outcome is about; the ids are those of the facts. */
export interface Subject {
  readonly function?: string;
  readonly queue?: string;
  readonly mapping?: string;
  /** Any other thing: a pipe, a rule's target, a table. */
  readonly other?: string;
}

export interface Fix {
  readonly file: string;
  /** As in {@link Place}. One that is not there yet is to be written. */
  readonly pointer: string;
  /** `undefined`: nothing is written there now. */
  readonly from: unknown;
  readonly to: unknown;
}

export type Outcome = { readonly subject: Subject; readonly when?: World } & (
  | {
      readonly status: "fail";
      /** When it differs from the profile's. */
      readonly severity?: Severity;
      /** One or two sentences with the numbers in them. */
      readonly message: string;
      /** The inequality with its numbers: `30 < 60`. */
      readonly formula?: string;
      readonly place?: Place;
      /** What else it stands on: the function's timeout, the mapping's window. */
      readonly related?: readonly { readonly place: Place; readonly message: string }[];
      readonly fixes?: readonly Fix[];
      /** For the picture: what happens when, in seconds from the receive. */
      readonly timeline?: readonly TimelineBar[];
    }
  | { readonly status: "unknown"; readonly reason: string; readonly place?: Place }
  | { readonly status: "pass" }
  | { readonly status: "not-applicable"; readonly reason: string }
);

/** One bar of the drawn mechanism: `invisible`, 0 to 30. */
export interface TimelineBar {
  readonly label: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}
