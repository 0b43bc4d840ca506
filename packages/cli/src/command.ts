/** What each command has to have. */

import type { OptionTable } from "./option-tables.ts";
import type { Call } from "./options.ts";

/** What a command found out: data for programs, text for people. One place prints it. */
export interface Answer {
  /** 1: findings. */
  readonly exitCode: 0 | 1;
  /** `schemaVersion` is added to it. */
  readonly data?: object;
  /** Ends with a line end. */
  readonly text?: string;
}

export interface Command {
  readonly help: string;
  /** Its own, besides those that every command has. */
  readonly options: OptionTable;
  /** How many arguments that are no options it takes at most. */
  readonly maxPositionals: number;
  run(call: Call): Promise<Answer>;
}

/** A command that reads its own arguments and prints by itself. */
export interface Plain {
  readonly help: string;
  readonly plain: (args: readonly string[], interrupted: AbortSignal) => Promise<number>;
}
