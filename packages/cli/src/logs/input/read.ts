/** Logs to entries: the whole of reading files in one function. */

import { EntryReader } from "../formats/reader.ts";
import { type InputOptions, openInputs } from "./open.ts";
import type { InputProblem } from "./open.ts";
import { type Asked, expressionsOf } from "../keys/expressions.ts";
import type { Entry } from "../model.ts";

export interface Reading {
  /** Complete when all entries were read. */
  readonly problems: readonly InputProblem[];
  /** Once. @throws as `Inputs.batches` */
  entries(): AsyncGenerator<readonly Entry[]>;
}

/** @throws Usage for paths where nothing is, and for expressions that are not understood */
export async function readFiles(
  paths: readonly string[],
  asked: Asked,
  options: InputOptions,
): Promise<Reading> {
  const reader = new EntryReader(options.counts, expressionsOf(asked));
  const inputs = await openInputs(paths, options);
  async function* entries(): AsyncGenerator<readonly Entry[]> {
    for await (const batch of inputs.batches()) {
      const found = reader.read(batch);
      if (found.length > 0) yield found;
    }
    const rest = reader.end();
    if (rest.length > 0) yield rest;
  }
  return { problems: inputs.problems, entries };
}
