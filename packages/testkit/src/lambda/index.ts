/** A Lambda function and its SQS event source mapping on this machine. */

export { type EventSourceMapping, sqsEventSourceMapping } from "./event-source-mapping.ts";
export { type LocalLambda, localLambda } from "./local-lambda.ts";
export type { BatchReport, DeliveryReport, EventSourceMappingOptions } from "./mapping-options.ts";
export type { HandlerError } from "./messages.ts";
export type { HandlerRun, InvokeResult } from "./results.ts";
export type { LocalLambdaOptions, LogLine } from "./settings.ts";
