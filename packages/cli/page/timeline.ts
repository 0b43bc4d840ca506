/** The timeline: a lane per message, a bar per delivery, its visibility and its lease below it. */

import { axisX, dot, gridX, type MarkOptions, plot, rect, ruleX, text } from "@observablehq/plot";
import { set } from "./dom.ts";
import { layOut, type Placed } from "./lanes.ts";
import { duration, shortened } from "./text.ts";
import { colorOf, lookOf } from "./verdicts.ts";
import type { Lane, Row, View } from "./view.ts";
import { sentence } from "./words.ts";

const MARGIN = { top: 34, right: 10, bottom: 30, left: 10 };
const FONT = 12;

export interface Drawn {
  readonly svg: SVGElement;
  /** Delivery bars, in the order of lanes and time. */
  readonly bars: readonly { readonly element: SVGElement; readonly row: Row; readonly lane: number }[];
}

/** @param originMs the start of the clock's axis */
export function drawTimeline(
  lanes: readonly Lane[],
  { view, width, spanMs, originMs }: { view: View; width: number; spanMs: number; originMs: number },
): Drawn {
  const inner = width - MARGIN.left - MARGIN.right;
  const laid = layOut(lanes, { view, spanMs, originMs, inner });
  const { placed, bands, windows, height } = laid;
  const visibilityMs = view.section.visibilityTimeoutMs;
  const rule = view.align === "message" && visibilityMs !== undefined && visibilityMs <= spanMs;
  // Positions are pixels already: the library draws, the layout has decided.
  const y = { y1: "top", y2: "bottom" } as const;
  const quiet: MarkOptions = { ariaHidden: "true" };
  const svg = plot({
    width,
    height: height + MARGIN.top + MARGIN.bottom,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    className: "plot",
    style: { fontSize: `${FONT}px`, fontFamily: "inherit" },
    x: { type: "linear", domain: [0, spanMs] },
    y: { type: "linear", domain: [0, height], range: [MARGIN.top, MARGIN.top + height], axis: null },
    marks: [
      rect(bands, { ...quiet, ...y, className: "bands", x1: 0, x2: spanMs, fill: "fill" }),
      gridX({ ...quiet, ticks: ticks(spanMs, width), stroke: "var(--line)", strokeOpacity: 1 }),
      ...(["top", "bottom"] as const).map((anchor) =>
        axisX({
          ...quiet,
          anchor,
          ticks: ticks(spanMs, width),
          tickFormat: (value: number) => (value === 0 ? "0" : duration(value)),
          label: null,
          color: "var(--soft)",
        }),
      ),
      rule
        ? ruleX([visibilityMs], {
            ...quiet,
            stroke: "var(--visibility)",
            strokeWidth: 2,
            strokeDasharray: "6 3",
          })
        : null,
      text(bands, {
        ...quiet,
        x: 0,
        y: "labelAt",
        text: (band: { label: string }) => shortened(band.label, Math.floor(inner / 7.5)),
        textAnchor: "start",
        dx: 2,
        fill: "currentColor",
        fontWeight: "bold",
      }),
      rect(
        windows.filter(({ kind }) => kind === "visibility"),
        { ...quiet, ...y, x1: "x1", x2: "x2", fill: "var(--visibility)" },
      ),
      rect(
        windows.filter(({ kind }) => kind === "lease"),
        { ...quiet, ...y, x1: "x1", x2: "x2", fill: "none", stroke: "var(--lease)", strokeWidth: 1.5 },
      ),
      rect(placed, {
        ...quiet,
        ...y,
        className: "bars",
        x1: "x1",
        x2: "barTo",
        fill: (one: Placed) => `color-mix(in oklab, ${colorOf(one.row.delivery.verdict)} 22%, var(--back))`,
        stroke: (one: Placed) => colorOf(one.row.delivery.verdict),
        strokeWidth: 1.5,
        rx: 2,
      }),
      dot(placed, {
        ...quiet,
        x: "wordsFrom",
        y: "middle",
        dx: 9,
        r: 5,
        fill: (one: Placed) => colorOf(one.row.delivery.verdict),
        symbol: (one: Placed) => shapes.get(one.row.delivery.verdict) ?? shapeOf(one.row),
      }),
      text(placed, {
        ...quiet,
        x: "wordsFrom",
        y: "middle",
        className: "words",
        text: "label",
        textAnchor: "start",
        dx: 18,
        fill: "currentColor",
      }),
      dot(
        placed.filter(({ killedAt }) => killedAt !== undefined),
        { ...quiet, x: "killedAt", y: "middle", symbol: "times", r: 6, stroke: "var(--bad)", strokeWidth: 3 },
      ),
      rect(placed, {
        ...y,
        x1: "from",
        x2: "hitTo",
        fill: "transparent",
        className: "hit",
        ariaLabel: ({ row }: Placed) => sentence(row),
        title: ({ row }: Placed) => sentence(row),
      }),
      text(
        bands.filter(({ more }) => more !== ""),
        { ...quiet, x: spanMs, y: "labelAt", text: "more", textAnchor: "end", dx: -2, fill: "var(--soft)" },
      ),
    ],
  }) as SVGElement;
  return { svg, bars: barsOf(svg, placed) };
}

const shapes = new Map<string, { draw(context: CanvasPath, size: number): void }>();

function shapeOf({ delivery }: Row): { draw(context: CanvasPath, size: number): void } {
  const { shape } = lookOf(delivery.verdict);
  const made = {
    draw(context: CanvasPath, size: number): void {
      const radius = Math.sqrt(size / Math.PI);
      shape.forEach(([x, y], index) =>
        index === 0 ? context.moveTo(x * radius, y * radius) : context.lineTo(x * radius, y * radius),
      );
      context.closePath();
    },
  };
  shapes.set(delivery.verdict, made);
  return made;
}

function ticks(spanMs: number, width: number): readonly number[] {
  const most = Math.max(2, Math.floor(width / 90));
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200].map(
      (seconds) => seconds * 1_000,
    ),
  );
  const least = spanMs / most;
  const day = 86_400_000;
  const step = steps.find((one) => one >= least) ?? Math.ceil(least / day) * day;
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, index) => index * step);
}

/** The bars become what the keyboard walks over; everything else in the drawing says nothing that they do not. */
function barsOf(svg: SVGElement, placed: readonly Placed[]): Drawn["bars"] {
  const group = svg.querySelector<SVGElement>("g.hit");
  if (!group) return [];
  set(group, { "aria-label": undefined, role: "presentation" });
  return [...group.children].flatMap((element, index) => {
    const one = placed[index];
    if (!one || !(element instanceof SVGElement)) return [];
    set(element, { role: "button", tabindex: -1 });
    return [{ element, row: one.row, lane: one.lane }];
  });
}
