/** Sources for the tests of code reading, in memory. */

import { relative } from "node:path";
import { readCode } from "../../src/facts/code/read.ts";
import type { Files } from "../../src/facts/files.ts";
import type { Facts, FunctionFact } from "../../src/facts/model.ts";
import { facts, fn } from "../rules/support.ts";

export function inMemory(texts: Readonly<Record<string, string>>): Files {
  const names = (folder: string): readonly string[] => [
    ...new Set(
      Object.keys(texts).flatMap((path) => {
        const from = relative(folder, path);
        return from.startsWith("..") ? [] : [from.split("/")[0] ?? ""];
      }),
    ),
  ];
  return { text: (path) => texts[path], names };
}

/** Facts of the function `F`, whose code is in `app`. */
export function read(
  texts: Readonly<Record<string, string>>,
  { handler = "index.handler", ...some }: Partial<FunctionFact> & { readonly handler?: string } = {},
): Facts {
  return readCode(facts({ functions: [fn({ code: { root: "app", handler }, ...some })] }), inMemory(texts));
}
