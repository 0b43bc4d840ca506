/** What a reader can choose: labelled fields, nothing of our own make. */

import { el } from "./dom.ts";

export interface Choice {
  readonly value: string;
  readonly name: string;
}

export function choose(
  label: string,
  choices: readonly Choice[],
  value: string,
  onChange: (value: string) => void,
): HTMLLabelElement {
  const select = el(
    "select",
    {},
    ...choices.map((choice) =>
      el("option", { value: choice.value, selected: choice.value === value }, choice.name),
    ),
  );
  select.addEventListener("change", () => onChange(select.value));
  return el("label", {}, `${label} `, select);
}

export function tick(label: string, on: boolean, onChange: (on: boolean) => void): HTMLLabelElement {
  const box = el("input", { type: "checkbox", checked: on });
  box.addEventListener("change", () => onChange(box.checked));
  return el("label", { class: "tick" }, box, ` ${label}`);
}

export function search(label: string, value: string, onInput: (text: string) => void): HTMLLabelElement {
  const field = el("input", { type: "search", value, autocomplete: "off", spellcheck: "false" });
  field.addEventListener("input", () => onInput(field.value));
  return el("label", {}, `${label} `, field);
}

export function press(label: string, onPress: () => void, disabled = false): HTMLButtonElement {
  const button = el("button", { type: "button", disabled }, label);
  button.addEventListener("click", onPress);
  return button;
}

/** Where one page is of many; nothing where one is enough. */
export function pager(
  what: string,
  page: number,
  pages: number,
  go: (page: number) => void,
): HTMLElement | undefined {
  if (pages < 2) return undefined;
  return el(
    "nav",
    { class: "pager", "aria-label": `Pages of ${what}` },
    press("First", () => go(0), page === 0),
    press("Previous", () => go(page - 1), page === 0),
    el("span", {}, `page ${page + 1} of ${pages}`),
    press("Next", () => go(page + 1), page >= pages - 1),
    press("Last", () => go(pages - 1), page >= pages - 1),
  );
}
