/** Light or dark: as the system has it, until a reader says otherwise. */

import { choose } from "./controls.ts";
import { set } from "./dom.ts";

export function themeChoice(): HTMLElement {
  const choices = [
    { value: "", name: "as the system" },
    { value: "light", name: "light" },
    { value: "dark", name: "dark" },
  ];
  return choose("Colours", choices, "", (theme) =>
    set(document.documentElement, { "data-theme": theme === "" ? undefined : theme }),
  );
}
