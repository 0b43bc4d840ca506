/** What is shown now: a section, a filter, an order, a page; and which deliveries that leaves. */

import type {
  PictureData,
  PictureDelivery,
  PictureMessage,
  PictureSection,
  PictureVerdict,
} from "../src/picture/data.ts";
import { visible } from "./text.ts";

export interface Row {
  readonly message: PictureMessage;
  readonly delivery: PictureDelivery;
  /** From 1 on. */
  readonly number: number;
  readonly shownKey: string;
  /** Lower case: what a text filter looks into. */
  readonly words: string;
}

export interface Lane {
  readonly message: PictureMessage;
  readonly shownKey: string;
  readonly rows: readonly Row[];
}

export type LaneOrder = "deliveries" | "time" | "key";

export interface View {
  section: PictureSection;
  verdict: PictureVerdict | "";
  origin: "redelivery" | "resend" | "none" | "";
  repeated: boolean;
  text: string;
  align: "message" | "clock";
  /** How much of the time axis is shown. `undefined`: all. */
  reachMs: number | undefined;
  order: LaneOrder;
  lanePage: number;
  sort: { column: string; descending: boolean };
  rowPage: number;
  opened: PictureMessage | undefined;
}

export function viewOf(section: PictureSection): View {
  return {
    section,
    verdict: "",
    origin: "",
    repeated: false,
    text: "",
    align: "message",
    reachMs: undefined,
    order: "deliveries",
    lanePage: 0,
    sort: { column: "at", descending: false },
    rowPage: 0,
    opened: undefined,
  };
}

const lanesBySection = new WeakMap<PictureSection, readonly Lane[]>();

export function lanesOf(section: PictureSection): readonly Lane[] {
  const known = lanesBySection.get(section);
  if (known) return known;
  const lanes = section.messages.map((message): Lane => {
    const shownKey = visible(message.key);
    const rows = message.deliveries.map((delivery, index): Row => {
      const { messageId, requestId, cause, reason, outcome } = delivery;
      const words = [message.key, shownKey, messageId, requestId, cause, reason, outcome]
        .join("\n")
        .toLowerCase();
      return { message, delivery, number: index + 1, shownKey, words };
    });
    return { message, shownKey, rows };
  });
  lanesBySection.set(section, lanes);
  return lanes;
}

export function rowsShown(view: View): readonly Row[] {
  const text = view.text.trim().toLowerCase();
  return lanesOf(view.section).flatMap(({ rows }) =>
    view.repeated && rows.length < 2
      ? []
      : rows.filter(
          ({ delivery, words }) =>
            (view.verdict === "" || delivery.verdict === view.verdict) &&
            (view.origin === "" || (delivery.origin ?? "none") === view.origin) &&
            (text === "" || words.includes(text)),
        ),
  );
}

/** Messages with a delivery that the filter leaves: with all their deliveries, as one alone explains nothing. */
export function lanesShown(view: View): readonly Lane[] {
  const left = new Set(rowsShown(view).map(({ message }) => message));
  const lanes = lanesOf(view.section).filter(({ message }) => left.has(message));
  const start = ({ message }: Lane): number => message.deliveries[0]?.startMs ?? 0;
  const byKey = (a: Lane, b: Lane): number => (a.message.key < b.message.key ? -1 : 1);
  const orders: Readonly<Record<LaneOrder, (a: Lane, b: Lane) => number>> = {
    deliveries: (a, b) => b.rows.length - a.rows.length || start(a) - start(b),
    time: (a, b) => start(a) - start(b),
    key: byKey,
  };
  return lanes.toSorted(orders[view.order]);
}

/** From the first start to the last thing that is known; as far as it is shown, unless the whole is asked for. */
export function spanMsOf({ align, reachMs, section }: View, whole = false): number {
  if (reachMs !== undefined && !whole) return reachMs;
  const origin = originMsOf(section);
  let span = 1;
  for (const { deliveries } of section.messages) {
    const zero = align === "message" ? (deliveries[0]?.startMs ?? 0) : origin;
    for (const { startMs, endMs, visibility, lease } of deliveries)
      span = Math.max(
        span,
        (endMs ?? startMs) - zero,
        (visibility?.toMs ?? 0) - zero,
        (lease?.toMs ?? 0) - zero,
      );
  }
  return span * 1.02;
}

/** When the first delivery began. */
export function originMsOf({ messages }: PictureSection): number {
  let origin = Number.POSITIVE_INFINITY;
  for (const { deliveries } of messages)
    for (const { startMs } of deliveries) origin = Math.min(origin, startMs);
  return Number.isFinite(origin) ? origin : 0;
}

/** What stands behind `#`. One section needs no name. */
export function linkTo(data: PictureData, section: PictureSection, message?: PictureMessage): string {
  const parts = new URLSearchParams();
  if (data.sections.length > 1) parts.set("s", section.id);
  if (message) parts.set("m", message.key.toWellFormed());
  return `#${parts.toString()}`;
}

export interface Linked {
  readonly section: PictureSection | undefined;
  readonly key: string | undefined;
  readonly message: PictureMessage | undefined;
}

export function linked(data: PictureData, hash: string, now: PictureSection): Linked {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const key = parts.get("m") ?? undefined;
  const section = data.sections.find(({ id }) => id === parts.get("s"));
  const find = (one: PictureSection): PictureMessage | undefined =>
    one.messages.find((message) => message.key.toWellFormed() === key);
  if (key === undefined) return { section, key, message: undefined };
  const message = find(section ?? now);
  return { section: section ?? now, key, message };
}
