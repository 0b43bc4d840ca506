/** Which verb a call is made by: of this attempt, here and now. */

import { expect, it, vi } from "vitest";
import { inVerb, runningVerb, verbsAreAskedFor } from "../../src/engine/in-verb.ts";
import { bareSession } from "./bare-session.ts";

it("C-16 · the innermost one that is running here, of the attempt that asks", async () => {
  verbsAreAskedFor();
  const { attempt } = bareSession();
  const [one, other] = [attempt("one"), attempt("other")];
  let used = 0;
  const seen = await inVerb(
    one,
    "outer",
    () => (used += 1),
    async () => {
      await Promise.resolve();
      const outer = runningVerb(one);
      outer?.used();
      const inner = inVerb(
        one,
        "inner",
        () => {},
        () => runningVerb(one),
      );
      return [outer?.name, runningVerb(other), inner?.name, inner === outer, runningVerb(one) === outer];
    },
  );

  expect(seen).toEqual(["outer", undefined, "inner", false, true]);
  expect(used).toBe(1);
  expect(runningVerb(one)).toBeUndefined();
});

it("a verb does not say that it is running before anybody has asked for that", async () => {
  vi.resetModules();
  const fresh = await import("../../src/engine/in-verb.ts");
  const attempt = bareSession().attempt();
  const running = (): unknown =>
    fresh.inVerb(
      attempt,
      "charge",
      () => {},
      () => fresh.runningVerb(attempt)?.name,
    );

  expect(running()).toBeUndefined();
  fresh.verbsAreAskedFor();
  expect(running()).toBe("charge");
});
