/** One message, opened by its link: all its deliveries in sentences. */

import type { PictureData } from "../src/picture/data.ts";
import { el } from "./dom.ts";
import { instant, of } from "./text.ts";
import { symbol } from "./verdicts.ts";
import { lanesOf, linkTo, type View } from "./view.ts";
import { sentence } from "./words.ts";

export function drawMessage(data: PictureData, view: View): readonly HTMLElement[] {
  const lane = lanesOf(view.section).find(({ message }) => message === view.opened);
  if (!lane) return [];
  const { rows, shownKey } = lane;
  return [
    el(
      "h2",
      { id: "message-title", tabindex: -1 },
      "Message ",
      el("bdi", {}, shownKey === "" ? "(empty key)" : shownKey),
    ),
    el("p", {}, `${of(rows.length, "delivery", "deliveries")}.`),
    el(
      "ol",
      {},
      ...rows.map((row) =>
        el(
          "li",
          {},
          symbol(row.delivery.verdict),
          ` ${instant(row.delivery.startMs)} UTC: `,
          el("bdi", {}, sentence(row)),
        ),
      ),
    ),
    el(
      "p",
      {},
      el("a", { href: linkTo(data, view.section, lane.message) }, "Link to this message"),
      " · ",
      el("a", { href: linkTo(data, view.section), "data-close": true }, "Close"),
    ),
  ];
}
