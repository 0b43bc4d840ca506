/** What reads a stream, whether a mapping or a pipe, and in which worlds it does. */

import type { Destination, Fact, Facts, MappingFact, PipeFact } from "../facts/model.ts";
import { type Answer, type Value, known, unknown } from "../facts/value.ts";
import { allOf, isFalse } from "./truths.ts";
import { placeOf } from "./places.ts";
import type { Outcome, Subject } from "./rule.ts";
import { type Judgement, inEachWorld } from "./worlds.ts";

export interface StreamReader {
  readonly subject: Subject;
  /** The mapping or pipe. */
  readonly fact: Fact;
  readonly sourceName: string;
  readonly isPipe: boolean;
  /** Why it is not sure to be a stream that it reads. */
  readonly doubt?: string;
  readonly runs: Value<boolean>;
  readonly batchSize: Value<number>;
  readonly retries: Value<number>;
  readonly ageSeconds: Value<number>;
  readonly onFailure: Value<Destination | undefined>;
  readonly bisects: Value<boolean>;
  readonly reportsItems: Value<boolean>;
}

export const INFINITE = -1;

/** Mappings and pipes whose source is a stream, or may be one. */
export function streamReaders(facts: Facts): readonly StreamReader[] {
  return [
    ...facts.mappings.filter((one) => isStream(one) || one.kind === "unknown").map(ofMapping),
    ...facts.pipes.filter((pipe) => isStream(pipe) && mayCall(pipe)).map(ofPipe),
  ];
}

/** As `inEachWorld`; a failure that only a stream can have is open where it may be none. */
export function judgeReader<T extends readonly unknown[]>(
  reader: StreamReader,
  values: { readonly [K in keyof T]: Value<T[K]> },
  judge: (answers: { readonly [K in keyof T]: Answer<T[K]> }) => Judgement,
): readonly Outcome[] {
  return inEachWorld<[boolean, ...T]>(reader.subject, [reader.runs, ...values], ([runs, ...answers]) => {
    if (isFalse(runs)) return undefined;
    const judgement = judge(answers as { readonly [K in keyof T]: Answer<T[K]> });
    if (reader.doubt === undefined || judgement.status !== "fail") return judgement;
    return { status: "unknown", reason: reader.doubt, ...placeOf(runs, reader.fact) };
  });
}

function isStream({ kind }: MappingFact | PipeFact): boolean {
  return kind === "kinesis" || kind === "dynamodb";
}

function ofMapping(mapping: MappingFact): StreamReader {
  const [called, ...others] = mapping.function.cases;
  const one = called?.answer.known === true && others.length === 0 ? called.answer.value : undefined;
  const open = mapping.source.cases.find(({ answer }) => !answer.known)?.answer;
  const doubt = `what ${mapping.id} reads may be a stream or not: ${open?.known === false ? open.reason : "its kind is not known"}`;
  return {
    subject: { ...(one === undefined ? {} : { function: one }), mapping: mapping.id },
    fact: mapping,
    sourceName: mapping.sourceName,
    isPipe: false,
    ...(mapping.kind === "unknown" ? { doubt } : {}),
    runs: allOf([mapping.exists, mapping.enabled]),
    batchSize: mapping.batchSize,
    retries: mapping.maximumRetryAttempts,
    ageSeconds: mapping.maximumRecordAgeSeconds,
    onFailure: mapping.onFailure,
    bisects: mapping.bisectBatchOnFunctionError,
    reportsItems: mapping.reportBatchItemFailures,
  };
}

function ofPipe(pipe: PipeFact): StreamReader {
  const [called] = [...pipe.target.cases, ...pipe.enrichment.cases].flatMap(({ answer }) =>
    answer.known && answer.value !== undefined ? [answer.value] : [],
  );
  const unread = unknown(
    `the retry settings of the pipe ${pipe.id} were not read`,
    pipe.place ? { place: pipe.place } : {},
  );
  return {
    subject: { ...(called === undefined ? {} : { function: called }), other: pipe.id },
    fact: pipe,
    sourceName: pipe.sourceName,
    isPipe: true,
    runs: pipe.exists,
    batchSize: pipe.batchSize,
    retries: pipe.retry?.maximumRetryAttempts ?? unread,
    ageSeconds: pipe.retry?.maximumRecordAgeSeconds ?? unread,
    onFailure: pipe.retry?.onFailure ?? unread,
    // A pipe follows `batchItemFailures` without being told to.
    bisects: known(false, "default"),
    reportsItems: known(true, "default"),
  };
}

/** Whether a function is behind it, or may be. */
function mayCall({ target, enrichment }: PipeFact): boolean {
  return [...target.cases, ...enrichment.cases].some(
    ({ answer }) => !answer.known || answer.value !== undefined,
  );
}
