/** The arrow keys in the timeline: one stop for Tab, and from there from bar to bar. */

import type { Row } from "./view.ts";

export interface Stop {
  readonly element: SVGElement;
  readonly row: Row;
  readonly lane: number;
}

export interface WalkOptions {
  readonly open: (row: Row) => void;
  /** A page further or back; answers whether there is one. */
  readonly turn: (by: 1 | -1) => boolean;
}

/**
 * @param around an element around the drawing, new with each: an SVG element that listens to focus becomes a stop itself
 * @param stops by lane, then by time
 */
export function walk(around: HTMLElement, stops: readonly Stop[], { open, turn }: WalkOptions): void {
  let current = 0;
  const go = (to: number): void => {
    stops[current]?.element.setAttribute("tabindex", "-1");
    current = to;
    const element = stops[to]?.element;
    element?.setAttribute("tabindex", "0");
    element?.focus();
  };
  stops[0]?.element.setAttribute("tabindex", "0");
  const at = (target: EventTarget | null): number => stops.findIndex(({ element }) => element === target);
  around.addEventListener("click", (event) => {
    const stop = stops[at(event.target)];
    if (stop) open(stop.row);
  });
  around.addEventListener("focusin", (event) => {
    const found = at(event.target);
    if (found < 0 || found === current) return;
    stops[current]?.element.setAttribute("tabindex", "-1");
    stops[found]?.element.setAttribute("tabindex", "0");
    current = found;
  });
  around.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const stop = stops[current];
    if (!stop) return;
    if (event.key === "Enter" || event.key === " ") open(stop.row);
    else if (event.key === "PageDown" || event.key === "PageUp") {
      if (!turn(event.key === "PageDown" ? 1 : -1)) return;
    } else {
      const to = target(event.key, stops, current);
      if (to === undefined) return;
      go(to);
    }
    event.preventDefault();
  });
}

function target(key: string, stops: readonly Stop[], current: number): number | undefined {
  const here = stops[current];
  if (!here) return undefined;
  const last = stops.length - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(last, current + 1);
    case "ArrowLeft":
      return Math.max(0, current - 1);
    case "ArrowDown": {
      const next = stops.findIndex(({ lane }) => lane > here.lane);
      return next < 0 ? current : next;
    }
    case "ArrowUp": {
      const before = stops.findLast(({ lane }) => lane < here.lane);
      return before ? stops.findIndex(({ lane }) => lane === before.lane) : current;
    }
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}
