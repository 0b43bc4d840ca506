import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup011 } from "../../src/rules/dup011/rule.ts";
import { at, byDefault, facts, fn, literal, mapping, only, queue } from "./support.ts";

const made = queue({ generatedBy: "F.Events.Topic", place: at("/Resources/F/Properties/Events/Topic") });
const running = (seconds: number) => ({
  functions: [fn({ timeoutSeconds: literal(seconds, "/Resources/F/Properties/Timeout") })],
  queues: [made],
  mappings: [mapping()],
});

it("fires on a function that may run for more than the 30 s of the generated queue", () => {
  expect(only(dup011, running(60))).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "SAM generates the queue of F.Events.Topic with a visibility timeout of 30 s (the default), and F may run for 60 s: a second copy can start while the first one is still running.",
    formula: "30 < 60",
    place: at("/Resources/F/Properties/Events/Topic"),
    related: [{ place: at("/Resources/F/Properties/Timeout"), message: "the timeout of F is 60 s" }],
  });
});

it("passes up to 30 s", () => {
  expect(only(dup011, running(30)).status).toBe("pass");
});

it("is not about queues that are written down", () => {
  expect(dup011.check(facts({ ...running(60), queues: [queue()] }))).toEqual([]);
});

it("cannot tell of a timeout that is not known", () => {
  const functions = [fn({ timeoutSeconds: unknown("it is a parameter without a default") })];

  expect(only(dup011, { ...running(60), functions })).toMatchObject({ status: "unknown" });
  expect(only(dup011, { ...running(60), functions: [fn({ timeoutSeconds: byDefault(3) })] }).status).toBe(
    "pass",
  );
});
