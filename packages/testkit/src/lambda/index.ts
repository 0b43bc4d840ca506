export {
  type EventSourceMapping,
  type EventSourceMappingOptions,
  sqsEventSourceMapping,
} from "./event-source-mapping.ts";
export { type InvokeResult, type LocalLambda, type LocalLambdaOptions, localLambda } from "./local-lambda.ts";
