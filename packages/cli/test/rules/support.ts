/** Facts for the tests of rules: builders whose defaults are AWS's own, and overridden in part. */

import type {
  DeliveryFact,
  Facts,
  FunctionFact,
  IdempotencyFact,
  MappingFact,
  PipeFact,
  QueueFact,
  StreamFact,
  TableFact,
} from "../../src/facts/model.ts";
import { type Place, type Value, type World, known } from "../../src/facts/value.ts";
import type { Outcome, Rule } from "../../src/rules/rule.ts";

const FILE = "template.yaml";

/** Of a value that stands in the template. */
export function at(pointer: string, line = 1): Place {
  return { file: FILE, line, column: 1, endLine: line, endColumn: 2, pointer };
}

/** A value that is written down; with a pointer, where. */
export function literal<T>(value: T, pointer?: string): Value<T> {
  return known(value, "literal", pointer === undefined ? {} : { place: at(pointer) });
}

/** A value that nobody wrote. */
export function byDefault<T>(value: T): Value<T> {
  return known(value, "default");
}

/** One value, or what makes it unknown, for each world: `cases([{ IsProd: "true" }, literal(40)], …)`. */
export function cases<T>(...all: readonly (readonly [World, Value<T>])[]): Value<T> {
  return {
    cases: all.flatMap(([when, value]) =>
      value.cases.map((one) => ({ when: { ...when, ...one.when }, answer: one.answer })),
    ),
  };
}

export function facts(some: Partial<Facts> = {}): Facts {
  return {
    language: "cloudformation",
    file: FILE,
    functions: [],
    queues: [],
    streams: [],
    mappings: [],
    pipes: [],
    deliveries: [],
    tables: [],
    idempotency: [],
    signs: [],
    gaps: [],
    ...some,
  };
}

/** The function `F`: 3 seconds, nothing reserved, no destination of its asynchronous failures. */
export function fn({
  async,
  ...some
}: Partial<Omit<FunctionFact, "async">> & {
  readonly async?: Partial<FunctionFact["async"]>;
} = {}): FunctionFact {
  const id = some.id ?? "F";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    name: byDefault(undefined),
    timeoutSeconds: byDefault(3),
    reservedConcurrency: byDefault(undefined),
    deadLetter: byDefault(undefined),
    async: {
      configured: byDefault(false),
      maximumRetryAttempts: byDefault(2),
      maximumEventAgeSeconds: byDefault(21_600),
      onFailure: byDefault(undefined),
      ...async,
    },
    environment: new Map(),
    ...some,
  };
}

/** The standard queue `Q`: invisible for 30 seconds, kept for four days, without a dead-letter queue. */
export function queue(some: Partial<QueueFact> = {}): QueueFact {
  const id = some.id ?? "Q";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    name: byDefault(undefined),
    visibilityTimeoutSeconds: byDefault(30),
    retentionSeconds: byDefault(345_600),
    delaySeconds: byDefault(0),
    fifo: byDefault(false),
    contentBasedDeduplication: byDefault(false),
    deadLetterQueue: byDefault(undefined),
    maxReceiveCount: byDefault(undefined),
    ...some,
  };
}

/** The Kinesis stream `S`, which keeps its records for a day. */
export function stream(some: Partial<StreamFact> = {}): StreamFact {
  const id = some.id ?? "S";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    kind: "kinesis",
    retentionSeconds: byDefault(86_400),
    ...some,
  };
}

/** The enabled mapping `M` from the queue `Q` (another kind: from the stream `S`) to the function `F`. */
export function mapping(some: Partial<MappingFact> = {}): MappingFact {
  const id = some.id ?? "M";
  const kind = some.kind ?? "sqs";
  const source = kind === "sqs" ? "Q" : "S";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    kind,
    function: literal("F"),
    source: literal(source),
    sourceName: source,
    batchSize: byDefault(kind === "sqs" ? 10 : 100),
    batchingWindowSeconds: byDefault(0),
    reportBatchItemFailures: byDefault(false),
    enabled: byDefault(true),
    maximumConcurrency: byDefault(undefined),
    onFailure: byDefault(undefined),
    filters: byDefault(false),
    maximumRetryAttempts: byDefault(-1),
    maximumRecordAgeSeconds: byDefault(-1),
    bisectBatchOnFunctionError: byDefault(false),
    ...some,
  };
}

/** The pipe `P` from the queue `Q` to the function `F`, without enrichment. */
export function pipe(some: Partial<PipeFact> = {}): PipeFact {
  const id = some.id ?? "P";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    kind: "sqs",
    source: literal("Q"),
    sourceName: "Q",
    enrichment: byDefault(undefined),
    target: literal("F"),
    batchSize: byDefault(10),
    batchingWindowSeconds: byDefault(0),
    ...some,
  };
}

/** The EventBridge rule's target `D`, which calls the function `F` and has no dead-letter queue. */
export function delivery(some: Partial<DeliveryFact> = {}): DeliveryFact {
  const id = some.id ?? "D";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    kind: "eventbridge",
    asynchronous: true,
    target: literal({ kind: "function", id: "F" }),
    source: byDefault("default"),
    selection: literal("{}"),
    deadLetter: byDefault(undefined),
    maximumEventAgeSeconds: byDefault(86_400),
    deduplicationId: byDefault(undefined),
    ...some,
  };
}

/** The table `T`, keyed by `id`, whose items never expire. */
export function table(some: Partial<TableFact> = {}): TableFact {
  const id = some.id ?? "T";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    name: byDefault(undefined),
    partitionKey: literal("id"),
    sortKey: byDefault(undefined),
    ttlAttribute: byDefault(undefined),
    ...some,
  };
}

/** What the function `F` remembers, in the table `T`, by Powertools, for an hour. */
export function idempotency(some: Partial<IdempotencyFact> = {}): IdempotencyFact {
  const id = some.id ?? "I";
  return {
    id,
    ...placed(id),
    exists: byDefault(true),
    function: "F",
    library: "powertools",
    recordsLastSeconds: byDefault(3_600),
    table: literal("T"),
    ...some,
  };
}

/** The only outcome that a rule has over these facts. @throws when there is another number of them */
export function only(rule: Rule, some: Partial<Facts>): Outcome {
  const outcomes = rule.check(facts(some));
  const [first] = outcomes;
  if (first === undefined || outcomes.length > 1)
    throw new Error(`Expected one outcome, and got ${outcomes.length}: ${JSON.stringify(outcomes)}`);
  return first;
}

function placed(id: string): { readonly place: Place; readonly settings: Place } {
  return { place: at(`/Resources/${id}`), settings: at(`/Resources/${id}/Properties`) };
}
