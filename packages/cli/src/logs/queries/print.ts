/** Queries as text to be copied: what each is for, and what it does not tell, as comments. */

import { wrapped } from "../../cells.ts";
import type { Query } from "./insights.ts";

const WIDTH = 96;

/** @param comment what a comment begins with */
export function printedQueries(queries: readonly Query[], comment: "#" | "--", end: "" | ";"): string {
  return queries
    .map(({ title, limits, text }, at) => {
      const said = [`${at + 1}. ${title}`, ...limits];
      const comments = said.flatMap((one) => wrapped(one, WIDTH).map((line) => `${comment} ${line}`));
      return `${comments.join("\n")}\n${text}${end}\n`;
    })
    .join("\n");
}
