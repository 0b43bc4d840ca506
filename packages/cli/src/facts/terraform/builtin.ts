/** What a function of Terraform is here. */

import type { Place } from "../value.ts";
import type { Datum } from "./datum.ts";
import type { Worlds } from "./worlds.ts";

/** How files beside the configuration are read. */
export interface Reading {
  text(path: string): string | undefined;
}

export interface Asked extends Reading {
  readonly place: Place;
  readonly worlds: Worlds;
}

export type Builtin = (args: readonly Datum[], asked: Asked) => Datum;
