/** What each verdict looks like, and what it means: a shape and a word, and only then a colour. */

import type { PictureVerdict } from "../src/picture/data.ts";
import { svgEl } from "./dom.ts";

interface Look {
  /** Corners, between -1 and 1. */
  readonly shape: readonly (readonly [number, number])[];
  readonly says: string;
}

function regular(corners: number, turn = 0, inner = 1): Look["shape"] {
  return Array.from({ length: corners }, (_, index) => {
    const angle = (2 * Math.PI * index) / corners - Math.PI / 2 + turn;
    const radius = index % 2 === 1 ? inner : 1;
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
}

const CROSS: Look["shape"] = [
  [-0.35, -1],
  [0.35, -1],
  [0.35, -0.35],
  [1, -0.35],
  [1, 0.35],
  [0.35, 0.35],
  [0.35, 1],
  [-0.35, 1],
  [-0.35, 0.35],
  [-1, 0.35],
  [-1, -0.35],
  [-0.35, -0.35],
];

export const LOOKS: Readonly<Record<PictureVerdict, Look>> = {
  first: { shape: regular(24), says: "the key was never seen before" },
  retry: {
    shape: regular(3),
    says: "an earlier attempt failed and said so: a recovery, not a duplicate",
  },
  takeover: {
    shape: regular(4),
    says: "an earlier attempt was killed or froze, and its lease ran out unconfirmed: a recovery too",
  },
  busy: {
    shape: regular(4, Math.PI / 4),
    says: "another attempt was still running: a duplicate that came early",
  },
  duplicate: {
    shape: CROSS.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2] as const),
    says: "the work was already completed: nothing was left to do",
  },
  mismatch: { shape: regular(10, 0, 0.42), says: "the same key with another payload; held for a person" },
  "in-doubt": {
    shape: regular(3, Math.PI),
    says: "an effect that cannot be repeated may or may not have happened; held for a person",
  },
  invalid: { shape: CROSS, says: "no key, or a payload that fails its schema; held for a person" },
  unknown: {
    shape: regular(6),
    says: "the lines that are there do not prove a verdict, so none is given",
  },
};

export const VERDICTS = Object.keys(LOOKS) as readonly PictureVerdict[];

/** A data file may be newer than this page, or hand-made. */
export function lookOf(verdict: PictureVerdict): Look {
  return Object.hasOwn(LOOKS, verdict) ? LOOKS[verdict] : LOOKS.unknown;
}

/** For an attribute of an SVG element. */
export function colorOf(verdict: PictureVerdict): string {
  return `var(--v-${Object.hasOwn(LOOKS, verdict) ? verdict : "unknown"})`;
}

export function symbol(verdict: PictureVerdict): SVGElement {
  const points = lookOf(verdict)
    .shape.map(([x, y]) => `${(6 + 5 * x).toFixed(1)},${(6 + 5 * y).toFixed(1)}`)
    .join(" ");
  return svgEl(
    "svg",
    { class: "symbol", viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" },
    svgEl("polygon", { points, fill: colorOf(verdict) }),
  );
}
