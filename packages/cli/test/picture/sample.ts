/** Pictures with a known content: a pipeline of orders as logs would tell it, of any size, the same for one seed. */

import { seeded } from "../../src/demo/traffic.ts";
import type {
  PictureData,
  PictureDelivery,
  PictureMessage,
  PictureSection,
  PictureSummary,
  PictureVerdict,
} from "../../src/picture/data.ts";
import { gapsOf } from "../../src/picture/gaps.ts";

export const START_MS: number = Date.UTC(2026, 2, 2, 9);
const VISIBILITY_MS = 30_000;

export const EVERY_VERDICT = [
  "first",
  "retry",
  "takeover",
  "busy",
  "duplicate",
  "mismatch",
  "in-doubt",
  "invalid",
  "unknown",
] as const satisfies readonly PictureVerdict[];

/** One delivery with sensible values. */
export function delivery(over: Partial<PictureDelivery> = {}): PictureDelivery {
  const startMs = over.startMs ?? START_MS;
  return {
    startMs,
    endMs: startMs + 900,
    verdict: "first",
    ran: true,
    outcome: "success",
    receiveCount: 1,
    messageId: "7f3b2c1a-0001",
    requestId: "c6af9ac6-0001",
    visibility: { fromMs: startMs, toMs: startMs + VISIBILITY_MS },
    ...over,
  };
}

/** A section around messages; its counts are those of the messages. */
export function section(
  messages: readonly PictureMessage[],
  over: Partial<PictureSection> = {},
): PictureSection {
  const deliveries = messages.flatMap((message) => message.deliveries);
  const gaps = gapsOf(
    deliveries.flatMap(({ gapMs }) => gapMs ?? []),
    VISIBILITY_MS,
  );
  return {
    id: "all",
    name: "orders",
    summary: summaryOf(messages, deliveries),
    messages,
    ...(gaps ? { gaps } : {}),
    visibilityTimeoutMs: VISIBILITY_MS,
    ...over,
  };
}

function summaryOf(
  messages: readonly PictureMessage[],
  deliveries: readonly PictureDelivery[],
): PictureSummary {
  const count = (fits: (one: PictureDelivery) => boolean): number => deliveries.filter(fits).length;
  return {
    keys: messages.length,
    deliveries: deliveries.length,
    verdicts: Object.fromEntries(
      EVERY_VERDICT.map((verdict) => [verdict, count((one) => one.verdict === verdict)]),
    ),
    origins: {
      redelivery: count(({ origin }) => origin === "redelivery"),
      resend: count(({ origin }) => origin === "resend"),
    },
    repeatedRuns: count(({ verdict, ran }) => ran === true && ["busy", "duplicate"].includes(verdict)),
    suppressed: count(({ verdict, ran }) => ran === false && ["busy", "duplicate"].includes(verdict)),
  };
}

export function picture(sections: readonly PictureSection[], over: Partial<PictureData> = {}): PictureData {
  return { title: "Duplicates of orders", generatedFrom: "From 3 log files.", sections, ...over };
}

/** Three deliveries each on average: every verdict, kills, leases, slow runs that outlive their visibility timeout. */
export function orders(messages: number, seed: number): PictureData {
  const random = seeded(seed);
  const all = Array.from({ length: messages }, (_, index) => order(index, messages, random));
  return picture([
    section(all, {
      diagnosis: [
        {
          cause: "visibility-expired",
          evidence: [
            "Runs took up to 55 s; the queue's visibility timeout is 30 s.",
            "Most gaps between deliveries lie just after 30 s.",
          ],
          advice: "A visibility timeout of 360 s, six times the function's timeout, would have avoided them.",
        },
        {
          cause: "producer-retry",
          evidence: ["Messages with one key and different ids, sent within a second."],
          advice: "Remember keys longer than a producer retries.",
        },
      ],
      notes: ["The function has no guard: the verdicts are those that one would have given."],
    }),
  ]);
}

/** What befalls one order, by turns. */
const STORIES: readonly (readonly PictureVerdict[])[] = [
  ["first", "busy", "duplicate"],
  ["first", "retry", "duplicate"],
  ["first", "takeover"],
  ["first", "duplicate", "duplicate", "duplicate"],
  ["first", "busy", "busy", "duplicate"],
  ["first", "retry", "retry"],
  ["first"],
  ["first", "mismatch", "duplicate"],
  ["first", "in-doubt"],
  ["unknown", "duplicate", "duplicate", "duplicate", "duplicate"],
  ["invalid"],
];

function order(index: number, of: number, random: () => number): PictureMessage {
  const story = STORIES[index % STORIES.length] ?? [];
  const slow = story[1] === "busy";
  let atMs = START_MS + Math.floor((index / of) * 3_600_000);
  let before: number | undefined;
  const deliveries = story.map((verdict, turn): PictureDelivery => {
    const ran = verdict !== "mismatch" && verdict !== "invalid" && verdict !== "in-doubt";
    const killed = story[turn + 1] === "takeover";
    const failed = story[turn + 1] === "retry";
    const tookMs = Math.floor(
      !ran ? 12 : killed ? 20_000 : slow && turn === 0 ? 42_000 + random() * 13_000 : 400 + random() * 5_000,
    );
    const resend = verdict === "duplicate" && random() < 0.3;
    const one = delivery({
      startMs: atMs,
      endMs: atMs + tookMs,
      verdict,
      ran,
      outcome: killed ? "crash" : failed ? "error" : "success",
      receiveCount: resend ? 1 : turn + 1,
      messageId: `7f3b2c1a-${index}${resend ? "-resent" : ""}`,
      requestId: `c6af9ac6-${index}-${turn}`,
      visibility: { fromMs: atMs, toMs: atMs + VISIBILITY_MS },
      ...(index % 4 === 2 && ran ? { lease: { fromMs: atMs, toMs: atMs + 30_000 }, attempt: turn + 1 } : {}),
      ...(killed ? { killedAtMs: atMs + tookMs } : {}),
      ...(verdict === "busy" || verdict === "duplicate"
        ? { origin: resend ? ("resend" as const) : ("redelivery" as const) }
        : {}),
      ...(before === undefined ? {} : { gapMs: atMs - before, cause: causeOf(verdict, resend) }),
      ...(verdict === "unknown" ? { reason: "it was received before, and that is not in these logs" } : {}),
    });
    before = atMs;
    atMs += resend ? 800 : VISIBILITY_MS + Math.floor(random() * 1_500);
    return one;
  });
  return { key: `order-${index}`, deliveries };
}

function causeOf(verdict: PictureVerdict, resend: boolean): string {
  if (verdict === "takeover") return "killed";
  if (verdict === "retry") return "failure-retry";
  return resend ? "producer-retry" : "visibility-expired";
}
