/** The demo's deliveries as a picture: told by the guard where it could, worked out where that is certain, unknown else. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SeenDelivery } from "../src/demo/deliveries.ts";
import { demoPicture, type SeenSide } from "../src/demo/picture.ts";
import type { DemoReport } from "../src/demo/report.ts";
import type { ToldDelivery } from "../src/demo/told.ts";
import { pictureFile } from "../src/picture/file.ts";
import { called } from "./support.ts";

const counts = { messages: 2, deliveries: 3, effects: 4, duplicatedEffects: 1, lost: 0 };
const report: DemoReport = {
  schemaVersion: 1,
  seed: 5,
  store: "sqlite",
  naive: counts,
  naiveKeyed: counts,
  guarded: { ...counts, duplicatedEffects: 0, inDoubt: 0, verdicts: {} },
};

function seen(over: Partial<SeenDelivery> = {}): SeenDelivery {
  const startMs = over.startMs ?? 1_000;
  return {
    orderId: "order-1",
    messageId: "m1",
    receiveCount: 1,
    startMs,
    endMs: startMs + 100,
    outcome: "success",
    failed: false,
    batch: 1,
    ...over,
  };
}

function told(over: Partial<ToldDelivery> = {}): ToldDelivery {
  return {
    messageId: "m1",
    receiveCount: 1,
    verdict: "first",
    origin: undefined,
    ending: "completed",
    attempt: 1,
    durationMs: 90,
    acknowledged: true,
    leaseLeftMs: 1_900,
    visibilityLeftMs: undefined,
    endMs: 1_090,
    ...over,
  };
}

const drawn = (side: Partial<SeenSide>) =>
  demoPicture(report, [{ side: "guarded", seen: [], told: [], ...side }], 2).sections[0]?.messages[0]
    ?.deliveries ?? [];

describe("the naive side", () => {
  it("has the verdicts that a guard would have given: a run that outlived its visibility timeout is met by a busy one", () => {
    const [first, second] = drawn({
      side: "naive",
      seen: [seen({ endMs: 4_000 }), seen({ startMs: 3_010, receiveCount: 2 })],
    });

    expect(first).toMatchObject({ verdict: "first", ran: true, visibility: { fromMs: 1_000, toMs: 3_000 } });
    expect(second).toMatchObject({
      verdict: "busy",
      origin: "redelivery",
      ran: true,
      gapMs: 2_010,
      cause: "visibility-expired",
    });
  });

  it("marks a kill, and what comes after it as a takeover", () => {
    const [first, second] = drawn({
      side: "naive",
      seen: [seen({ outcome: "crash", endMs: 1_500 }), seen({ startMs: 3_100, receiveCount: 2 })],
    });

    expect(first).toMatchObject({ killedAtMs: 1_500, outcome: "crash" });
    expect(second).toMatchObject({ verdict: "takeover", cause: "killed" });
  });
});

describe("the guarded side", () => {
  it("has the guard's own verdicts, leases and ends", () => {
    const [first, second] = drawn({
      seen: [seen({ endMs: 1_200 }), seen({ startMs: 2_000, messageId: "m2" })],
      told: [
        told(),
        told({
          messageId: "m2",
          verdict: "duplicate",
          origin: "resend",
          ending: "duplicate",
          leaseLeftMs: undefined,
        }),
      ],
    });

    expect(first).toMatchObject({
      verdict: "first",
      endMs: 1_090,
      lease: { fromMs: 1_000, toMs: 2_990 },
      outcome: "completed",
    });
    expect(second).toMatchObject({ verdict: "duplicate", origin: "resend", ran: false });
    expect(second).not.toHaveProperty("lease");
  });

  it("does not guess what a killed process was told", () => {
    const deliveries = drawn({
      seen: [
        seen({ outcome: "crash" }),
        seen({ startMs: 3_100, receiveCount: 2, outcome: "crash" }),
        seen({ startMs: 6_000, receiveCount: 3 }),
      ],
      told: [told({ receiveCount: 3, verdict: "takeover", endMs: 6_050 })],
    });

    expect(deliveries.map(({ verdict }) => verdict)).toEqual(["first", "unknown", "takeover"]);
    expect(deliveries[1]?.reason).toContain("killed before it could say");
  });

  it("does not call a delivery first when the guard has called a later one so", () => {
    const deliveries = drawn({
      seen: [seen({ outcome: "crash" }), seen({ startMs: 3_100, receiveCount: 2 })],
      told: [told({ receiveCount: 2, endMs: 3_150 })],
    });

    expect(deliveries.map(({ verdict }) => verdict)).toEqual(["unknown", "first"]);
  });
});

describe("--html", () => {
  it("that cannot be written is refused before anything is run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "effectively-once-html-"));
    try {
      for (const file of [folder, join(folder, "none", "p.html"), ""]) {
        const { code, err } = await called("demo", "--html", file);
        expect(code).toBe(2);
        expect(err).toContain("--html");
        expect(err).not.toContain("starting three functions");
      }
      await expect(pictureFile(join(folder, "none", "p.html"))).rejects.toThrow("cannot be written");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
