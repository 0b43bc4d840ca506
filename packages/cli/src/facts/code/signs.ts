/** Signs that a handler answers which records of its batch have failed. */

import type { CodeSign } from "../model.ts";
import { callsOf } from "./arguments.ts";
import { type Source, placeIn } from "./sources.ts";

/** https://docs.powertools.aws.dev/lambda/typescript/latest/features/batch/ and its Python counterpart. */
const POWERTOOLS = [
  "processPartialResponse",
  "processPartialResponseSync",
  "BatchProcessor",
  "BatchProcessorSync",
  "SqsFifoPartialProcessor",
  "SqsFifoPartialProcessorAsync",
  "process_partial_response",
  "async_process_partial_response",
  "batch_processor",
  "async_batch_processor",
  "AsyncBatchProcessor",
];
const MIDDY = "@middy/sqs-partial-batch-failure";
const RUNTIME = "@effectively-once/runtime";
const FIELD = "batchItemFailures";

/** The first that there is; one is enough. */
export function partialBatchSign(id: string, sources: readonly Source[]): readonly CodeSign[] {
  for (const source of sources) {
    const [start, end] = signIn(source) ?? [];
    if (start === undefined || end === undefined) continue;
    return [{ function: id, sign: "partial-batch-response", place: placeIn(source, start, end) }];
  }
  return [];
}

/** Whether the file imports a library, by the beginning of its name. */
export function uses({ strings, code, language }: Source, library: string): boolean {
  if (language === "python")
    return new RegExp(String.raw`^\s*(?:from|import)\s+${library}\b`, "mu").test(code);
  return strings.some(({ text }) => text === library || text.startsWith(`${library}/`));
}

function signIn(source: Source): readonly [number, number] | undefined {
  return fieldIn(source) ?? powertoolsIn(source) ?? middyIn(source) ?? runtimeIn(source);
}

/** As a name, or as a key with quotes: a string that only mentions it does not count. */
function fieldIn({ code, strings }: Source): readonly [number, number] | undefined {
  const name = /(?<![\w$])batchItemFailures(?![\w$])/u.exec(code)?.index;
  const start = name ?? strings.find(({ text }) => text === FIELD)?.start;
  return start === undefined ? undefined : [start, start + FIELD.length];
}

function powertoolsIn(source: Source): readonly [number, number] | undefined {
  if (!uses(source, "@aws-lambda-powertools/batch") && !uses(source, "aws_lambda_powertools"))
    return undefined;
  const calls = POWERTOOLS.flatMap((name) => callsOf(source, name));
  const [first] = calls.toSorted((one, other) => one.start - other.start);
  return first && [first.start, first.end];
}

function middyIn({ strings }: Source): readonly [number, number] | undefined {
  const start = strings.find(({ text }) => text === MIDDY)?.start;
  return start === undefined ? undefined : [start, start + MIDDY.length];
}

function runtimeIn(source: Source): readonly [number, number] | undefined {
  if (!uses(source, RUNTIME)) return undefined;
  const match = /\.handler\s*\(\s*sqs\s*(?:<[^()]*>)?\s*\(/u.exec(source.code);
  return match ? [match.index, match.index + match[0].length] : undefined;
}
