/** Parts of the page that are drawn again: whoever had the focus in one keeps it. */

/** Replaces what is in `region`. A control that had the focus gives it to the one of the same words in its place. */
export function redraw(region: HTMLElement, ...children: readonly (Node | undefined)[]): void {
  const active = document.activeElement;
  const had = active !== null && region.contains(active) ? wordsOf(active) : undefined;
  region.replaceChildren(...children.filter((child) => child !== undefined));
  if (had === undefined) return;
  const controls = [
    ...region.querySelectorAll<HTMLElement>("button:not([disabled]), select, input, a[href]"),
  ];
  const same = controls.find((control) => wordsOf(control) === had);
  // The last page has no next one: its neighbours are the nearest.
  (same ?? region.querySelector<HTMLElement>(".pager button:not([disabled])"))?.focus();
}

function wordsOf(element: Element): string {
  return (element.getAttribute("data-column") ?? element.textContent).trim();
}
