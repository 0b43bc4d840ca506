/** What each command has to have. */

import type { OptionTable } from "./option-tables.ts";
import type { Call } from "./options.ts";

/** What a command found out: data for programs, text for people. One place prints it. */
export interface Answer {
  /** 1: findings. 2: a part of what was asked for could not be read; the rest is answered. */
  readonly exitCode: 0 | 1 | 2;
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
  /** Settings of its section in the configuration file that are no options: lists and objects, which it reads itself. */
  readonly structured?: readonly string[];
  /**
   * For one that has more formats than pretty and json, or several at once: whether stdout carries JSON.
   *
   * @throws Usage for a format that it does not have
   */
  readonly stdoutFormat?: (formats: readonly string[], json: boolean) => "pretty" | "json";
  run(call: Call): Promise<Answer>;
}

/** A command that reads its own arguments and prints by itself. */
export interface Plain {
  readonly help: string;
  readonly plain: (args: readonly string[], interrupted: AbortSignal) => Promise<number>;
}
