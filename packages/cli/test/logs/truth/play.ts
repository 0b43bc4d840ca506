/** Plays pipelines: settings from a seed, and segment after segment, each let go before the next. */

import { Chance } from "./chance.ts";
import type { Settings } from "./definition.ts";
import { type Segment, World } from "./world.ts";

/** 2026-11-29T00:00:00Z */
export const START_MS = 1_795_910_400_000;

/** Another pipeline with every seed. */
export function settingsOf(seed: number, fixed: Partial<Settings> = {}): Settings {
  const chance = new Chance(seed);
  const visibilitySeconds = chance.of(5, 30, 30, 60, 180, 360);
  const settings: Settings = {
    seed,
    guarded: chance.is(0.4),
    visibilitySeconds,
    // A window as long as the visibility timeout gives one message twice in one batch, which is another story.
    windowSeconds: Math.min(chance.of(0, 0, 1, 5, 20), visibilitySeconds - 2),
    batchSize: chance.of(1, 2, 5, 10),
    timeoutSeconds: Math.round(visibilitySeconds * chance.of(0.5, 1, 1.2, 2)),
    partialResponses: chance.is(0.5),
    named: true,
    concurrency: chance.of(2, 5, 20, 1_000),
    maxReceiveCount: chance.of(2, 3, 5, 10),
    leaseSeconds: 30,
    sendEveryMs: chance.of(300, 2_000, 10_000),
    producerTimeoutMs: Math.round(Math.min(20_000, visibilitySeconds * 450)),
    rates: {
      fail: chance.of(0, 0.02, 0.2),
      slow: chance.of(0, 0.05, 0.3),
      throws: chance.of(0, 0.02),
      outOfMemory: chance.of(0, 0.02),
      crash: chance.of(0, 0.05),
      resend: chance.of(0, 0.05, 0.3),
      redrive: chance.of(0, 1),
      queueDuplicate: chance.of(0, 0.01, 0.05),
      async: chance.of(0, 0.1),
      cutOff: chance.of(0, 1),
    },
    ...fixed,
  };
  return settings;
}

/** @param messages in all, in segments of some thousands */
export function* play(settings: Settings, messages: number): Generator<Segment> {
  const world = new World(settings, new Chance(settings.seed));
  let fromMs = START_MS;
  for (let left = messages; left > 0; left -= 5_000) {
    const segment = world.play(Math.min(left, 5_000), fromMs);
    yield segment;
    fromMs = segment.untilMs + 60_000;
  }
}
