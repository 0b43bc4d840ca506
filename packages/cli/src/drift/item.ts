/** What comparing templates with an account comes to: plain data, as `doctor --format json` has it under `drift`. */

import type { Place, World } from "../facts/value.ts";

export type Thing = "function" | "queue" | "mapping";
/** `null`: none is set. */
export type Plain = string | number | boolean | null;

/** How a thing of a template was found in the account: `generated-name` is a guess, by what CloudFormation calls things. */
export type MatchedBy = "name" | "generated-name" | "ends";

export interface Said {
  readonly value: Plain;
  /** `default`: nobody set it. */
  readonly from: string;
  /** In which cases of the template; without it, in all. */
  readonly when?: World;
  readonly place?: Place;
}

interface OfTemplate {
  readonly thing: Thing;
  /** As in the template. */
  readonly id: string;
  readonly file: string;
  readonly place?: Place;
}

interface OfAccount {
  /** Its name there; of a mapping, its UUID. */
  readonly liveId: string;
  /** `account/region` */
  readonly account: string;
  readonly arn?: string;
}

export type DriftItem =
  | (OfTemplate &
      OfAccount & {
        readonly status: "differs";
        readonly setting: string;
        readonly matchedBy: MatchedBy;
        /** More than one where the template has cases; none of them is what is live. */
        readonly template: readonly Said[];
        readonly live: Said;
      })
  | (OfTemplate & { readonly status: "only-in-template"; readonly reason?: string })
  | (OfAccount & {
      readonly status: "only-live";
      readonly thing: Thing;
      /** For a mapping: what it connects. */
      readonly between?: string;
      /** Whether it touches something that a template names, or lies in its stack; others may have nothing to do with it. */
      readonly near: boolean;
    })
  | (OfTemplate &
      Partial<OfAccount> & {
        readonly status: "not-compared";
        /** Without it: the whole thing. */
        readonly setting?: string;
        readonly reason: string;
      });
