/** Every delivery as a row: to sort, and to read without the drawing. */

import type { PictureData } from "../src/picture/data.ts";
import { el } from "./dom.ts";
import { duration, instant, visible } from "./text.ts";
import { symbol } from "./verdicts.ts";
import { linkTo, type Row, type View } from "./view.ts";
import { durationOf } from "./words.ts";

interface Column {
  readonly id: string;
  readonly name: string;
  readonly number?: boolean;
  readonly value: (row: Row) => number | string | undefined;
  readonly show?: (row: Row) => Node | string;
}

const text = (value: string | undefined): string => (value === undefined ? "" : visible(value));

const COLUMNS: readonly Column[] = [
  { id: "key", name: "Key", value: ({ message }) => message.key },
  { id: "number", name: "Delivery", number: true, value: ({ number }) => number },
  {
    id: "at",
    name: "At (UTC)",
    value: ({ delivery }) => delivery.startMs,
    show: ({ delivery }) => instant(delivery.startMs),
  },
  {
    id: "verdict",
    name: "Verdict",
    value: ({ delivery }) => delivery.verdict,
    show: ({ delivery }) =>
      el("span", { class: "verdict" }, symbol(delivery.verdict), ` ${visible(delivery.verdict)}`),
  },
  { id: "origin", name: "Origin", value: ({ delivery }) => delivery.origin },
  {
    id: "ran",
    name: "Ran",
    value: ({ delivery }) =>
      delivery.ran === undefined ? undefined : { true: "yes", false: "no", unknown: "?" }[`${delivery.ran}`],
  },
  {
    id: "outcome",
    name: "Ended as",
    value: ({ delivery }) =>
      delivery.killedAtMs === undefined
        ? text(delivery.outcome)
        : `${text(delivery.outcome)} (killed)`.trim(),
  },
  {
    id: "duration",
    name: "Took",
    number: true,
    value: durationOf,
    show: (row) => shownDuration(durationOf(row)),
  },
  {
    id: "gap",
    name: "Gap",
    number: true,
    value: ({ delivery }) => delivery.gapMs,
    show: ({ delivery }) => shownDuration(delivery.gapMs),
  },
  { id: "receives", name: "Receive count", number: true, value: ({ delivery }) => delivery.receiveCount },
  { id: "attempt", name: "Attempt", number: true, value: ({ delivery }) => delivery.attempt },
  { id: "cause", name: "Cause", value: ({ delivery }) => text(delivery.cause ?? delivery.reason) },
  { id: "messageId", name: "Message id", value: ({ delivery }) => text(delivery.messageId) },
  { id: "requestId", name: "Request id", value: ({ delivery }) => text(delivery.requestId) },
];

function shownDuration(ms: number | undefined): string {
  return ms === undefined ? "" : duration(ms);
}

export function sorted(rows: readonly Row[], { column, descending }: View["sort"]): readonly Row[] {
  const by = COLUMNS.find(({ id }) => id === column);
  if (!by) return rows;
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [by.value(a), by.value(b)];
    // What is not known stands last, whichever way the rest goes.
    if (left === undefined || left === "") return right === undefined || right === "" ? 0 : 1;
    if (right === undefined || right === "") return -1;
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

export function drawTable(
  rows: readonly Row[],
  {
    data,
    view,
    caption,
    onSort,
  }: { data: PictureData; view: View; caption: string; onSort: (column: string) => void },
): HTMLTableElement {
  const heads = COLUMNS.map(({ id, name, number }) => {
    const current = view.sort.column === id;
    const button = el("button", { type: "button", class: "sort", "data-column": id }, name);
    button.append(el("span", { "aria-hidden": "true" }, current ? (view.sort.descending ? " ▼" : " ▲") : ""));
    button.addEventListener("click", () => onSort(id));
    return el(
      "th",
      {
        scope: "col",
        class: number ? "number" : undefined,
        "aria-sort": current ? (view.sort.descending ? "descending" : "ascending") : undefined,
      },
      button,
    );
  });
  const body = rows.map((row) =>
    el(
      "tr",
      { class: view.opened === row.message ? "opened" : undefined },
      ...COLUMNS.map((column) => cell(column, row, data, view)),
    ),
  );
  return el(
    "table",
    { class: "deliveries" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...heads)),
    el("tbody", {}, ...body),
  );
}

function cell(column: Column, row: Row, data: PictureData, view: View): HTMLElement {
  if (column.id === "key")
    return el(
      "th",
      { scope: "row" },
      el(
        "a",
        { href: linkTo(data, view.section, row.message) },
        el("bdi", {}, row.shownKey === "" ? "(empty key)" : row.shownKey),
      ),
    );
  const shown = column.show?.(row) ?? String(column.value(row) ?? "");
  return el("td", { class: column.number ? "number" : undefined }, shown);
}
