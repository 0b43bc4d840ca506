/** Where a key stands, in Trino's SQL. */

import type { Place, Step } from "./place.ts";

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The value that a path leads to, as text; `json` is an SQL expression for where it begins. */
export function scalarAt(json: string, steps: readonly Step[]): string {
  let from = json;
  let path: Step[] = [];
  for (const step of steps) {
    path.push(step);
    if (!step.holdsJson) continue;
    from = `json_extract_scalar(${from}, ${pathLiteral(path)})`;
    path = [];
  }
  return `json_extract_scalar(${from}, ${pathLiteral(path)})`;
}

/** What a regular expression's group finds in a text; Trino counts groups, and names none. */
export function groupIn(text: string, { pattern, group }: Extract<Place, { readonly kind: "text" }>): string {
  const at = pattern.indexOf(`(?<${group}>`);
  const before = at < 0 ? "" : pattern.slice(0, at);
  const index = 1 + [...before.replaceAll(/\\./g, "").matchAll(/\((?!\?)|\(\?<(?![=!])/g)].length;
  const plain = pattern.replaceAll(/\(\?<(?![=!])[^>]*>/g, "(");
  return `nullif(regexp_extract(${text}, ${literal(plain)}, ${index}), '')`;
}

function pathLiteral(steps: readonly Step[]): string {
  const path = steps
    .map(({ name }) =>
      typeof name === "number"
        ? `[${name}]`
        : /^[A-Za-z_]\w*$/.test(name)
          ? `.${name}`
          : `["${name.replaceAll(/["\\]/g, "\\$&")}"]`,
    )
    .join("");
  return literal(`$${path}`);
}
