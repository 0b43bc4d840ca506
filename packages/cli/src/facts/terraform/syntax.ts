/** What stands in a Terraform file, as one shape for both of its languages (`.tf` and `.tf.json`). */

import type { Place } from "../value.ts";

export interface Body {
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly blocks: readonly Block[];
}

export interface Attribute {
  readonly name: string;
  readonly value: Expression;
  readonly place: Place;
}

export interface Block {
  /** `resource`, `dynamic`, `dead_letter_config`. */
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  /** From its first word to its `{`. */
  readonly head: Place;
  /** All of it. */
  readonly place: Place;
}

export type Expression = Shape & {
  readonly place: Place;
  /** As it is written, on one line. */
  readonly text: string;
};

export type Shape =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "template"; readonly parts: readonly TemplatePart[] }
  | { readonly kind: "tuple"; readonly items: readonly Expression[] }
  | {
      readonly kind: "object";
      readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
    }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  | {
      readonly kind: "splat";
      readonly of: Expression;
      /** What is taken of each. */
      readonly steps: readonly (string | Expression)[];
    }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expression[];
      /** The last argument is a list of arguments. */
      readonly spread: boolean;
    }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | ({ readonly kind: "for" } & ForExpression);

export interface ForExpression {
  readonly keyName?: string;
  readonly valueName: string;
  readonly over: Expression;
  /** Of an object: the key of each entry. */
  readonly key?: Expression;
  readonly value: Expression;
  readonly condition?: Expression;
  /** `=> value...` */
  readonly grouped: boolean;
}

export type TemplatePart =
  | string
  | Expression
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly yes: readonly TemplatePart[];
      readonly no: readonly TemplatePart[];
    }
  | {
      readonly kind: "each";
      readonly keyName?: string;
      readonly valueName: string;
      readonly over: Expression;
      readonly body: readonly TemplatePart[];
    };
