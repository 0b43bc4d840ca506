import { conformance } from "@effectively-once/testkit/conformance";
import { describe, test } from "vitest";
import { moldSubject } from "./mold.ts";

describe("the mold that broken stores are made from", () =>
  conformance({ test, subject: moldSubject("mold") }));
