/** `@effectively-once/testkit`: a context for unit tests. What needs more than Node is in the subpaths. */

export {
  type RememberedStep,
  type TestContext,
  testContext,
  type TestContextOptions,
  type TestEffect,
  type TestRecord,
} from "./test-context.ts";
