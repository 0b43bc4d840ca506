import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { asy005 } from "../../src/rules/asy005/rule.ts";
import { at, delivery, facts, literal, only } from "./support.ts";

const sns = { kind: "sns" } as const;

it("fires on a subscription without a redrive policy", () => {
  expect(
    only(asy005, { deliveries: [delivery({ ...sns, target: literal({ kind: "queue", id: "Q" }) })] }),
  ).toEqual({
    subject: { queue: "Q", other: "D" },
    status: "fail",
    message:
      "SNS discards what Q refuses (it was deleted, or a policy denies the topic), without a retry: the subscription D has no redrive policy.",
    place: at("/Resources/D"),
    related: [],
  });
});

it("passes with one", () => {
  expect(only(asy005, { deliveries: [delivery({ ...sns, deadLetter: literal("Dead") })] }).status).toBe(
    "pass",
  );
});

it("is not about other deliveries and other endpoints", () => {
  expect(asy005.check(facts({ deliveries: [delivery()] }))).toEqual([]);
  expect(
    only(asy005, { deliveries: [delivery({ ...sns, target: literal({ kind: "other", id: "mail" }) })] })
      .status,
  ).toBe("not-applicable");
});

it("cannot tell from a policy that is not known", () => {
  expect(
    only(asy005, { deliveries: [delivery({ ...sns, deadLetter: unknown("it is imported") })] }),
  ).toMatchObject({
    status: "unknown",
    reason: "it is imported",
  });
});
