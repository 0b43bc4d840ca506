/** Where each lane and each delivery goes, in pixels downwards and milliseconds across: words never lie on each other. */

import type { PictureWindow } from "../src/picture/data.ts";
import { of } from "./text.ts";
import type { Lane, Row, View } from "./view.ts";

const LABEL_HEIGHT = 20;
const TRACK_HEIGHT = 34;
const BAR_HEIGHT = 20;
const LANE_GAP = 8;
/** A lane of hundreds of deliveries would push all others off the page; the table has every one. */
const MOST_TRACKS = 8;
const CHARACTER = 6.9;
const SYMBOL = 22;
const LEAST_HIT = 24;
const CROSS = 9;

export interface Placed {
  readonly row: Row;
  readonly lane: number;
  readonly label: string;
  readonly wordsFrom: number;
  readonly from: number;
  readonly x1: number;
  readonly barTo: number;
  readonly hitTo: number;
  readonly top: number;
  readonly bottom: number;
  readonly middle: number;
  readonly killedAt: number | undefined;
}

interface Strip {
  readonly kind: "visibility" | "lease";
  readonly x1: number;
  readonly x2: number;
  readonly top: number;
  readonly bottom: number;
}

interface Band {
  readonly label: string;
  readonly labelAt: number;
  readonly top: number;
  readonly bottom: number;
  readonly fill: string;
  readonly more: string;
}

export interface Layout {
  readonly placed: readonly Placed[];
  readonly bands: readonly Band[];
  readonly windows: readonly Strip[];
  readonly height: number;
}

export interface Room {
  readonly view: View;
  readonly spanMs: number;
  readonly originMs: number;
  /** Width in pixels. */
  readonly inner: number;
}

export function layOut(lanes: readonly Lane[], room: Room): Layout {
  const placed: Placed[] = [];
  const bands: Band[] = [];
  const windows: Strip[] = [];
  let top = 0;
  for (const [index, lane] of lanes.entries()) {
    const tracks = place(lane, index, top + LABEL_HEIGHT, room, placed, windows);
    const bottom = top + LABEL_HEIGHT + Math.max(1, tracks.used) * TRACK_HEIGHT;
    const opened = room.view.opened === lane.message;
    bands.push({
      label: lane.shownKey === "" ? "(empty key)" : lane.shownKey,
      labelAt: top + LABEL_HEIGHT / 2,
      top: top - LANE_GAP / 2,
      bottom: bottom + LANE_GAP / 2,
      fill: opened ? "var(--opened)" : index % 2 === 1 ? "var(--stripe)" : "transparent",
      more: tracks.left === 0 ? "" : `${of(tracks.left, "more delivery", "more deliveries")} ›`,
    });
    top = bottom + LANE_GAP;
  }
  return { placed, bands, windows, height: Math.max(top, TRACK_HEIGHT) };
}

function place(
  { rows, message }: Lane,
  lane: number,
  down: number,
  { view, spanMs, originMs, inner }: Room,
  placed: Placed[],
  windows: Strip[],
): { readonly used: number; readonly left: number } {
  const zeroMs = view.align === "message" ? (message.deliveries[0]?.startMs ?? 0) : originMs;
  const perPixel = spanMs / inner;
  /** By track: from where on it is free. */
  const free: number[] = [];
  let left = 0;
  for (const row of rows) {
    const { delivery } = row;
    const at = delivery.startMs - zeroMs;
    const killed = delivery.killedAtMs;
    const label = killed === undefined ? delivery.verdict : `${delivery.verdict}, killed`;
    const words = (SYMBOL + label.length * CHARACTER) * perPixel;
    const x1 = at;
    const end = Math.min((delivery.endMs ?? delivery.startMs) - zeroMs, spanMs);
    const barTo = Math.max(end, x1 + 2 * perPixel);
    // A cross at the end of a short bar would lie on its word.
    const after =
      killed !== undefined && barTo - x1 < words + CROSS * perPixel ? barTo + CROSS * perPixel : x1;
    // A word that would be cut off at the right edge begins before its bar.
    const wordsFrom = Math.max(0, Math.min(after, spanMs - words));
    const from = Math.min(x1, wordsFrom);
    const hitTo = Math.max(barTo, wordsFrom + Math.max(words, LEAST_HIT * perPixel));
    const farthest = Math.max(
      hitTo,
      ...windowsOf(row).map(([, { toMs }]) => Math.min(toMs - zeroMs, spanMs)),
    );
    const found = free.findIndex((until) => until <= from);
    const track = found === -1 ? free.length : found;
    if (at > spanMs || at < 0 || track >= MOST_TRACKS) {
      left += 1;
      continue;
    }
    free[track] = farthest + 4 * perPixel;
    const top = down + track * TRACK_HEIGHT;
    const bottom = top + BAR_HEIGHT;
    placed.push({
      row,
      lane,
      label,
      wordsFrom,
      from,
      x1,
      barTo,
      hitTo,
      top,
      bottom,
      middle: top + BAR_HEIGHT / 2,
      killedAt: killed === undefined ? undefined : Math.min(killed - zeroMs, spanMs),
    });
    for (const [kind, { fromMs, toMs }] of windowsOf(row)) {
      const x = [fromMs - zeroMs, toMs - zeroMs].map((ms) => Math.min(Math.max(ms, 0), spanMs));
      const stripTop = bottom + (kind === "visibility" ? 2 : 7);
      windows.push({ kind, x1: x[0] ?? 0, x2: x[1] ?? 0, top: stripTop, bottom: stripTop + 4 });
    }
  }
  return { used: free.length, left };
}

function windowsOf({ delivery }: Row): readonly (readonly [Strip["kind"], PictureWindow])[] {
  return [
    ...(delivery.visibility ? [["visibility", delivery.visibility] as const] : []),
    ...(delivery.lease ? [["lease", delivery.lease] as const] : []),
  ];
}
