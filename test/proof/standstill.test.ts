/** What the soak takes for a standstill of the store, and which recoveries it therefore tells apart. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PLACES } from "../../proof/places.ts";
import { outside, watchStandstills } from "../../proof/soak/standstill.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

it("a lock held for a second is a standstill from its first probe to its end; one that comes and goes is none", () => {
  let held = false;
  const watch = watchStandstills(() => held);
  const startedMs = performance.now();
  const pass = (ms: number, now: boolean): void => {
    held = now;
    vi.advanceTimersByTime(ms);
  };
  pass(300, false);
  pass(900, true);
  pass(100, false);
  pass(1_500, true);
  pass(100, false);
  pass(200, true);

  expect(watch.stop().map(({ fromMs, toMs }) => [fromMs - startedMs, toMs - startedMs])).toEqual([
    [1_400, 2_900],
  ]);
});

it("a recovery that a standstill has touched anywhere is not outside", () => {
  const standstills = [{ fromMs: 100, toMs: 200 }];
  const spans = [
    { fromMs: 0, toMs: 100 },
    { fromMs: 0, toMs: 101 },
    { fromMs: 120, toMs: 150 },
    { fromMs: 199, toMs: 300 },
    { fromMs: 200, toMs: 300 },
  ];

  expect(outside(spans, standstills)).toEqual([spans[0], spans[4]]);
});

it("SQLite says whether another connection holds the lock of its file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-standstill-"));
  const path = join(folder, "records.db");
  const place = PLACES.sqlite({ url: path, name: "standstill" });
  const other = new DatabaseSync(path);
  try {
    await place.setup();
    expect(place.held?.()).toBe(false);
    other.exec("BEGIN IMMEDIATE");
    expect(place.held?.()).toBe(true);
    other.exec("ROLLBACK");
    expect(place.held?.()).toBe(false);
  } finally {
    other.close();
    await place.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
