/** The controls above the timeline: which deliveries are shown, in which order, along which time. */

import { choose, press, search, tick } from "./controls.ts";
import { count, duration } from "./text.ts";
import { VERDICTS } from "./verdicts.ts";
import { type LaneOrder, spanMsOf, type View } from "./view.ts";

/** What the time axis can be narrowed to. */
const REACHES = [1, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400].map((seconds) => seconds * 1_000);

export interface FilterEvents {
  changed(): void;
  /** The controls themselves are others now. */
  realigned(): void;
  clear(): void;
}

/** In the order of the page; each changes the view before it says so. */
export function filterParts(view: View, on: FilterEvents): readonly HTMLElement[] {
  const { summary } = view.section;
  const verdicts = VERDICTS.filter(
    (verdict) => (summary.verdicts[verdict] ?? 0) > 0 || verdict === view.verdict,
  );
  const set = (change: Partial<View>): void => {
    Object.assign(view, change);
    on.changed();
  };
  const span = spanMsOf(view, true);
  return [
    choose(
      "Verdict",
      [
        { value: "", name: "all" },
        ...verdicts.map((value) => ({ value, name: `${value} (${count(summary.verdicts[value] ?? 0)})` })),
      ],
      view.verdict,
      (value) => set({ verdict: value as View["verdict"] }),
    ),
    choose(
      "Origin",
      ["", "redelivery", "resend", "none"].map((value) => ({ value, name: value === "" ? "all" : value })),
      view.origin,
      (value) => set({ origin: value as View["origin"] }),
    ),
    search("Text", view.text, (text) => set({ text })),
    tick("delivered more than once", view.repeated, (repeated) => set({ repeated })),
    choose(
      "Order",
      [
        { value: "deliveries", name: "most deliveries first" },
        { value: "time", name: "by time" },
        { value: "key", name: "by key" },
      ],
      view.order,
      (order) => set({ order: order as LaneOrder }),
    ),
    choose(
      "Time",
      [
        { value: "message", name: "since each message's first delivery" },
        { value: "clock", name: "by the clock" },
      ],
      view.align,
      (align) => {
        Object.assign(view, { align, reachMs: undefined });
        on.realigned();
      },
    ),
    choose(
      "Shown",
      [
        { value: "", name: `all of ${duration(span)}` },
        ...REACHES.filter((reach) => reach < span).map((reach) => ({
          value: String(reach),
          name: `the first ${duration(reach)}`,
        })),
      ],
      String(view.reachMs ?? ""),
      (reach) => set({ reachMs: reach === "" ? undefined : Number(reach) }),
    ),
    press("Clear the filter", on.clear),
  ];
}

export function clearFilter(view: View): void {
  Object.assign(view, { verdict: "", origin: "", text: "", repeated: false });
}
