/** How long after the delivery before it the next one came, with the visibility timeout drawn in. */

import { axisX, axisY, gridY, type MarkOptions, plot, rectY, ruleX, text } from "@observablehq/plot";
import type { PictureGaps } from "../src/picture/data.ts";
import { el, set } from "./dom.ts";
import { count, duration, of } from "./text.ts";

type Bin = PictureGaps["bins"][number];

const HEIGHT = 220;

/** @param id of the text that says the same in words */
export function drawHistogram(
  gaps: PictureGaps,
  visibilityMs: number | undefined,
  width: number,
  id: string,
): SVGElement {
  const endMs = gaps.bins.at(-1)?.toMs ?? 1;
  const drawn = visibilityMs !== undefined && visibilityMs <= endMs;
  const quiet: MarkOptions = { ariaHidden: "true" };
  const highest = Math.max(1, ...gaps.bins.map((bin) => bin.count));
  const after = (bin: Bin): boolean => drawn && bin.fromMs >= visibilityMs;
  const svg = plot({
    width,
    height: HEIGHT,
    marginTop: 30,
    marginRight: 36,
    marginLeft: 44,
    marginBottom: 36,
    className: "plot",
    style: { fontSize: "12px", fontFamily: "inherit" },
    x: { type: "linear", domain: [0, endMs] },
    y: { type: "linear", domain: [0, highest], nice: true },
    marks: [
      gridY({ ...quiet, stroke: "var(--line)", strokeOpacity: 1 }),
      rectY(gaps.bins, {
        ...quiet,
        x1: "fromMs",
        x2: "toMs",
        y: "count",
        inset: 0.5,
        fill: (bin: Bin) => (after(bin) ? "var(--v-duplicate)" : "var(--v-unknown)"),
      }),
      drawn
        ? ruleX([visibilityMs], {
            ...quiet,
            stroke: "var(--visibility)",
            strokeWidth: 2,
            strokeDasharray: "6 3",
          })
        : null,
      drawn
        ? text([visibilityMs], {
            ...quiet,
            x: visibilityMs,
            frameAnchor: "top",
            dy: -16,
            textAnchor: visibilityMs > endMs / 2 ? "end" : "start",
            text: () => `visibility timeout ${duration(visibilityMs)}`,
            fill: "currentColor",
          })
        : null,
      axisX({
        ...quiet,
        ticks: Math.max(2, Math.floor(width / 110)),
        tickFormat: (value: number) => duration(value),
        label: null,
        color: "var(--soft)",
      }),
      axisY({
        ...quiet,
        tickFormat: (value: number) => (Number.isInteger(value) ? count(value) : ""),
        label: null,
        color: "var(--soft)",
      }),
    ],
  }) as SVGElement;
  set(svg, { role: "img", "aria-label": "Histogram of gaps between deliveries", "aria-describedby": id });
  return svg;
}

export function histogramWords(gaps: PictureGaps, visibilityMs: number | undefined): string {
  const total = gaps.bins.reduce((sum, bin) => sum + bin.count, 0) + gaps.longer;
  const most = gaps.bins.reduce<Bin | undefined>(
    (best, bin) => (best === undefined || bin.count > best.count ? bin : best),
    undefined,
  );
  const parts = [`${of(total, "gap")} between a delivery and the one before it of the same key.`];
  if (most && most.count > 0)
    parts.push(
      `Most, ${count(most.count)}, are from ${duration(most.fromMs)} to ${duration(most.toMs)} long.`,
    );
  if (visibilityMs === undefined) parts.push("The visibility timeout is not known.");
  else {
    const before = gaps.bins
      .filter((bin) => bin.toMs <= visibilityMs)
      .reduce((sum, bin) => sum + bin.count, 0);
    parts.push(
      `The visibility timeout is ${duration(visibilityMs)}: ${of(before, "gap is", "gaps are")} shorter, ${count(total - before)} as long or longer.`,
    );
  }
  if (gaps.longer > 0)
    parts.push(
      `${of(gaps.longer, "gap is", "gaps are")} longer than ${duration(gaps.bins.at(-1)?.toMs ?? 0)} and not drawn.`,
    );
  return parts.join(" ");
}

export function histogramTable(gaps: PictureGaps): HTMLElement {
  const rows = gaps.bins
    .filter((bin) => bin.count > 0)
    .map((bin) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, `${duration(bin.fromMs)} to ${duration(bin.toMs)}`),
        el("td", { class: "number" }, count(bin.count)),
      ),
    );
  return el(
    "table",
    {},
    el("caption", {}, "Gaps between deliveries"),
    el(
      "thead",
      {},
      el("tr", {}, el("th", { scope: "col" }, "Gap"), el("th", { scope: "col" }, "Deliveries")),
    ),
    el("tbody", {}, ...rows),
  );
}
