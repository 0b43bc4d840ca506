/** One change of one setting, under the name that its language has for it. */

import type { Fact, Language } from "../facts/model.ts";
import type { Value } from "../facts/value.ts";
import type { Fix } from "./rule.ts";

interface Names {
  readonly cloudformation: string;
  readonly terraform: string;
  readonly serverless?: string;
}

const NAMES = {
  visibilityTimeout: { cloudformation: "VisibilityTimeout", terraform: "visibility_timeout_seconds" },
  retention: { cloudformation: "MessageRetentionPeriod", terraform: "message_retention_seconds" },
  maxReceiveCount: { cloudformation: "maxReceiveCount", terraform: "maxReceiveCount" },
  responseTypes: {
    cloudformation: "FunctionResponseTypes",
    terraform: "function_response_types",
    serverless: "functionResponseType",
  },
  retryAttempts: {
    cloudformation: "MaximumRetryAttempts",
    terraform: "maximum_retry_attempts",
    serverless: "maximumRetryAttempts",
  },
  bisectBatch: {
    cloudformation: "BisectBatchOnFunctionError",
    terraform: "bisect_batch_on_function_error",
    serverless: "bisectBatchOnFunctionError",
  },
  eventAge: {
    cloudformation: "MaximumEventAgeInSeconds",
    terraform: "maximum_event_age_in_seconds",
    serverless: "maximumEventAge",
  },
  timeToLive: { cloudformation: "TimeToLiveSpecification", terraform: "ttl" },
} as const satisfies Readonly<Record<string, Names>>;

export type Setting = keyof typeof NAMES;

/**
 * @returns `undefined` where no single literal decides the setting (a parameter, a mapping, a branch), and where there is
 *   no place to write it at, as in an account. In what a tool writes (a plan, the output of a synthesis) it says what to
 *   change in the code that it comes from.
 */
export function fixOf(
  fact: Fact,
  setting: Setting,
  value: Value<unknown>,
  to: unknown,
  language: Language,
): Fix | undefined {
  const name = nameOf(setting, language);
  const [only, ...more] = value.cases;
  if (name === undefined || only === undefined || more.length > 0 || !only.answer.known) return undefined;
  const { value: from, from: origin, place } = only.answer;
  if (origin === "default") {
    const { settings } = fact;
    if (settings?.pointer === undefined) return undefined;
    const pointer = `${settings.pointer}${language.startsWith("terraform") ? "." : "/"}${name}`;
    return { file: settings.file, pointer, from: undefined, to };
  }
  if (origin !== "literal" && origin !== "globals") return undefined;
  // A literal that stands elsewhere (a local, an anchor, a policy that is text) may serve others too.
  if (place?.pointer === undefined || !endsIn(place.pointer, name)) return undefined;
  return { file: place.file, pointer: place.pointer, from, to };
}

function nameOf(setting: Setting, language: Language): string | undefined {
  const names: Names = NAMES[setting];
  switch (language) {
    case "cloudformation":
    case "sam":
    case "cdk":
      return names.cloudformation;
    case "serverless":
      return names.serverless ?? names.cloudformation;
    case "terraform":
    case "terraform-plan":
      return names.terraform;
    case "live":
      return undefined;
  }
}

function endsIn(pointer: string, name: string): boolean {
  return pointer.endsWith(`/${name}`) || pointer.endsWith(`.${name}`);
}
