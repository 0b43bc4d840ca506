/** The rules' pages as tests read them: their sections, and each example with its bad and its good side. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../../../docs/rules");

export interface Example {
  readonly bad: string;
  readonly good: string;
}

export interface Page {
  readonly text: string;
  readonly headings: readonly string[];
  /** Below the heading, up to the next one of its level. */
  section(heading: string): string;
  /** @param language `SAM`, `CDK` or `Terraform` */
  example(language: string): Example;
}

/** @param name of the file, without its ending: `DUP001` */
export function readPage(name: string): Page {
  const text = readFileSync(join(FOLDER, `${name}.md`), "utf8");
  // What stands in a fence is no heading.
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/^#/gm, "\u0000"));
  const headings = [...prose.matchAll(/^#+ .*$/gm)].map(([heading]) => heading);
  const section = (heading: string): string => {
    const level = /^#+/.exec(heading)?.[0].length ?? 0;
    const start = prose.indexOf(`\n${heading}\n`);
    if (start < 0) throw new Error(`${name}.md has no "${heading}".`);
    const rest = prose.slice(start + heading.length + 2);
    const end = rest.search(new RegExp(`^#{1,${level}} `, "m"));
    return rest.slice(0, end < 0 ? rest.length : end).replaceAll("\u0000", "#");
  };
  return { text, headings, section, example: (language) => exampleIn(section(`### ${language}`)) };
}

function exampleIn(section: string): Example {
  const [, block] = /^```diff\n([\s\S]*?)\n```$/m.exec(section) ?? [];
  if (block === undefined) throw new Error(`There is no block of differences in: ${section}`);
  const side = (left: string): string =>
    block
      .split("\n")
      .filter((line) => !line.startsWith(left))
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  return { bad: side("+"), good: side("-") };
}
