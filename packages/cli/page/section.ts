/** One section on the page: its filter, its timeline, its histogram, its table, kept in step with one view. */

import type { PictureData, PictureMessage } from "../src/picture/data.ts";
import { pager } from "./controls.ts";
import { el } from "./dom.ts";
import { clearFilter, filterParts } from "./filter.ts";
import { drawHistogram, histogramTable, histogramWords } from "./histogram.ts";
import { drawMessage } from "./message.ts";
import { redraw } from "./regions.ts";
import { drawDiagnosis, drawSummary } from "./summary.ts";
import { drawTable, sorted } from "./table.ts";
import { count, instant, of } from "./text.ts";
import { drawTimeline, type Drawn } from "./timeline.ts";
import { lanesOf, lanesShown, linkTo, originMsOf, rowsShown, spanMsOf, type View } from "./view.ts";
import { walk } from "./walk.ts";

const LANES_A_PAGE = 30;
const ROWS_A_PAGE = 100;

export class SectionPage {
  readonly element: HTMLElement;
  readonly #data: PictureData;
  readonly #view: View;
  readonly #filter = el("form", { class: "filter", role: "search", "aria-label": "Filter" });
  readonly #said = el("p", { role: "status", class: "said" });
  readonly #message = el("section", { id: "message", "aria-labelledby": "message-title", hidden: true });
  readonly #lanes = el("div", { class: "lanes" });
  readonly #lanesPager = el("div");
  readonly #lanesWords = el("p", { id: "timeline-words" });
  readonly #histogram = el("div");
  readonly #rows = el("div", {
    class: "scroll",
    tabindex: 0,
    role: "region",
    "aria-label": "Table of deliveries",
  });
  readonly #rowsPager = el("div");
  #drawn: Drawn | undefined;
  #width = 0;

  constructor(data: PictureData, view: View) {
    this.#data = data;
    this.#view = view;
    this.#filter.addEventListener("submit", (event) => event.preventDefault());
    this.element = el("div", { class: "section" }, ...this.#parts());
  }

  /** Once it is in the document, and whenever its width has changed. */
  fit(width: number): void {
    if (width === this.#width || width === 0) return;
    this.#width = width;
    this.#drawLanes();
    this.#drawHistogram();
  }

  draw(): void {
    this.#drawFilter();
    this.#drawMessage();
    this.#drawRows();
    this.#say();
  }

  /** Shows a message's lane, its rows and its sentences; a filter that hides it is given up. */
  open(message: PictureMessage | undefined): void {
    const view = this.#view;
    view.opened = message;
    if (message) {
      if (!rowsShown(view).some((row) => row.message === message)) clearFilter(view);
      const lane = lanesShown(view).findIndex((one) => one.message === message);
      view.lanePage = Math.max(0, Math.floor(lane / LANES_A_PAGE));
      const row = sorted(rowsShown(view), view.sort).findIndex((one) => one.message === message);
      view.rowPage = Math.max(0, Math.floor(row / ROWS_A_PAGE));
    }
    this.draw();
    this.#drawLanes();
    if (!message) return;
    document.getElementById("message-title")?.focus({ preventScroll: true });
    this.#message.scrollIntoView({ block: "start" });
  }

  /** For what was asked for and is not there. */
  say(sentence: string): void {
    this.#said.textContent = sentence;
  }

  #parts(): readonly (HTMLElement | undefined)[] {
    const { section } = this.#view;
    const help =
      "Arrow keys go from delivery to delivery, up and down from message to message; Page Down and Page Up turn the page; Enter opens the message.";
    return [
      drawSummary(section),
      drawDiagnosis(section),
      el(
        "section",
        { "aria-labelledby": "timeline-title", id: "timeline" },
        el("h2", { id: "timeline-title", tabindex: -1 }, "Deliveries per message"),
        this.#filter,
        this.#said,
        this.#message,
        this.#lanesWords,
        el("p", { class: "note", id: "timeline-help" }, help),
        legend(section.messages.some(({ deliveries }) => deliveries.some(({ lease }) => lease))),
        this.#lanes,
        this.#lanesPager,
      ),
      section.gaps === undefined
        ? undefined
        : el(
            "section",
            { "aria-labelledby": "gaps-title", id: "gaps" },
            el("h2", { id: "gaps-title" }, "Gaps between deliveries"),
            el("p", { id: "gaps-words" }, histogramWords(section.gaps, section.visibilityTimeoutMs)),
            this.#histogram,
            el("details", {}, el("summary", {}, "The histogram as a table"), histogramTable(section.gaps)),
          ),
      el(
        "section",
        { "aria-labelledby": "table-title", id: "table" },
        el("h2", { id: "table-title" }, "All deliveries"),
        this.#rows,
        this.#rowsPager,
      ),
    ];
  }

  #changed(): void {
    this.#view.lanePage = 0;
    this.#view.rowPage = 0;
    this.#drawLanes();
    this.#drawRows();
    this.#say();
  }

  #drawFilter(): void {
    const view = this.#view;
    redraw(
      this.#filter,
      ...filterParts(view, {
        changed: () => this.#changed(),
        realigned: () => {
          this.#changed();
          this.#drawFilter();
        },
        clear: () => {
          clearFilter(view);
          this.#drawFilter();
          this.#changed();
        },
      }),
    );
  }

  #drawMessage(): void {
    const parts = drawMessage(this.#data, this.#view);
    this.#message.hidden = parts.length === 0;
    redraw(this.#message, ...parts);
  }

  #drawLanes(): void {
    const view = this.#view;
    if (this.#width === 0) return;
    const all = lanesShown(view);
    const pages = Math.max(1, Math.ceil(all.length / LANES_A_PAGE));
    view.lanePage = Math.min(view.lanePage, pages - 1);
    const lanes = all.slice(view.lanePage * LANES_A_PAGE, (view.lanePage + 1) * LANES_A_PAGE);
    const originMs = originMsOf(view.section);
    const from = view.align === "message" ? "each message's first delivery" : `${instant(originMs)} UTC`;
    const range =
      all.length === 0
        ? "No message"
        : `Messages ${count(view.lanePage * LANES_A_PAGE + 1)} to ${count(view.lanePage * LANES_A_PAGE + lanes.length)} of ${count(all.length)}`;
    this.#lanesWords.textContent = `${range}, a lane each; time runs to the right, from ${from}.`;
    const turn = (page: number, focus: boolean): void => {
      view.lanePage = page;
      this.#drawLanes();
      if (focus) this.#drawn?.bars[0]?.element.focus();
    };
    redraw(
      this.#lanesPager,
      pager("messages", view.lanePage, pages, (page) => turn(page, false)),
    );
    if (lanes.length === 0) {
      this.#drawn = undefined;
      this.#lanes.replaceChildren();
      return;
    }
    const drawn = drawTimeline(lanes, { view, width: this.#width, spanMs: spanMsOf(view), originMs });
    drawn.svg.setAttribute("role", "group");
    drawn.svg.setAttribute("aria-label", "Timeline of deliveries");
    drawn.svg.setAttribute("aria-describedby", "timeline-words timeline-help");
    const around = el("div", {}, drawn.svg);
    walk(around, drawn.bars, {
      open: (row) => this.#follow(row.message),
      turn: (by) => {
        const page = view.lanePage + by;
        if (page < 0 || page >= pages) return false;
        turn(page, true);
        return true;
      },
    });
    this.#drawn = drawn;
    this.#lanes.replaceChildren(around);
  }

  #follow(message: PictureMessage): void {
    const hash = linkTo(this.#data, this.#view.section, message);
    if (location.hash === hash) this.open(message);
    else location.hash = hash;
  }

  #drawHistogram(): void {
    const { gaps, visibilityTimeoutMs } = this.#view.section;
    if (gaps)
      this.#histogram.replaceChildren(drawHistogram(gaps, visibilityTimeoutMs, this.#width, "gaps-words"));
  }

  #drawRows(): void {
    const view = this.#view;
    const all = sorted(rowsShown(view), view.sort);
    const pages = Math.max(1, Math.ceil(all.length / ROWS_A_PAGE));
    view.rowPage = Math.min(view.rowPage, pages - 1);
    const from = view.rowPage * ROWS_A_PAGE;
    const rows = all.slice(from, from + ROWS_A_PAGE);
    const caption =
      all.length === 0
        ? "No delivery fits the filter"
        : `Deliveries ${count(from + 1)} to ${count(from + rows.length)} of ${count(all.length)}`;
    const onSort = (column: string): void => {
      view.sort = { column, descending: view.sort.column === column && !view.sort.descending };
      view.rowPage = 0;
      this.#drawRows();
    };
    redraw(this.#rows, drawTable(rows, { data: this.#data, view, caption, onSort }));
    redraw(
      this.#rowsPager,
      pager("deliveries", view.rowPage, pages, (page) => {
        view.rowPage = page;
        this.#drawRows();
      }),
    );
  }

  #say(): void {
    const rows = rowsShown(this.#view);
    const total = lanesOf(this.#view.section).reduce((sum, lane) => sum + lane.rows.length, 0);
    const messages = new Set(rows.map(({ message }) => message)).size;
    this.say(
      rows.length === total
        ? `All ${of(total, "delivery", "deliveries")} are shown.`
        : `${of(rows.length, "delivery", "deliveries")} of ${of(messages, "message")} fit the filter, of ${count(total)}.`,
    );
  }
}

function legend(withLeases: boolean): HTMLElement {
  return el(
    "ul",
    { class: "legend" },
    el(
      "li",
      {},
      el("span", { class: "swatch visibility" }),
      " visibility window, and its timeout as a dashed line",
    ),
    withLeases ? el("li", {}, el("span", { class: "swatch lease" }), " lease of the attempt") : undefined,
    el("li", {}, el("span", { class: "swatch kill" }, "×"), " killed or cut off"),
  );
}
